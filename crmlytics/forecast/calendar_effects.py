"""Holidays and trading days as numbers per period."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_WEEKDAYS = {"mon-fri": "1111100", "mon-sat": "1111110", "mon-sun": "1111111"}


def trading_days(
    dates: Any, *, unit: periods.Unit, weekdays: str = "mon-fri", holidays: Iterable[Any] = ()
) -> NDArray[np.int64]:
    """Count the days on which the period of each date trades.

    Parameters
    ----------
    dates : array-like of dates
        Any day within each period.
    unit : {"D", "W", "M", "Q", "Y"}
        Length of a period.
    weekdays : {"mon-fri", "mon-sat", "mon-sun"}
        Days of the week that trade.
    holidays : iterable of dates
        Days that do not.

    Returns
    -------
    ndarray of int, shape (n_dates,)
        Trading days in the period.

    Raises
    ------
    DataContractError
        If a date is missing.
    ValueError
        If `unit` or `weekdays` is none of its words.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.forecast import trading_days
    >>> trading_days([dt.date(2024, 2, 1), dt.date(2024, 5, 1)], unit="M",
    ...              holidays=[dt.date(2024, 5, 1), dt.date(2024, 5, 3)])
    array([21, 21])
    """
    checks.word("unit", unit, periods.UNITS)
    checks.word("weekdays", weekdays, tuple(_WEEKDAYS))
    day = np.asarray(dates, "datetime64[D]")
    if np.isnat(day).any():
        raise DataContractError(
            f"{int(np.isnat(day).sum()):,} of {len(day):,} dates are missing; drop them first"
        )
    index = periods.periods_of(day.astype(np.int64), unit)
    start, end = periods.first_days(index, unit), periods.first_days(index + 1, unit)
    closed = np.asarray([_as_day("holidays", each) for each in holidays], "datetime64[D]")
    return np.busday_count(start, end, weekmask=_WEEKDAYS[weekdays], holidays=closed)


def read_holidays(holidays: Any) -> dict[str, NDArray[np.int64]]:
    """Days of each kind of holiday, as days since 1970-01-01 in order.

    Takes an iterable of dates, a mapping from dates to names, or a frame of any engine with the
    columns ``date`` and, if there are several kinds, ``holiday``.
    """
    if holidays is None:
        return {}
    table = nw.from_native(holidays, pass_through=True)
    if isinstance(table, nw.DataFrame | nw.LazyFrame):
        pairs = _of_frame(holidays)
    elif hasattr(holidays, "items"):
        pairs = [(_as_day("holidays", day), str(name)) for day, name in holidays.items()]
    elif isinstance(holidays, str) or not hasattr(holidays, "__iter__"):
        raise ValueError(
            "holidays must be dates, a mapping from dates to names, or a frame with the columns "
            f"'date' and 'holiday', got {holidays!r}"
        )
    else:
        pairs = [(_as_day("holidays", day), "holiday") for day in holidays]
    found: dict[str, set[int]] = {}
    for day, name in pairs:
        found.setdefault(name, set()).add(int(day.astype(np.int64)))
    return {name: np.array(sorted(found[name]), np.int64) for name in sorted(found)}


def holiday_counts(
    days: dict[str, NDArray[np.int64]], *, start: int, n: int, unit: periods.Unit
) -> NDArray[np.float64]:
    """Days of each kind of holiday in periods start, ..., start + n - 1; shape (n, n_kinds)."""
    counts = np.zeros((n, len(days)))
    for k, each in enumerate(days.values()):
        place = periods.periods_of(each, unit) - start
        inside = (place >= 0) & (place < n)
        np.add.at(counts[:, k], place[inside], 1.0)
    return counts


def _of_frame(holidays: Any) -> list[tuple[np.datetime64, str]]:
    names = frames.column_names(holidays)
    checks.columns(names, {"holidays": "date"})
    wanted = ["date", "holiday"] if "holiday" in names else ["date"]
    table = frames.collect(frames.lazy(holidays, wanted))
    if not (table.schema["date"] == nw.Date or table.schema["date"] == nw.Datetime):
        raise DataContractError(
            f"the column 'date' of holidays must hold dates, it holds {table.schema['date']}; "
            "turn text into dates with crmlytics.io.parse_dates"
        )
    read = frames.arrays(table)
    for name, column in read.items():
        if missing := int(table[name].is_null().sum()):
            raise DataContractError(
                f"{missing:,} of {len(column):,} values of {name!r} in holidays are missing; "
                "drop those rows"
            )
    days = read["date"].astype("datetime64[D]")
    kind = read["holiday"] if "holiday" in read else ["holiday"] * len(days)
    return [(day, str(name)) for day, name in zip(days, kind, strict=True)]


def _as_day(parameter: str, value: Any) -> np.datetime64:
    if isinstance(value, np.datetime64):
        found: np.datetime64 = value.astype("datetime64[D]")
        return found
    if isinstance(value, dt.datetime):
        value = value.date()
    return np.datetime64(checks.day(parameter, value), "D")
