"""What was won in each period before a cut-off, and what two forecasts are worth together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import periods
from crmlytics._core.codes import totals
from crmlytics.forecast._deal_periods import Coming, coming_periods
from crmlytics.forecast._deal_rows import WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._deal_rows import Deals

_LENGTH = {"D": 1, "W": 7}
# As if two more cut-offs had been seen at which both forecasts were equally good.
_PRIOR_CUTOFFS = 2.0


class WonSeries(NamedTuple):
    """First day of each whole period, and the value won in it."""

    begin: NDArray[np.int64]
    value: NDArray[np.float64]


def earlier(as_of: int, coming: Coming, unit: periods.Unit, back: int) -> int:
    """Day as far into its period as `as_of` is into its own, `back` periods before."""
    if unit in _LENGTH:
        return as_of - back * _LENGTH[unit]
    into = as_of - int(coming.begin[0])
    first = periods.period_of(periods.from_day_index(int(coming.begin[0])), unit) - back
    begin, after = periods.first_days(np.array([first, first + 1]), unit).astype(np.int64)
    # The last day of a shorter month would already belong to the next period's forecast.
    return int(min(begin + into, after - 2))


def won_series(deals: Deals, coming: Coming, unit: periods.Unit, *, since: int) -> WonSeries:
    """Value won in the whole periods from `since` up to the first coming one."""
    start = int(coming.begin[0])
    won = (deals.outcome == WON) & (deals.closed < start) & (deals.closed >= since)
    if unit in _LENGTH:
        length = _LENGTH[unit]
        n = max((start - since) // length, 0)
        begin = start - length * np.arange(n, 0, -1)
        place = (deals.closed[won] - start) // length + n
    else:
        last = periods.period_of(periods.from_day_index(start), unit)
        first = periods.period_of(periods.from_day_index(since), unit)
        edges = periods.first_days(np.arange(first, last + 1), unit).astype(np.int64)
        first += int(edges[0] < since)
        begin = edges[int(edges[0] < since) : -1]
        n = len(begin)
        place = periods.periods_of(deals.closed[won], unit) - first
    inside = place >= 0
    value = totals(place[inside], deals.value[won][inside], n)[:n]
    return WonSeries(begin, value)


def won_between(deals: Deals, coming: Coming) -> NDArray[np.float64]:
    """Value won in each of some periods that are over."""
    won = deals.outcome == WON
    day, value = deals.closed[won], deals.value[won]
    inside = (day >= coming.begin[0]) & (day <= coming.end[-1])
    place = np.searchsorted(coming.begin, day[inside], side="right") - 1
    return totals(place, value[inside], len(coming.begin))


def periods_after(day: int, horizon: int, unit: periods.Unit) -> Coming:
    """Periods that come after a day number."""
    return coming_periods(periods.from_day_index(day), horizon, unit)


def combination_weights(
    actual: NDArray[np.float64], one: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weight of `one` at each step ahead, from rows of past cut-offs (NaN where not observed).

    Notes
    -----
    The weight w in [0, 1] that makes the squared errors of w f + (1 - w) g smallest, mixed with
    two cut-offs at which a half would have been best (Bates and Granger, 1969, Operational
    Research Quarterly 20, 451-468).
    """
    gap, short = one - other, actual - other
    seen = np.isfinite(gap) & np.isfinite(short)
    n = seen.sum(axis=0)
    square = np.where(seen, gap, 0.0) ** 2
    cross = (np.where(seen, gap, 0.0) * np.where(seen, short, 0.0)).sum(axis=0)
    total = square.sum(axis=0)
    prior = _PRIOR_CUTOFFS * total / np.maximum(n, 1)
    weight = np.full(len(n), 0.5)
    np.divide(cross + 0.5 * prior, total + prior, out=weight, where=total > 0)
    return np.asarray(np.clip(weight, 0.0, 1.0))
