"""Columns as exports hold them, turned into ids, dates and numbers; what was mended is counted."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics.errors import DataContractError
from crmlytics.io import parse_dates, parse_money
from crmlytics.io.date_formats import read_dates
from crmlytics.io.missing import MISSING_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NO_IDS = (bool, np.bool_, bytes, tuple, frozenset, dt.date)
# Below this share of readable values a column is not a column of dates (or of money) with a few
# slips, but something else.
_MOSTLY = 0.9
_DECIMAL = re.compile(r"[0-9]+\.0")
_LARGEST = 2**63 - 1
# From here on a float holds no longer every whole number: neighbouring ids would be one.
_FLOATS_MERGE = 2.0**53


def ids(values: pd.Series[Any], what: str, repairs: dict[str, int]) -> pd.Series[Any]:
    """Return ids as integers or text, missing where blank; numbers such as 17850.0 are mended."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_integer_dtype(values.dtype):
        if pd.api.types.is_unsigned_integer_dtype(values.dtype):
            values = values.astype("UInt64")
            if (values > _LARGEST).any():
                return values.astype(object).map(str, na_action="ignore")
        return values.astype("Int64")
    if pd.api.types.is_float_dtype(values.dtype):
        return _whole(values, what, repairs)
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values):
        raise DataContractError(
            f"the ids in {values.name!r} must be text or integers, they are {values.dtype}"
        )
    code, distinct = _distinct_ids(values)
    raw = [str(each) for each in distinct]
    texts = [text.strip() for text in raw]
    stray = np.array([bool(b) and a != b for a, b in zip(raw, texts, strict=True)] + [False])
    if stray.any():
        repairs[f"{what}_blanks"] = int(stray[code].sum())
    if texts and all(map(_DECIMAL.fullmatch, texts)):
        repairs[f"{what}_float"] = int((code >= 0).sum())
        texts = [text.removesuffix(".0") for text in texts]
    # Position -1, a missing value, is the last one of the list.
    known = [text if text and text not in MISSING_WORDS else None for text in texts]
    return pd.Series(np.array([*known, None], dtype=object)[code], dtype=object)


def _distinct_ids(values: pd.Series[Any]) -> tuple[NDArray[np.intp], Any]:
    """Number the distinct ids, refusing objects that are none, such as lists or flags."""
    try:
        code, distinct = pd.factorize(values)
    except TypeError:  # what cannot be compared
        kinds = {"lists or other structures"}
    else:
        kinds = {type(one).__name__ for one in distinct if isinstance(one, _NO_IDS)}
    if kinds:
        raise DataContractError(
            f"the ids in {values.name!r} must be text or integers, they are {min(kinds)}"
        )
    return code, distinct


def numbers(
    values: pd.Series[Any], repairs: dict[str, int], *, decimal: str | None
) -> NDArray[np.float64]:
    """Return numbers, NaN where there is none; text is read as money."""
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_datetime64_any_dtype(values):
        raise DataContractError(f"{values.name!r} must hold numbers, it holds {values.dtype}")
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(np.float64, na_value=np.nan)
    there = int(_there(values).sum())
    read: NDArray[np.float64] = parse_money(values.astype(object), decimal=decimal).to_numpy(  # type: ignore[arg-type]
        np.float64
    )
    readable = int((~np.isnan(read)).sum())
    if readable < _MOSTLY * there:
        raise DataContractError(
            f"{there - readable:,} of {there:,} values of {values.name!r} are no amounts of money; "
            "is it the right column?"
        )
    repairs["number_text"] = repairs.get("number_text", 0) + readable
    return read


def dates(
    values: pd.Series[Any], repairs: dict[str, int], *, tz: str | None, dayfirst: bool | None
) -> NDArray[np.datetime64]:
    """Return local timestamps in microseconds, NaT where there is none or it is not readable."""
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = _parsed(values, repairs, dayfirst=dayfirst)
    if values.dt.tz is not None:
        if tz is None:
            raise DataContractError(
                f"{values.name!r} holds time-zone-aware timestamps, and an event near midnight "
                "falls on another day in another zone; pass the business time zone, such as "
                "tz='Europe/Warsaw'"
            )
        values = values.dt.tz_convert(tz).dt.tz_localize(None)
    return values.to_numpy("datetime64[us]")


def _whole(values: pd.Series[Any], what: str, repairs: dict[str, int]) -> pd.Series[Any]:
    """Ids that pandas read as floats because some are missing."""
    known = values.dropna()
    if (known != np.floor(known)).any() or not np.isfinite(known.to_numpy(np.float64)).all():
        raise DataContractError(
            f"the ids in {values.name!r} are numbers with fractions; is it the right column?"
        )
    if (known.abs() >= _FLOATS_MERGE).any():
        raise DataContractError(
            f"the ids in {values.name!r} are decimals of 2**53 or more, where different ids become "
            "one; read them as text or as whole numbers"
        )
    repairs[f"{what}_float"] = len(known)
    return values.astype("Float64").astype("Int64")


def _parsed(
    values: pd.Series[Any], repairs: dict[str, int], *, dayfirst: bool | None
) -> pd.Series[Any]:
    """Text as dates: all of them, or all but a few, or not at all."""
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_float_dtype(values.dtype):
        raise DataContractError(f"{values.name!r} must hold dates, it holds {values.dtype}")
    there = _there(values)
    n = int(there.sum())
    try:
        parsed: pd.Series[Any] = parse_dates(values, dayfirst=dayfirst)
    except DataContractError:
        slips = _slips(values, there, dayfirst)
        if slips is None or int(slips.sum()) > (1 - _MOSTLY) * n:
            raise
        # What does not fit becomes missing; doubts about the others are still refused.
        parsed = parse_dates(values.astype(object).where(~slips, None), dayfirst=dayfirst)
        repairs["date_unreadable"] = int(slips.sum())
    repairs["date_text"] = int(parsed.notna().sum())
    return parsed


def _slips(
    values: pd.Series[Any], there: NDArray[np.bool_], dayfirst: bool | None
) -> NDArray[np.bool_] | None:
    """Which values do not fit the format of most others; None if no format fits any."""
    code, distinct = pd.factorize(values.astype(object))
    reading = read_dates([str(each).strip() for each in distinct], dayfirst)
    if reading is None:
        return None
    fits: NDArray[np.bool_] = np.append(reading.read, True)[code]
    return there & ~fits


def _there(values: pd.Series[Any]) -> NDArray[np.bool_]:
    """Which values are neither missing nor a word for missing."""
    code, distinct = pd.factorize(values.astype(object))
    texts = [str(each).strip() for each in distinct]
    known = [bool(text) and text not in MISSING_WORDS for text in texts]
    return np.append(np.array(known, bool), False)[code]
