"""When customers fall silent for good, as far as can be told: counted by first and last period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import frames
from crmlytics._core.events import CodedEvents
from crmlytics.retention._activity import coded_activity, lazy_activity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.events import Events

# The gap after the last active period: longer than any, and far from overflowing.
_ENDLESS = 10**7


class Runs(NamedTuple):
    """How many customers have which first period and which end of their unbroken run."""

    first: NDArray[np.int64]
    stop: NDArray[np.int64]
    n: NDArray[np.int64]


def count_runs(events: Events | CodedEvents, *, lapse_after: int, last: int) -> Runs:
    """Count the runs of activity up to the period `last` that no `lapse_after` silent ones break.

    The run ends at the first silence of that length, whatever comes after it: whether a customer
    has lapsed by an age must not depend on what happens later.
    """
    money = events.n_refunds > 0
    if isinstance(events, CodedEvents):
        activity = coded_activity(events, money=money, ignore_refunds=True)
        kept = activity.buys & (activity.period <= last)
        return _coded_runs(activity.code[kept], activity.period[kept], lapse_after)
    rows = lazy_activity(events, money=money, ignore_refunds=True)
    return _lazy_runs(rows.filter(nw.col("_period") <= last), lapse_after)


def _lazy_runs(rows: nw.LazyFrame[Any], lapse_after: int) -> Runs:
    later = nw.col("_period").shift(-1).over("_id", order_by="_period")
    rows = rows.with_columns(_gap=(later - nw.col("_period")).fill_null(_ENDLESS))
    ends = nw.when(nw.col("_gap") > lapse_after).then(nw.col("_period"))
    rows = rows.with_columns(_end=ends.otherwise(nw.lit(_ENDLESS)).cast(nw.Int64))
    customers = rows.group_by("_id").agg(_first=nw.col("_period").min(), _stop=nw.col("_end").min())
    found = frames.arrays(frames.collect(customers.group_by("_first", "_stop").agg(_n=nw.len())))
    first, stop, n = (found[name].astype(np.int64) for name in ("_first", "_stop", "_n"))
    return Runs(first, stop, n)


def _coded_runs(code: NDArray[np.int64], period: NDArray[np.int64], lapse_after: int) -> Runs:
    gap = np.full(len(code), _ENDLESS)
    same = code[1:] == code[:-1]
    gap[:-1][same] = (period[1:] - period[:-1])[same]
    ends = np.flatnonzero(gap > lapse_after)
    _, first_row = np.unique(code, return_index=True)
    _, first_end = np.unique(code[ends], return_index=True)
    pairs = np.stack((period[first_row], period[ends[first_end]]))
    cells, count = np.unique(pairs, axis=1, return_counts=True)
    return Runs(cells[0], cells[1], count.astype(np.int64))
