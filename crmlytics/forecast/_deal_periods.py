"""The coming periods of a pipeline's forecast."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import periods
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAYS = {"D": 1, "W": 7}


class Coming(NamedTuple):
    """Day numbers: `begin` the first day of each period, `end` its last, both inclusive."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    def ends(self, as_of: int) -> NDArray[np.int64]:
        """Last day of each period, counted from `as_of`."""
        return self.end - as_of


def coming_periods(as_of: dt.date, horizon: int, unit: periods.Unit) -> Coming:
    """Days and weeks follow `as_of`; longer ones are the calendar's, the first maybe begun."""
    after = periods.to_day_index(as_of) + 1
    if unit in _DAYS:
        begin = after + np.arange(horizon) * _DAYS[unit]
        return Coming(begin, begin + _DAYS[unit] - 1)
    if as_of.year >= dt.date.max.year:
        raise DataContractError(f"as_of={as_of} leaves no calendar for the periods after it")
    first = periods.period_of(as_of + dt.timedelta(days=1), unit)
    starts = periods.first_days(np.arange(first, first + horizon + 1), unit).astype(np.int64)
    return Coming(starts[:-1], starts[1:] - 1)
