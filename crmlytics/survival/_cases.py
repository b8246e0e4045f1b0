"""Durations and what ended them, read once from arrays or from the columns of any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_MAY_BE_SEVERAL = ("by", "strata")
_KEY_TYPES = (nw.String, nw.Boolean, nw.Date, nw.Datetime)  # pandas holds dates as timestamps


class Columns(NamedTuple):
    """Named columns in memory: of the caller's frame, or one per array passed.

    `names` maps each parameter that was filled to its columns; `like` is a frame of the kind that
    the result shall be; `frame` is the caller's own, None where arrays were passed.
    """

    table: nw.DataFrame[Any]
    names: dict[str, list[str]]
    like: Any
    frame: Any

    def where(self, column: str, what: Any) -> str:
        """Write the line of code that shows the bad values."""
        if self.frame is not None:
            return frames.how_to_find(self.frame, column, what)
        test = "pd.isna" if what == "missing" else "~np.isfinite"
        return f"np.flatnonzero({test}({column}))"


class Groups(NamedTuple):
    """Each row's group as a code, and the groups' values, in ascending order, per column."""

    code: NDArray[np.int64]
    values: dict[str, NDArray[Any]]
    n: int


def read_columns(data: object | None, wanted: Mapping[str, Any]) -> Columns:
    """Collect what the parameters name: columns of `data`, or without it arrays of one length."""
    given = {parameter: value for parameter, value in wanted.items() if value is not None}
    if data is None:
        return _from_arrays(given)
    names: dict[str, list[str]] = {}
    for parameter, value in given.items():
        if not isinstance(value, str | list | tuple):
            raise TypeError(
                f"with data=, {parameter} is the name of a column, got {type(value).__name__}; "
                "pass either a frame and names or arrays"
            )
        names[parameter] = [value] if isinstance(value, str) else list(value)
        if parameter not in _MAY_BE_SEVERAL and len(names[parameter]) != 1:
            raise TypeError(f"{parameter} must be the name of one column, got {value!r}")
    roles: dict[str, str | None] = {
        parameter if len(columns) == 1 else f"{parameter}[{i}]": column
        for parameter, columns in names.items()
        for i, column in enumerate(columns)
    }
    checks.columns(frames.column_names(data), roles)
    checks.distinct_columns(roles)
    table = frames.collect(frames.lazy(data, [name for name in roles.values() if name]))
    return Columns(_refuse_empty(table, names), names, data, data)


def durations_of(held: Columns) -> NDArray[np.float64]:
    """Return the durations: finite numbers of at least 0."""
    return _not_negative(held, "durations", "a case cannot end before it starts")


def entries_of(held: Columns, durations: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the ages at entry, each before the end of its case; None where none were given."""
    if "entry" not in held.names:
        return None
    entry = _not_negative(
        held, "entry", "cases seen from their start have an entry of 0: clip at 0"
    )
    if bad := int(((entry >= durations) & (entry > 0)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(entry):,} cases have an entry at or after their duration, so that "
            "they were never under observation; leave them out, or check that both are ages in "
            "one unit"
        )
    return entry


