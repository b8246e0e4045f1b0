"""The store's clock: calendar days to operational weeks and back, and to timestamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import periods

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

_DAY_SECONDS = 86_400
_LESS_THAN_A_SECOND = 1e-6  # of a day
OPENING_HOUR = 9
CLOSING_HOUR = 18

# How far each month lies from the average, January to December: summer and new year are quiet,
# late autumn is busy. Only the form counts; it is centred and scaled to a largest value of 1.
_FORM = np.array([-0.4, -0.1, 0.1, 0.0, 0.1, -0.2, -0.7, -0.8, 0.3, 0.5, 0.9, 0.4])
_MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True, eq=False)
class StoreClock:
    """Monthly seasons as a change of time.

    Purchasing runs in operational weeks, of which a calendar week of month j has
    ``multipliers[j - 1]``; so a rate of λ per operational week is λ·multiplier per calendar week.

    Attributes
    ----------
    start : datetime.date
        First day.
    n_days : int
        Calendar days of the simulation.
    multipliers : ndarray of shape (12,)
        Speed of purchasing from January to December; averages 1 over the days of a year.
    knot_days, knot_weeks : ndarray
        Month boundaries since the start, in calendar days and in operational weeks.
    """

    start: dt.date
    n_days: int
    multipliers: NDArray[np.float64]
    knot_days: NDArray[np.float64]
    knot_weeks: NDArray[np.float64]

    def weeks(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Operational weeks that have passed after so many calendar days."""
        return np.interp(days, self.knot_days, self.knot_weeks)

    def days(self, weeks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calendar days after which so many operational weeks have passed."""
        return np.interp(weeks, self.knot_weeks, self.knot_days)

    def inside(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `days`, kept from rounding past the end."""
        return not_past(self.n_days, days)

    def dates(self, days: NDArray[np.float64]) -> NDArray[np.datetime64]:
        """Return calendar times as dates at midnight; they may lie after the end."""
        return timestamps(self.start, np.floor(days).astype(np.int64) * _DAY_SECONDS)

    def business_seconds(self, days: NDArray[np.float64]) -> NDArray[np.int64]:
        """Seconds since the start's midnight, each day squeezed into its business hours.

        The squeeze is linear within the day: it keeps the date and the order of events.
        """
        number = np.floor(days).astype(np.int64)
        opening, length = OPENING_HOUR * 3600, (CLOSING_HOUR - OPENING_HOUR) * 3600
        within = np.minimum(((days - number) * length).astype(np.int64), length - 1)
        return number * _DAY_SECONDS + opening + within

    def business_time(self, days: NDArray[np.float64]) -> NDArray[np.datetime64]:
        """Timestamps within business hours; NaT where `days` is NaN."""
        known = ~np.isnan(days)
        result = np.full(len(days), np.datetime64("NaT", "us"))
        result[known] = timestamps(self.start, self.business_seconds(days[known]))
        return result


def seasonal_clock(start: dt.date, end: dt.date, *, strength: float) -> StoreClock:
    """Build the clock of the days `start` to `end`, both inclusive; strength 0 is the calendar."""
    n_days = (end - start).days + 1
    months = np.arange(periods.period_of(start, "M"), periods.period_of(end, "M") + 1)
    later_months = periods.first_days(months[1:], "M") - np.datetime64(start, "D")
    knot_days = np.concatenate([[0], later_months.astype(np.int64), [n_days]]).astype(np.float64)

    form = _FORM - np.average(_FORM, weights=_MONTH_DAYS)
    multipliers = 1.0 + strength * form / np.abs(form).max()
    weeks = np.diff(knot_days) * multipliers[months % 12] / 7.0
    knot_weeks = np.concatenate([[0.0], np.cumsum(weeks)])
    return StoreClock(start, n_days, multipliers, knot_days, knot_weeks)


def not_past(n_days: int, days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `days` of at most the last second before `n_days` are over; NaN stays NaN."""
    return np.minimum(days, n_days - _LESS_THAN_A_SECOND)


def timestamps(start: dt.date, seconds: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Microsecond timestamps, the unit in which every dataframe engine agrees."""
    moments: NDArray[np.datetime64] = np.datetime64(start, "us") + (seconds * 1_000_000).astype(
        "timedelta64[us]"
    )
    return moments
