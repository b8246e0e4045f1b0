"""Columns, missing values, dates, scalars: every validation message is made here."""

from __future__ import annotations

import datetime as dt
import difflib
import importlib
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from crmlytics.errors import ColumnNotFoundError, DataContractError, MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import ModuleType

_EXTRA_OF = {
    "babel": "report",
    "duckdb": "sql",
    "jinja2": "report",
    "lifetimes": "interop",
    "lightgbm": "boost",
    "matplotlib": "plot",
    "mlxtend": "interop",
    "openpyxl": "excel",
    "polars": "polars",
    "pyarrow": "arrow",
    "pyspark": "spark",
    "skops": "persist",
    "sqlalchemy": "sqlalchemy",
}


def columns(available: Sequence[str], wanted: Mapping[str, str | None]) -> None:
    """Refuse column names that are not in `available`; `wanted` maps parameter to column."""
    for parameter, column in wanted.items():
        if column is not None and not isinstance(column, str):
            raise TypeError(f"{parameter} must be the name of a column (text), got {column!r}")
        if column is None or column in available:
            continue
        raise ColumnNotFoundError(
            f"{parameter}={column!r} is not a column of the frame"
            f"{_did_you_mean(column, parameter, available)} "
            f"The columns are: {_listed(available)}."
        )


def distinct_columns(wanted: Mapping[str, str | None]) -> None:
    """Refuse one column in two roles."""
    seen: dict[str, str] = {}
    for parameter, column in wanted.items():
        if column is None:
            continue
        if column in seen:
            raise ValueError(
                f"{seen[column]} and {parameter} are both {column!r}; they must differ"
            )
        seen[column] = parameter


def free_names(keys: Iterable[str], results: Iterable[str]) -> None:
    """Refuse key columns that bear the name of a result column, in capitals or not."""
    taken = {name.casefold() for name in results}
    if clash := sorted(key for key in set(keys) if key.casefold() in taken):
        raise DataContractError(
            f"the key column {clash[0]!r} bears the name of a result column; rename it first"
        )


def word(parameter: str, value: object, allowed: Sequence[str]) -> str:
    """Return `value` if it is one of the `allowed` words."""
    if isinstance(value, str) and value in allowed:
        return value
    words = ", ".join(repr(one) for one in allowed)
    hint = ""
    if isinstance(value, str) and (close := difflib.get_close_matches(value, allowed, n=1)):
        hint = f"; did you mean {close[0]!r}?"
    raise ValueError(f"{parameter} must be one of {words}, got {value!r}{hint}")


def whole_number(parameter: str, value: object, *, at_least: int) -> int:
    """Return `value` as an int if it is a whole number of at least `at_least`."""
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= at_least:
        return int(value)
    raise ValueError(f"{parameter} must be a whole number of at least {at_least}, got {value!r}")


def number(
    parameter: str, value: object, *, above: float | None = None, at_least: float | None = None
) -> float:
    """Return `value` as a finite float above or at least the bound given."""
    if isinstance(value, Real) and not isinstance(value, bool):
        result = float(value)
        finite = result - result == 0.0
        if (
            finite
            and (above is None or result > above)
            and (at_least is None or result >= at_least)
        ):
            return result
    rule = "a finite number"
    if above is not None:
        rule += f" above {above:g}"
    if at_least is not None:
        rule += f" of at least {at_least:g}"
    raise ValueError(f"{parameter} must be {rule}, got {value!r}")


def fraction(parameter: str, value: object) -> float:
    """Return `value` as a float strictly between 0 and 1, as levels and rates are given."""
    if isinstance(value, Real) and not isinstance(value, bool) and 0.0 < float(value) < 1.0:
        return float(value)
    hint = ""
    if isinstance(value, Real) and 1.0 < float(value) < 100.0:
        hint = f"; did you mean {float(value) / 100:g}?"
    raise ValueError(f"{parameter} must be a fraction between 0 and 1, got {value!r}{hint}")


def day(parameter: str, value: object) -> dt.date:
    """Return `value` (date, datetime or ISO text) as a date; never reads the clock."""
    if isinstance(value, dt.datetime):
        if value != value:  # pandas' NaT is a datetime
            raise ValueError(f"{parameter} must be a date, got NaT")
        if value.tzinfo is not None:
            raise ValueError(
                f"{parameter} must be a date in the business time zone, got a time-zone-aware "
                "timestamp; pass its local date"
            )
        return value.date()
    if isinstance(value, dt.date):
        return value
    if type(value).__name__ == "datetime64":
        return day(parameter, value.astype("datetime64[us]").item())  # type: ignore[attr-defined]
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(
        f"{parameter} must be a date such as datetime.date(2024, 12, 31), got {value!r}"
    )


def random_generator(random_state: object) -> Any:
    """Return a numpy Generator from None, an int or a Generator."""
    import numpy as np

    if random_state is None or isinstance(random_state, Integral | np.random.Generator):
        return np.random.default_rng(random_state)  # type: ignore[arg-type]
    raise ValueError(
        f"random_state must be None, an int or a numpy Generator, got {type(random_state).__name__}"
    )


def optional_module(name: str, *, needed_for: str) -> ModuleType:
    """Import an optional library, or say which extra brings it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        root = name.partition(".")[0]
        raise MissingDependencyError(
            f"{needed_for} needs {root}; "
            f"install it with: pip install 'crmlytics[{_EXTRA_OF[root]}]'"
        ) from error


def _did_you_mean(column: str, parameter: str, available: Sequence[str]) -> str:
    """Suggest the likest column: same letters, or the column that bears the parameter's name."""
    folded = {_fold(name): name for name in reversed(available)}
    close = difflib.get_close_matches(_fold(column), list(folded), n=1, cutoff=0.6)
    if not close:
        stem = _fold(parameter.removesuffix("_col"))
        close = [name for name in folded if len(stem) > 2 and stem in name][:1]
    return f"; did you mean {folded[close[0]]!r}?" if close else "."


def _fold(name: str) -> str:
    return "".join(letter for letter in str(name).casefold() if letter.isalnum())


def _listed(names: Sequence[str], most: int = 20) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
