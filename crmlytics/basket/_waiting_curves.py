"""Waiting times' product-limit curves read for many groups at once, and their intervals.

The curves themselves are those of the package survival.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.survival import ProductLimit


class Reading(NamedTuple):
    """Curves read at some time: the share that waits longer and its Greenwood sum.

    Both are NaN after the group's longest wait, where the curve is not known. `watched` is the
    number whose wait is seen to last until `time` at least, without ending on it.
    """

    left: NDArray[np.float64]
    greenwood: NDArray[np.float64]
    at_risk_after: NDArray[np.float64]
    events_until: NDArray[np.float64]
    watched: NDArray[np.float64]


def read_at(curves: ProductLimit, group: NDArray[np.int64], time: NDArray[np.float64]) -> Reading:
    """Read the curve, in whole times, of each `group` at each `time`."""
    if not len(curves.time):
        unknown = np.full(len(group), np.nan)
        return Reading(unknown, unknown, *np.zeros((3, len(group))))
    starts = np.searchsorted(curves.group, np.arange(int(group.max(initial=0)) + 2))
    begin, stop = starts[group], starts[group + 1]
    width = int(curves.time.max()) + 1
    clipped = np.clip(np.floor(time), -1, width).astype(np.int64)
    stride = width + 2
    key = curves.group * stride + curves.time.astype(np.int64)
    wanted = group * stride + clipped
    place = np.clip(np.searchsorted(key, wanted, side="right"), begin, stop)
    at = np.maximum(place - 1, 0)
    here = np.where(key[at] == wanted, at, place)
    before, nothing = place == begin, stop == begin
    last = np.maximum(stop - 1, 0)
    beyond = nothing | ((time > curves.time[last]) & (curves.survival[last] > 0))
    done = np.concatenate(([0.0], np.cumsum(curves.events)))
    at_risk = np.append(curves.at_risk, 0)
    return Reading(
        left=np.where(beyond, np.nan, np.where(before, 1.0, curves.survival[at])),
        greenwood=np.where(beyond, np.nan, np.where(before, 0.0, curves.greenwood[at])),
        at_risk_after=np.where(place < stop, at_risk[place], 0.0),
        events_until=done[place] - done[begin],
        watched=np.where(here < stop, at_risk[here], 0.0) - (done[place] - done[here]),
    )


def influence(
    curves: ProductLimit,
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
    upto = np.concatenate(([0.0], curves.greenwood))
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
