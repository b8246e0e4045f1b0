"""Money as people and systems write it, as numbers."""

from __future__ import annotations

import warnings
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.io.amounts import Amounts, doubtful_separator, read_amounts
from crmlytics.io.containers import as_text, floats_like, name_of, to_objects
from crmlytics.io.distinct import Distinct, distinct_texts
from crmlytics.io.masking import listed_rows, shapes
from crmlytics.io.missing import is_there

if TYPE_CHECKING:
    from numpy.typing import NDArray

ValuesT = TypeVar("ValuesT")


def parse_money(
    values: ValuesT,
    *,
    decimal: Literal[".", ","] | None = None,
    on_error: Literal["warn", "raise"] = "warn",
) -> ValuesT:
    """Read amounts such as ``1 234,50 ₽``, ``$1,117.10K`` or ``(12.00)`` as numbers.

    Parameters
    ----------
    values : Series, array or list
        A pandas or polars Series, numpy array, pyarrow array or list of text. Numbers pass
        through; missing values and the words of the short list (``NULL``, ``N/A``, ``nan`` …)
        stay missing.
    decimal : {".", ","}, optional
        The decimal mark. None lets the column decide, and refuses if it cannot.
    on_error : {"warn", "raise"}
        What happens to values that are no amounts: ``"warn"`` makes them missing and counts
        them in a warning, ``"raise"`` refuses.

    Returns
    -------
    Series, array or list
        The same kind of container with float64 numbers in the unit of the currency; the sign
        and the code of the currency are dropped, factors (K, M, тыс., млн) are multiplied out.

    Raises
    ------
    DataContractError
        If ``1,234`` may be 1234 or 1.234 and neither `decimal` nor the rest of the column
        decides; or if ``on_error="raise"`` and some value is no amount.

    Warns
    -----
    DataQualityWarning
        If values that are no amounts became missing.

    Notes
    -----
    Spaces of any width and apostrophes group thousands. With both a point and a comma the last
    one is the decimal mark. One of them, once, with exactly three digits behind is ambiguous: it
    is read as the same separator is used elsewhere in the column, or else opposite to the other
    one. Parentheses, a minus sign in front (also the typographic one) or behind make an amount
    negative. Percentages are no amounts. The rules are our own; they have no published source.

    Examples
    --------
    >>> parse_money(["1 234,50 ₽", "450 000 ₸", "−5", None])
    [1234.5, 450000.0, -5.0, nan]
    >>> parse_money(["$1,117.10K", "(12.00)", "$60.587"])
    [1117100.0, -12.0, 60.587]
    >>> parse_money(["1,234"], decimal=".")
    [1234.0]
    """
    if decimal is not None:
        checks.word("decimal", decimal, (".", ","))
    checks.word("on_error", on_error, ("warn", "raise"))
    numbers = _numbers(values)
    if numbers is not None:
        return floats_like(numbers, values)  # type: ignore[no-any-return]
    objects = to_objects(values)
    is_number = np.fromiter(map(_is_number, objects), dtype=bool, count=len(objects))
    texts = np.array([as_text(value) for value in objects], dtype=object)
    texts[is_number] = None
    column = distinct_texts(texts)
    here = np.array([is_there(text) for text in column.texts], dtype=bool)
    column = column.only(here)
    amounts = read_amounts([text.strip() for text in column.texts], decimal)
    if amounts.doubtful.any():
        raise DataContractError(doubt(name_of(values), column, amounts))
    if not amounts.read.all():
        message = _unread(name_of(values), column, amounts)
        if on_error == "raise":
            raise DataContractError(message + " Correct them at their source, or make them missing")
        warnings.warn(message + " They became missing", DataQualityWarning, stacklevel=2)
    result = column.spread(amounts.values, np.nan)
    result[is_number] = objects[is_number].astype(np.float64)
    return floats_like(result, values)  # type: ignore[no-any-return]


def doubt(name: str, column: Distinct, amounts: Amounts) -> str:
    """Say in one sentence why a column of amounts can be read in two ways."""
    first = column.texts[int(np.argmax(amounts.doubtful))]
    # A made-up amount: the value itself might tell of a person.
    example = f"1{doubtful_separator(first)}234"
    n, of = column.count(amounts.doubtful), int(np.count_nonzero(column.codes >= 0))
    return (
        f"{n} of {of} values of {name} can be read in two ways: written like {example!r}, which is "
        "1234 or 1.234, and no other value decides; pass decimal='.' or decimal=','"
    )


def _unread(name: str, column: Distinct, amounts: Amounts) -> str:
    bad = ~amounts.read
    rows = np.flatnonzero(column.rows_of(bad))
    percentages = column.count(amounts.percent)
    kind = f" ({percentages} of them percentages)" if percentages else ""
    examples = shapes(text for text, is_bad in zip(column.texts, bad, strict=True) if is_bad)
    return (
        f"{len(rows)} of {len(column.codes)} values of {name} are no amounts of money{kind}: "
        f"{listed_rows(rows.tolist())} (counted from 0), written like "
        f"{', '.join(map(repr, examples))} (9 a digit, a a letter)."
    )


def _numbers(values: Any) -> NDArray[np.float64] | None:
    """Return columns that hold numbers already, None for text."""
    if isinstance(values, pd.Series):
        if pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool:
            return values.to_numpy(dtype=np.float64, na_value=np.nan)
        return None
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return values.astype(np.float64)
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, bool | np.bool_):
        raise TypeError("values must be text or numbers, got booleans")
    return isinstance(value, int | float | np.number | Decimal)
