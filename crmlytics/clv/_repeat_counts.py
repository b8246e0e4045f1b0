"""How many customers came in each period, and how many repeat purchases they made in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes, frames
from crmlytics._core.events import CodedEvents

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.events import Events

    Ints = NDArray[np.int64]


class RepeatCounts(NamedTuple):
    """Counts by period index, ascending.

    Attributes
    ----------
    first, customers : ndarray
        Periods of first purchases, and how many customers came in each.
    period, repeats : ndarray
        Periods of repeat purchases, and how many were made in each.
    """

    first: Ints
    customers: Ints
    period: Ints
    repeats: Ints


def repeat_counts(events: Events | CodedEvents, *, cut: int) -> RepeatCounts:
    """Count the purchases of customers who first bought up to the day `cut`."""
    if isinstance(events, CodedEvents):
        return _coded(events, cut)
    return _lazy(events, cut)


def _coded(events: CodedEvents, cut: int) -> RepeatCounts:
    bought = events.amount >= 0 if len(events.amount) else np.ones(events.n_rows, bool)
    seen = np.zeros(len(events.ids), bool)
    seen[events.code[bought & (events.day <= cut)]] = True
    bought &= seen[events.code]
    buyer, period = codes.distinct_pairs(events.code[bought], events.period[bought])
    is_first = np.diff(buyer, prepend=-1) > 0
    return RepeatCounts(
        *np.unique(period[is_first], return_counts=True),
        *np.unique(period[~is_first], return_counts=True),
    )


def _lazy(events: Events, cut: int) -> RepeatCounts:
    rows = events.rows
    if "_amount" in rows.collect_schema().names():
        rows = rows.filter(nw.col("_amount") >= 0)
    pairs = rows.group_by("_id", "_period").agg(nw.col("_day").min())
    first = pairs.group_by("_id").agg(
        nw.col("_period").min().alias("_first"), nw.col("_day").min().alias("_since")
    )
    first = first.filter(nw.col("_since") <= cut)
    came = first.group_by("_first").agg(n=nw.len()).sort("_first")
    later = pairs.join(first, on="_id", how="inner").filter(nw.col("_period") > nw.col("_first"))
    bought = later.group_by("_period").agg(n=nw.len()).sort("_period")
    return RepeatCounts(*_columns(came, "_first"), *_columns(bought, "_period"))


def _columns(table: nw.LazyFrame[Any], period: str) -> tuple[Ints, Ints]:
    held = frames.arrays(frames.collect(table))
    return held[period].astype(np.int64), held["n"].astype(np.int64)
