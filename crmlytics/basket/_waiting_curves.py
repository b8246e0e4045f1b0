"""Product-limit curves of waiting times: of several groups at once, weighted or by clusters.

All that this package knows of survival analysis is in this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A share of 0.5 that rounding left a hair above is still the median.
_HAIR = 1e-12


class Curves(NamedTuple):
    """One row per group and distinct waiting time, ordered by both.

    `at_risk` waited at least `time`, `events` of them ended then; `left` is the estimated share
    that waits longer, and `hazard_variance` the sum of Greenwood's terms up to then.
    """

    group: NDArray[np.int64]
    time: NDArray[np.int64]
    at_risk: NDArray[np.float64]
    events: NDArray[np.float64]
    left: NDArray[np.float64]
    hazard_variance: NDArray[np.float64]


def product_limit(
    duration: NDArray[np.int64],
    event: NDArray[np.bool_],
    *,
    group: NDArray[np.int64] | None = None,
    weight: NDArray[np.float64] | None = None,
) -> Curves:
    """Kaplan and Meier's estimate for each group; whole times of at least 0."""
    group = np.zeros(len(duration), np.int64) if group is None else group
    weight = np.ones(len(duration)) if weight is None else weight
    width = int(duration.max(initial=0)) + 1
    key, cell = np.unique(group * width + duration, return_inverse=True)
    held, events = _sums(cell, weight), _sums(cell, weight * event)
    of, time = key // width, key % width
    # Those who wait at least this long: the sums from here to the end of the group.
    upto = np.concatenate(([0.0], np.cumsum(held)))
    at_risk = upto[np.searchsorted(of, of, side="right")] - upto[:-1]
    over = _used_up(at_risk, events)
    survivors = np.where(over, 1.0, at_risk - events)
    steps = np.where(over, 0.0, np.log(survivors / np.where(over, 1.0, at_risk)))
    terms = np.where(over, 0.0, events / (at_risk * survivors))
    return Curves(
        group=of,
        time=time,
        at_risk=at_risk,
        events=events,
        left=np.where(over, 0.0, np.exp(_running(steps, of))),
        hazard_variance=np.where(over, np.nan, _running(terms, of)),
    )


def _sums(cell: NDArray[np.int64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(cell, weight), np.float64)


def _used_up(at_risk: NDArray[np.float64], events: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell where nobody is left, rounding of weights aside."""
    result: NDArray[np.bool_] = at_risk - events <= _HAIR * at_risk
    return result


def _running(values: NDArray[np.float64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum from the beginning of each group to each row."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    return total[1:] - total[np.searchsorted(group, group)]


class Reading(NamedTuple):
    """Curves read at some time: the share that waits longer and its Greenwood sum.

    Both are NaN after the group's longest wait, where the curve is not known. `watched` is the
    number whose wait is seen to last until `time` at least, without ending on it.
    """

    left: NDArray[np.float64]
    hazard_variance: NDArray[np.float64]
    at_risk_after: NDArray[np.float64]
    events_until: NDArray[np.float64]
    watched: NDArray[np.float64]


def read_at(curves: Curves, group: NDArray[np.int64], time: NDArray[np.float64]) -> Reading:
    """Read the curve of each `group` at each `time`."""
    begin = np.searchsorted(curves.group, group)
    stop = np.searchsorted(curves.group, group, side="right")
    width = int(curves.time.max(initial=0)) + 1
    clipped = np.clip(np.floor(time), -1, width).astype(np.int64)
    stride = width + 2
    key, wanted = curves.group * stride + curves.time, group * stride + clipped
    place = np.clip(np.searchsorted(key, wanted, side="right"), begin, stop)
    here = np.clip(np.searchsorted(key, wanted), begin, stop)
    at = np.maximum(place - 1, 0)
    before, nothing = place == begin, stop == begin
    if not len(curves.time):
        unknown = np.full(len(group), np.nan)
        return Reading(unknown, unknown, *np.zeros((3, len(group))))
    last = np.maximum(stop - 1, 0)
    beyond = nothing | ((time > curves.time[last]) & (curves.left[last] > 0))
    done = np.concatenate(([0.0], np.cumsum(curves.events)))
    at_risk = np.append(curves.at_risk, 0.0)
    return Reading(
        left=np.where(beyond, np.nan, np.where(before, 1.0, curves.left[at])),
        hazard_variance=np.where(beyond, np.nan, np.where(before, 0.0, curves.hazard_variance[at])),
        at_risk_after=np.where(place < stop, at_risk[place], 0.0),
        events_until=done[place] - done[begin],
        watched=np.where(here < stop, at_risk[here], 0.0) - (done[place] - done[here]),
    )


def quantiles(curves: Curves, share: float, n_groups: int) -> NDArray[np.float64]:
    """First time at which at least `share` of each group has ended; NaN if that is not seen."""
    reached = np.flatnonzero(curves.left <= 1.0 - share + _HAIR)
    result = np.full(n_groups, np.nan)
    # Written backwards, so that the first time of each group stays.
    result[curves.group[reached[::-1]]] = curves.time[reached[::-1]]
    return result


def influence(
    curves: Curves,
    duration: NDArray[np.int64],
    event: NDArray[np.bool_],
    time: int,
    *,
    weight: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Change of the share left at `time` per record, the derivative in its weight times that.

    For one group. The squares sum to Greenwood's variance; summed within clusters first, to a
    variance that holds for records that hang together (the infinitesimal jackknife).
    """
    left = read_at(curves, np.zeros(1, np.int64), np.array([float(time)])).left[0]
    if not left > 0.0:
        return np.full(len(duration), 0.0 if left == 0.0 else np.nan)
    upto = np.concatenate(([0.0], curves.hazard_variance))
    ended = event & (duration <= time)
    stop = np.minimum(duration, time)
    included = np.searchsorted(curves.time, stop, side="right")
    at = np.maximum(included - 1, 0)
    change = np.where(ended, upto[at] - 1.0 / curves.at_risk[at], upto[included])
    return np.asarray(left * change * (1.0 if weight is None else weight))


def share_interval(
    share: NDArray[np.float64],
    variance: NDArray[np.float64],
    n: NDArray[np.float64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's interval with the sample size at which a plain share has this variance.

    Rothman, K. J. (1978). Estimation of confidence limits for the cumulative probability of
    survival in life table analysis. Journal of Chronic Diseases 31, 557-560. Where the share is 0
    or 1 and its variance says nothing, the size is `n`, the number whose outcome is known.
    """
    inside = (share > 0) & (share < 1) & (variance > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(inside, share * (1 - share) / variance, n)
    size = np.where(np.isnan(share), np.nan, size)
    low, high = wilson(share * size, size, level)
    return low, high
