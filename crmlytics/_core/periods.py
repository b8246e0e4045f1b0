"""Day, week, month, quarter and year indices: the only date arithmetic of the library.

A period is a whole number that counts periods of its unit, so that spans are differences and the
next period is ``index + 1``. Days count from 1970-01-01; weeks run Monday to Sunday.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

Unit = Literal["D", "W", "M", "Q", "Y"]
UNITS: tuple[Unit, ...] = ("D", "W", "M", "Q", "Y")

# Days from 0001-01-01 to 1970-01-01. Counting from year 1 keeps every dividend positive:
# engines disagree on whether integer division rounds down or towards zero.
_EPOCH = 719_162
_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_MONTHS_PER = {"M": 1, "Q": 3, "Y": 12}


def to_day_index(date: dt.date) -> int:
    """Whole days from 1970-01-01 to `date`."""
    return date.toordinal() - 1 - _EPOCH


def from_day_index(index: int) -> dt.date:
    """Return the date that lies `index` days after 1970-01-01."""
    return dt.date.fromordinal(index + 1 + _EPOCH)


def day_index(date: nw.Expr) -> nw.Expr:
    """Whole days since 1970-01-01, from the two calendar fields on which every engine agrees."""
    past = date.dt.year().cast(nw.Int64) - 1
    leap_days = past // 4 - past // 100 + past // 400
    return past * 365 + leap_days + date.dt.ordinal_day().cast(nw.Int64) - 1 - _EPOCH


def with_day_index(table: nw.LazyFrame[Any], date: str, name: str) -> nw.LazyFrame[Any]:
    """Add the day index of the column `date`, in the engine's own way where that is faster."""
    native = frames.native_day_index(table, date, name)
    return native if native is not None else table.with_columns(day_index(nw.col(date)).alias(name))


def period_index(date: nw.Expr, unit: Unit) -> nw.Expr:
    """Index of the calendar period of `unit` that holds `date`."""
    if unit == "D":
        return day_index(date)
    if unit == "W":
        # 0001-01-01 was a Monday, so weeks counted from there run Monday to Sunday.
        return (day_index(date) + _EPOCH) // 7 - _EPOCH // 7
    months = date.dt.year().cast(nw.Int64) * 12 + date.dt.month().cast(nw.Int64) - 1
    return months // _MONTHS_PER[unit] - 1970 * 12 // _MONTHS_PER[unit]


def period_of(date: dt.date, unit: Unit) -> int:
    """Index of the calendar period of `unit` that holds one date."""
    if unit == "D":
        return to_day_index(date)
    if unit == "W":
        return (to_day_index(date) + _EPOCH) // 7 - _EPOCH // 7
    months = (date.year - 1970) * 12 + date.month - 1
    return months // _MONTHS_PER[unit]


def days_of(moments: NDArray[Any]) -> NDArray[np.int64]:
    """Day index of each moment of a ``datetime64`` array without missing values."""
    unit = np.datetime_data(moments.dtype)[0]
    if unit not in _PER_DAY:
        return moments.astype("datetime64[D]").astype(np.int64)
    # Whole numbers divide, and downwards, in a third of the time of a cast.
    days: NDArray[np.int64] = moments.view(np.int64) // _PER_DAY[unit]
    return days


def periods_of(days: NDArray[np.int64], unit: Unit) -> NDArray[np.int64]:
    """Index of the calendar period of `unit` that holds each day index."""
    if unit == "D" or not len(days):
        return days
    if unit == "W":
        return (days + _EPOCH) // 7 - _EPOCH // 7
    # Calendars are slow and dates repeat: look the few distinct days up in a table.
    first = int(days.min())
    calendar = np.arange(first, int(days.max()) + 1).astype("datetime64[D]")
    months = calendar.astype("datetime64[M]").astype(np.int64)
    return (months // _MONTHS_PER[unit])[days - first]


def first_days(periods: NDArray[np.int64], unit: Unit) -> NDArray[np.datetime64]:
    """First day of each period, as ``datetime64[D]``."""
    if unit == "D":
        return periods.astype("datetime64[D]")
    if unit == "W":
        return ((periods + _EPOCH // 7) * 7 - _EPOCH).astype("datetime64[D]")
    months = (periods * _MONTHS_PER[unit]).astype("datetime64[M]")
    return months.astype("datetime64[D]")


def shifted(date: dt.date, n: int, unit: Unit) -> dt.date:
    """Date that lies `n` calendar units after `date`, before it where `n` is negative.

    Months and longer keep the day of the month, cut to the last day of a shorter one.
    """
    try:
        if unit in ("D", "W"):
            return date + dt.timedelta(days=n * (7 if unit == "W" else 1))
        months = date.year * 12 + date.month - 1 + n * _MONTHS_PER[unit]
        year, month = divmod(months, 12)
        last = monthrange(year, month + 1)[1]
        return dt.date(year, month + 1, min(date.day, last))
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{n:+,} {unit} from {date} lies outside the calendar") from error


def last_complete(as_of: dt.date, unit: Unit) -> int:
    """Index of the last period that is wholly over at the end of the day `as_of`."""
    if as_of == dt.date.max:  # the calendar ends here, and with it every period
        return period_of(as_of, unit)
    return period_of(as_of + dt.timedelta(days=1), unit) - 1
