"""Who was active in which period: the table from which cohorts and growth are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes
from crmlytics.customers.purchases import coded_purchases, lazy_purchases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.events import CodedEvents, Events

# Up to so many cells a table finds the pair of each row; beyond, a search does.
_MOST_CELLS = 200_000_000


class CodedActivity(NamedTuple):
    """One row per customer and period with any row, ordered by both, as arrays.

    `first` is the period of the customer's first purchase; `buys` tells a period with a purchase
    from one with refunds only; `amount` is the net sum, empty where money was not asked for.
    """

    code: NDArray[np.int64]
    period: NDArray[np.int64]
    first: NDArray[np.int64]
    buys: NDArray[np.bool_]
    amount: NDArray[np.float64]


def lazy_activity(events: Events, *, money: bool, ignore_refunds: bool) -> nw.LazyFrame[Any]:
    """One row per customer and period with any row: ``_id``, ``_period``, ``_buys``, ``_amount``.

    ``_buys`` is 0 in a period of refunds only; ``_amount``, the net sum, is there with `money`.
    """
    if not money:
        pairs = events.rows.group_by("_id", "_period").agg(_n=nw.len())
        return pairs.select("_id", "_period", _buys=nw.lit(1).cast(nw.Int64))
    rows = lazy_purchases(events, ignore=ignore_refunds)
    return rows.group_by("_id", "_period").agg(nw.col("_buys").max(), nw.col("_amount").sum())


def coded_activity(events: CodedEvents, *, money: bool, ignore_refunds: bool) -> CodedActivity:
    """Do the same in numpy, and leave out customers who never bought."""
    kept, buys = events, np.ones(0, bool)
    if events.n_refunds:
        bought = coded_purchases(events)
        kept, buys = _rows_that_count(events, bought, ignore=ignore_refunds)
    code, period = codes.distinct_pairs(kept.code, kept.period)
    amount, active = np.empty(0), np.ones(len(code), bool)
    if money:
        pair = _pair_of_row(kept, code, period)
        amount = codes.totals(pair, kept.amount, len(code))
        if len(buys):
            active = np.bincount(pair, weights=buys, minlength=len(code)) > 0
    # The pairs are ordered by time, so the first active one of a customer is the first purchase.
    buying = np.flatnonzero(active)
    starts = buying[np.diff(code[buying], prepend=-1) > 0]
    first = np.zeros(int(code[-1]) + 1 if len(code) else 0, np.int64)
    first[code[starts]] = period[starts]
    return CodedActivity(code, period, first[code], active, amount)


def _rows_that_count(
    events: CodedEvents, bought: NDArray[np.bool_], *, ignore: bool
) -> tuple[CodedEvents, NDArray[np.bool_]]:
    """Drop refunds, or only those of customers who never bought; and say which rows buy."""
    kept = bought
    if not ignore:
        buyers = np.zeros(len(events.ids), bool)
        buyers[events.code[bought]] = True
        kept = buyers[events.code]
    rows = events._replace(
        code=events.code[kept], period=events.period[kept], amount=events.amount[kept]
    )
    return rows, bought[kept]


def _pair_of_row(
    events: CodedEvents, code: NDArray[np.int64], period: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Position of each row's (customer, period) among the ordered pairs."""
    if not len(code):
        return np.empty(0, np.int64)
    low, width = int(period.min()), int(period.max()) - int(period.min()) + 1
    key, wanted = code * width + (period - low), events.code * width + (events.period - low)
    cells = (int(code[-1]) + 1) * width
    if cells > _MOST_CELLS:
        return np.searchsorted(key, wanted).astype(np.int64, copy=False)
    position = np.empty(cells, np.int64)
    position[key] = np.arange(len(key))
    found: NDArray[np.int64] = position[wanted]
    return found
