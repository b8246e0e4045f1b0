"""Counting cases at risk and multiplying survival up, on arrays: the kernel of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Two ways to the same survival differ by rounding: 1 - 1/2 and 2/3 · 3/4 are both a half.
_ROUNDING = 1e-12


class LifeTable(NamedTuple):
    """What happened at each time of each group, ordered by group and then by time.

    A group's first row is the time at which its first case came under observation, 0 without
    delayed entry. `at_risk` counts the cases under observation just before `time`, at time 0 those
    that are seen from the start; `entered` the cases that come under observation at `time` and are
    at risk from then on. `row` is the row in which each case, in the caller's order, leaves.
    """

    group: NDArray[np.int64]
    time: NDArray[np.float64]
    at_risk: NDArray[Any]
    events: NDArray[Any]
    censored: NDArray[Any]
    entered: NDArray[Any]
    row: NDArray[np.int64]


def life_table(
    durations: NDArray[np.float64],
    events: NDArray[np.bool_],
    *,
    entry: NDArray[np.float64] | None = None,
    code: NDArray[np.int64] | None = None,
    weights: NDArray[np.int64] | NDArray[np.float64] | None = None,
) -> LifeTable:
    """Count the cases at risk, ending, censored and entering at every time of every group.

    `code` numbers the groups 0, 1, …, every number occurring. An entry of 0 is observation from
    the start, a later one is delayed: such a case is at risk at times after it. `weights` say how
    many cases a row stands for; of floats, which do not go with delayed entry, the counts are sums.
    One sort of the times (none where they are whole and small).
    """
    n = len(durations)
    group_of = np.zeros(n, np.int64) if code is None else code
    n_groups = int(group_of.max()) + 1 if n else 0
    parts = [np.zeros(1), durations] + ([] if entry is None else [entry])
    times, place = _distinct(np.concatenate(parts))
    width = len(times)
    came = np.arange(n_groups) * width
    if entry is not None:
        came = group_of * width + place[n + 1 :]
    cells = np.concatenate((group_of * width + place[1 : n + 1], came))
    held, rows = codes.numbered(cells, n_groups * width)
    group, time = held // max(width, 1), times[held % max(width, 1)]
    left, size = rows[:n], len(held)
    ended = _counted(left[events], None if weights is None else weights[events], size)
    gone = _counted(left, weights, size)
    if entry is None:
        entered = np.zeros(size, gone.dtype)
        entered[rows[n:]] = _counted(group_of, weights, n_groups)
    else:
        entered = _counted(rows[n:], weights, size)
    if gone.dtype == np.float64:
        # Summed from the last to leave, whose weight must not drown in the rounding of a large sum.
        at_risk = running(gone[::-1], group[::-1])[::-1]
        return LifeTable(group, time, at_risk, ended, gone - ended, entered, left)
    # Whoever enters a group leaves it, so that the running sum is back at 0 where the next begins.
    under_way = np.cumsum(entered - gone) - (entered - gone)
    at_risk = under_way + np.where(time == 0.0, entered, 0)
    return LifeTable(group, time, at_risk, ended, gone - ended, entered, left)


def product_limit(
    group: NDArray[np.int64], at_risk: NDArray[Any], events: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Kaplan and Meier's survival and Greenwood's sum Σ d / (n (n - d)) of each row.

    The variance of the survival S is S² times that sum, which is NaN once the survival is 0.
    """
    share = np.nan_to_num(codes.ratio(events.astype(np.float64), at_risk))
    survival = running(1.0 - share, group, "cumprod")
    rest = at_risk.astype(np.float64) * (at_risk - events)
    greenwood = running(np.nan_to_num(codes.ratio(events.astype(np.float64), rest)), group)
    return survival, np.where(survival > 0.0, greenwood, np.nan)


def running(values: NDArray[Any], group: NDArray[np.int64], how: str = "cumsum") -> NDArray[Any]:
    """Cumulative sum or product within each group, which no other group's rounding enters."""
    grouped = pd.DataFrame(values).groupby(group, sort=False)
    done: NDArray[Any] = getattr(grouped, how)().to_numpy()
    return done.reshape(values.shape)


def first_times(
    group: NDArray[np.int64],
    time: NDArray[np.float64],
    values: NDArray[np.float64],
    q: float,
    n_groups: int,
) -> NDArray[np.float64]:
    """First time of each group at which `values` is at or below `q`; NaN where it never is."""
    rows = np.flatnonzero(values <= q + _ROUNDING)
    found = np.full(n_groups, np.nan)
    # Written backwards, so that the first row of a group stays.
    found[group[rows[::-1]]] = time[rows[::-1]]
    return found


def _distinct(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distinct times in ascending order and each value's place among them."""
    most = values.max()
    if most <= 8 * len(values) and bool((values == np.floor(values)).all()):
        held, place = codes.numbered(values.astype(np.int64), int(most) + 1)
        return held.astype(np.float64), place
    distinct, inverse = np.unique(values, return_inverse=True)
    return distinct, inverse.astype(np.int64)


def _counted(rows: NDArray[np.int64], weights: NDArray[Any] | None, size: int) -> NDArray[Any]:
    counted = np.bincount(rows, weights=weights, minlength=size)
    if weights is not None and weights.dtype == np.float64:
        return counted
    return np.rint(counted).astype(np.int64)
