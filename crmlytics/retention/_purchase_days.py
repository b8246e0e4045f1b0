"""The distinct days on which each customer bought, and the gaps between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes, frames
from crmlytics._core.events import CodedEvents
from crmlytics.customers.purchases import coded_purchases, lazy_purchases
from crmlytics.survival import kaplan_meier

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlytics._core.events import Events

FromEach = Literal["every", "first"]


class Gaps(NamedTuple):
    """How many gaps of each length there are: closed by a next purchase, or open at the end."""

    days: NDArray[np.int64]
    closed: NDArray[np.bool_]
    n: NDArray[np.int64]

    def curve(self, level: float) -> pd.DataFrame:
        """Share of gaps still open at each length, by Kaplan and Meier."""
        found: pd.DataFrame = kaplan_meier(
            self.days.astype(np.float64), self.closed, weights=self.n, level=level
        )
        return found


def lazy_days(events: Events) -> nw.LazyFrame[Any]:
    """One row per customer and day with a purchase: ``_id``, ``_day``."""
    rows = lazy_purchases(events, ignore=True)
    return rows.select("_id", "_day").unique()


def coded_days(events: CodedEvents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the same as arrays of codes and days, ordered by both."""
    bought = coded_purchases(events)
    return codes.distinct_pairs(events.code[bought], events.day[bought])


def count_gaps(
    events: Events | CodedEvents, *, last_day: int, from_each: FromEach, by_order: bool = False
) -> Gaps:
    """Count the gaps between purchases by length; `by_order` tells orders of one day apart."""
    if isinstance(events, CodedEvents):
        code, day = _coded_orders(events) if by_order else coded_days(events)
        return _coded_gaps(code, day, last_day=last_day, first_only=from_each == "first")
    days = _lazy_orders(events) if by_order else lazy_days(events)
    return _lazy_gaps(days, last_day=last_day, first_only=from_each == "first")


def _lazy_orders(events: Events) -> nw.LazyFrame[Any]:
    rows = lazy_purchases(events, ignore=True)
    return rows.group_by("_id", "_order").agg(nw.col("_day").min()).select("_id", "_day")


def _coded_orders(events: CodedEvents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bought = coded_purchases(events)
    code, order, day = events.code[bought], events.order[bought], events.day[bought]
    by_day = np.lexsort((day, order, code))
    code, order, day = code[by_day], order[by_day], day[by_day]
    first = np.ones(len(code), bool)
    first[1:] = (code[1:] != code[:-1]) | (order[1:] != order[:-1])
    code, day = code[first], day[first]
    in_time = np.lexsort((day, code))
    return code[in_time], day[in_time]


def _lazy_gaps(days: nw.LazyFrame[Any], *, last_day: int, first_only: bool) -> Gaps:
    rows = days.with_columns(
        _next=nw.col("_day").shift(-1).over("_id", order_by="_day"),
        _before=nw.col("_day").shift(1).over("_id", order_by="_day"),
    )
    if first_only:
        rows = rows.filter(nw.col("_before").is_null())
    closed = frames.flag(~nw.col("_next").is_null())
    rows = rows.select(_gap=nw.col("_next").fill_null(last_day) - nw.col("_day"), _closed=closed)
    found = frames.arrays(frames.collect(rows.group_by("_gap", "_closed").agg(_n=nw.len())))
    order = np.lexsort((found["_closed"], found["_gap"]))
    gap, is_closed, n = (found[name][order].astype(np.int64) for name in ("_gap", "_closed", "_n"))
    return Gaps(gap, is_closed > 0, n)


def _coded_gaps(
    code: NDArray[np.int64], day: NDArray[np.int64], *, last_day: int, first_only: bool
) -> Gaps:
    goes_on = np.zeros(len(code), bool)
    goes_on[:-1] = code[1:] == code[:-1]
    gap = last_day - day
    gap[:-1][goes_on[:-1]] = (day[1:] - day[:-1])[goes_on[:-1]]
    if first_only:
        first = np.ones(len(code), bool)
        first[1:] = ~goes_on[:-1]
        gap, goes_on = gap[first], goes_on[first]
    cells, count = np.unique(2 * gap + goes_on, return_counts=True)
    return Gaps(cells // 2, cells % 2 > 0, count)