def events_of(held: Columns) -> NDArray[np.bool_]:
    """Return which cases ended with the event: booleans, or numbers 0 and 1."""
    (column,) = held.names["events"]
    dtype = held.table[column].dtype
    if not (dtype == nw.Boolean or dtype.is_numeric()):
        raise DataContractError(
            f"{column!r} must be boolean or 0 and 1 (1 = the event was seen, 0 = still open), it "
            f"holds {dtype}; compare it with the event's name first, such as outcome == 'won'"
        )
    values = _numbers(held, column)
    if bad := int(((values != 0) & (values != 1)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are neither 0 nor 1; make it 1 where "
            "the event was seen and 0 where the case is still open (several causes are for "
            "cumulative_incidence)"
        )
    seen: NDArray[np.bool_] = values == 1
    return seen


def weights_of(held: Columns) -> NDArray[np.int64] | None:
    """Return how many cases each row stands for; None where it was not given."""
    if "weights" not in held.names:
        return None
    (column,) = held.names["weights"]
    values = _numbers(held, column)
    if bad := int(((values < 1) | (values != np.floor(values))).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are no whole numbers of at least 1; "
            "weights say how many equal cases a row stands for"
        )
    return values.astype(np.int64)


def numbers_of(held: Columns, parameter: str) -> NDArray[np.float64]:
    """Return finite numbers of any sign, such as a predicted risk."""
    (column,) = held.names[parameter]
    if not held.table[column].dtype.is_numeric():
        raise DataContractError(f"{column!r} must hold numbers, not {held.table[column].dtype}")
    return _numbers(held, column)


def groups_of(held: Columns, parameter: str, *, results: Iterable[str] = ()) -> Groups:
    """Number the distinct values of the columns given for `parameter`; without any, one group."""
    names = held.names.get(parameter, [])
    checks.free_names(names, results)
    code, n = np.zeros(len(held.table), np.int64), 1
    values: dict[str, NDArray[Any]] = {}
    for name in names:
        one, distinct = codes.factorise(_keys(held, name))
        width = max(len(distinct), 1)
        present, code = codes.numbered(code * width + one, n * width)
        values = {key: column[present // width] for key, column in values.items()}
        kind = "datetime64[D]" if held.table[name].dtype == nw.Date else None
        values[name] = np.asarray(distinct, dtype=kind)[present % width]
        n = len(present)
    return Groups(code, values, n)


def _keys(held: Columns, name: str) -> pd.Series[Any]:
    column = held.table[name]
    zoned = getattr(column.dtype, "time_zone", None) is not None
    if zoned or not (column.dtype in _KEY_TYPES or column.dtype.is_integer()):
        raise DataContractError(
            f"the groups in {name!r} must be text, integers, booleans or dates, they are "
            f"{column.dtype}; cast them first"
        )
    refuse_missing(held, name)
    values: pd.Series[Any] = pd.Series(frames.arrays(held.table.select(name))[name])
    return values


def refuse_missing(held: Columns, name: str) -> None:
    """Refuse a column with missing values, NaN among them."""
    if missing := int(held.table[name].is_null().sum()):
        raise DataContractError(
            f"{missing:,} of {len(held.table):,} values of {name!r} are missing; "
            f"see them with {held.where(name, 'missing')}"
        )


def _from_arrays(given: Mapping[str, Any]) -> Columns:
    columns, names = {}, {}
    for parameter, value in given.items():
        if isinstance(value, str):
            raise TypeError(
                f"{parameter}={value!r} is a text; to name columns pass their frame as data="
            )
        column = _one_dimensional(parameter, value)
        name = parameter
        if parameter == "by":
            name = str(column.name) if column.name not in (None, "") else "group"
        # An object column of booleans and nulls, or texts, says what it holds once converted.
        known = column.convert_dtypes() if column.dtype == object else column
        columns[name], names[parameter] = known.rename(None), [name]
    lengths = {parameter: len(columns[names[parameter][0]]) for parameter in given}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{parameter} {length:,}" for parameter, length in lengths.items())
        raise ValueError(f"the arrays must have one length, they have: {told}")
    first = _series(given["durations"])
    like = pd.DataFrame() if first is None else first.to_frame().to_native()
    table = frames.collect(frames.lazy(pd.DataFrame(columns)))
    return Columns(_refuse_empty(table, names), names, like, None)


def _one_dimensional(parameter: str, values: Any) -> pd.Series[Any]:
    series = _series(values)
    if series is not None:
        if series.implementation.is_pandas():
            fresh: pd.Series[Any] = series.to_native().reset_index(drop=True)
            return fresh
        return pd.Series(series.to_numpy(), name=series.name)
    array = np.asarray(values) if hasattr(values, "__array__") else None
    if array is None and isinstance(values, list | tuple | range):
        return pd.Series(list(values), dtype=None if len(values) else np.float64)
    if array is None or array.ndim != 1:
        raise TypeError(
            f"{parameter} must be an array, a list or a column, got {type(values).__name__}; "
            "to name columns of a frame pass it as data="
        )
    return pd.Series(array)


def _series(values: Any) -> nw.Series[Any] | None:
    series = nw.from_native(values, allow_series=True, series_only=True, pass_through=True)
    return series if isinstance(series, nw.Series) else None


def _refuse_empty(table: nw.DataFrame[Any], names: dict[str, list[str]]) -> nw.DataFrame[Any]:
    if not len(table):
        raise NotEnoughDataError(
            f"{names['durations'][0]!r} is empty; at least 1 case is needed, ended or open"
        )
    return table


def _not_negative(held: Columns, parameter: str, remedy: str) -> NDArray[np.float64]:
    (column,) = held.names[parameter]
    dtype = held.table[column].dtype
    if not dtype.is_numeric():
        raise DataContractError(
            f"{column!r} must hold numbers of one unit, such as days, it holds {dtype}; "
            "read text as numbers, and divide spans of time by their unit, first"
        )
    values = _numbers(held, column)
    if bad := int((values < 0).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are negative; {remedy}"
        )
    return values


def _numbers(held: Columns, column: str) -> NDArray[np.float64]:
    refuse_missing(held, column)
    values = frames.arrays(held.table.select(column))[column].astype(np.float64)
    if bad := int((~np.isfinite(values)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are missing or infinite; "
            f"see them with {held.where(column, 'not finite')}"
        )
    return values
