"""Dates as people and systems write them, as timestamps: one format per column."""

from __future__ import annotations

import warnings
import zoneinfo
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.io.containers import as_text, moments_like, name_of, to_objects
from crmlytics.io.date_formats import DateReading, Rival, read_dates
from crmlytics.io.distinct import Distinct, distinct_texts
from crmlytics.io.masking import listed_rows, shapes
from crmlytics.io.missing import is_there

if TYPE_CHECKING:
    from numpy.typing import NDArray

ValuesT = TypeVar("ValuesT")


def parse_dates(values: ValuesT, *, dayfirst: bool | None = None, tz: str | None = None) -> ValuesT:
    """Read a column of dates, all written in one format, as timestamps.

    Parameters
    ----------
    values : Series, array or list
        A pandas or polars Series, numpy array, pyarrow array or list of text; whole numbers are
        read as ``yyyymmdd``; dates and timestamps pass through. Missing values and the words of
        the short list (``NULL``, ``N/A``, ``nan`` …) stay missing.
    dayfirst : bool, optional
        Whether ``01.02.2024`` is 1 February. None lets the column decide, and refuses if it
        cannot. It wins over the column: a column that does not fit is refused.
    tz : str, optional
        The business time zone, such as ``"Europe/Berlin"``: values with an offset are converted
        to it. Values without one are local already and stay as they are.

    Returns
    -------
    Series, array or list
        The same kind of container with timestamps in microseconds (a list holds ``datetime``
        objects). Values with an offset come back time-zone aware, in `tz` or else in UTC.

    Raises
    ------
    DataContractError
        If day-first and month-first both fit every value and read differently; or if some value
        does not fit the format of the others.
    ValueError
        If `tz` is no time zone.

    Warns
    -----
    DataQualityWarning
        If the times look like a 12-hour clock that lost its AM and PM. The dates are kept.

    Notes
    -----
    All formats are tried on all values: ``yyyy-mm-dd`` and ``yyyymmdd``; day, month and year or
    month, day and year between points, slashes or hyphens (two-digit years 69 to 99 are of the
    last century); ``15 Apr, 2021``, ``Apr 15, 2021`` and months named in English or Russian. A
    time of day may follow, with or without AM/PM and an offset. The rules are our own; they have
    no published source.

    Examples
    --------
    >>> parse_dates(["15 Apr, 2021 00:02:00", None])
    [datetime.datetime(2021, 4, 15, 0, 2), None]
    >>> parse_dates(["01.02.2024", "05.03.2024"], dayfirst=True)
    [datetime.datetime(2024, 2, 1, 0, 0), datetime.datetime(2024, 3, 5, 0, 0)]
    >>> parse_dates(["01.02.2024", "05.03.2024"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    crmlytics.errors.DataContractError: the dates of the column can be read in two ways: ...
    """
    check_zone(tz)
    if dayfirst is not None and not isinstance(dayfirst, bool | np.bool_):
        raise TypeError(f"dayfirst must be True, False or None, got {dayfirst!r}")
    typed = _typed(values, tz)
    if typed is not None:
        return typed  # type: ignore[no-any-return]
    objects = to_objects(values)
    column = distinct_texts(np.array([as_text(value) for value in objects], dtype=object))
    here = np.array([is_there(text) for text in column.texts], dtype=bool)
    column = column.only(here)
    if not column.texts:
        return moments_like(np.full(len(objects), "NaT", "datetime64[us]"), None, values)  # type: ignore[no-any-return]
    reading = read_dates([text.strip() for text in column.texts], dayfirst)
    name = name_of(values)
    if reading is None or not reading.read.all():
        raise DataContractError(_unread(name, column, reading, dayfirst))
    if reading.rival is not None:
        raise DataContractError(doubt(name, reading, reading.rival))
    if reading.twelve_hours:
        warnings.warn(lost_meridiem(name), DataQualityWarning, stacklevel=2)
    zone = (tz or "UTC") if reading.aware else None
    moments = column.spread(reading.moments, np.datetime64("NaT"))
    return moments_like(moments, zone, values)  # type: ignore[no-any-return]


def check_zone(tz: str | None) -> None:
    """Refuse a time zone that does not exist."""
    if tz is None:
        return
    try:
        zoneinfo.ZoneInfo(tz)
    except (TypeError, ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValueError(f"tz must be a time zone such as 'Europe/Berlin', got {tz!r}") from error


def doubt(name: str, reading: DateReading, rival: Rival) -> str:
    """Say in one sentence how a column of dates can be read in two ways."""
    other, other_days = rival
    return (
        f"the dates of {name} can be read in two ways: "
        f"{reading.format.name} ({_span(reading.moments)}) or {other.name} ({_span(other_days)}); "
        "pass dayfirst=True or dayfirst=False"
    )


def lost_meridiem(name: str) -> str:
    """Say that the afternoon may be missing from the times of a column."""
    return (
        f"all times of {name} have hours from 1 to 12 and none says AM or PM: the afternoon is "
        "probably written as morning. The dates are kept; do not use the time of day"
    )


def _unread(
    name: str, column: Distinct, reading: DateReading | None, day_first: bool | None
) -> str:
    n = int(np.count_nonzero(column.codes >= 0))
    if reading is None:
        written = ", ".join(map(repr, shapes(column.texts)))
        return (
            f"none of the {n} values of {name} is a date in a known format; they are written like "
            f"{written} (9 a digit, a a letter)." + _other_order(column, day_first)
        )
    bad = ~reading.read
    rows = np.flatnonzero(column.rows_of(bad))
    written = ", ".join(
        map(repr, shapes(text for text, is_bad in zip(column.texts, bad, strict=True) if is_bad))
    )
    return (
        f"{len(rows)} of {n} values of {name} do not fit the format {reading.format.name} of the "
        f"others, or name a day that there is not, such as 31 April: "
        f"{listed_rows(rows.tolist())} (counted from 0), written like {written} (9 a digit, a a "
        "letter). Correct them at their source, or make them missing."
        + _other_order(column, day_first)
    )


def _other_order(column: Distinct, day_first: bool | None) -> str:
    if day_first is None:
        return ""
    other = read_dates([text.strip() for text in column.texts], not day_first)
    if other is None or not other.read.all():
        return ""
    return f" With dayfirst={not day_first} every value fits {other.format.name}."


def _span(moments: NDArray[np.datetime64]) -> str:
    days = moments[~np.isnat(moments)].astype("datetime64[D]")
    return f"{days.min()} … {days.max()}"


def _typed(values: Any, tz: str | None) -> Any:
    """Pass timestamps through, aware ones converted; None for anything else."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    if isinstance(values, pd.Series) and pd.api.types.is_datetime64_any_dtype(values.dtype):
        if values.dt.tz is None:
            return values.astype("datetime64[us]")
        return values.dt.tz_convert(tz or "UTC").dt.as_unit("us")
    return None
