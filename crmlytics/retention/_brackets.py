"""Ages in ranges of days since each customer's first purchase, in place of calendar periods."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.events import CodedEvents, Events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The first day of customers who never bought: they are left out later.
_NEVER = 10**7


def read_edges(brackets: Sequence[int]) -> NDArray[np.int64]:
    """Return the edges in days if they start at 0 and rise."""
    edges = [checks.whole_number("brackets", edge, at_least=0) for edge in brackets]
    if len(edges) < 2 or edges[0] != 0 or any(b <= a for a, b in itertools.pairwise(edges)):
        raise ValueError(
            "brackets must be rising days that start with 0, at least two of them, such as "
            f"(0, 1, 7, 30), got {tuple(edges)!r}"
        )
    return np.array(edges, np.int64)


def with_brackets(
    events: Events | CodedEvents, edges: NDArray[np.int64], *, unit: periods.Unit
) -> Events | CodedEvents:
    """Replace each row's period by its cohort plus the number of its bracket.

    Days beyond the last edge get a bracket of their own, so that later activity is not lost. What
    counts periods then counts brackets, and a customer's first period is still the cohort.
    """
    if isinstance(events, CodedEvents):
        return events._replace(period=_coded(events, edges, unit))
    return events._replace(rows=_lazy(events, edges))


def _lazy(events: Events, edges: NDArray[np.int64]) -> nw.LazyFrame[Any]:
    rows = events.rows
    bought = rows.filter(nw.col("_amount") >= 0) if events.n_refunds else rows
    first = bought.group_by("_id").agg(
        _first_day=nw.col("_day").min(), _cohort=nw.col("_period").min()
    )
    rows = rows.join(first, on="_id", how="left")
    age = nw.col("_day") - nw.col("_first_day")
    # 0 for refunds before the first purchase, too: they belong to it.
    bracket = nw.lit(0).cast(nw.Int64)
    for edge in edges[1:].tolist():
        bracket = bracket + frames.flag(age >= edge)
    kept = [
        name
        for name in rows.collect_schema().names()
        if name not in ("_period", "_cohort", "_first_day")
    ]
    return rows.select(*kept, _period=nw.col("_cohort").fill_null(_NEVER) + bracket)


def _coded(events: CodedEvents, edges: NDArray[np.int64], unit: periods.Unit) -> NDArray[np.int64]:
    bought = events.amount >= 0 if events.n_refunds else np.ones(len(events.code), bool)
    first_day = -codes.last(
        events.code[bought], -events.day[bought], len(events.ids), empty=-_NEVER
    )
    buys = first_day < _NEVER
    cohort = np.full(len(first_day), _NEVER)
    cohort[buys] = periods.periods_of(first_day[buys], unit)
    age = events.day - first_day[events.code]
    found: NDArray[np.int64] = cohort[events.code] + np.searchsorted(edges[1:], age, side="right")
    return found
