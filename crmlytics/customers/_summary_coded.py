"""The purchase summary in numpy, for frames in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import codes
from crmlytics.customers.purchases import NEVER, coded_purchases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.events import CodedEvents
    from crmlytics.customers._summary_options import SummaryOptions


def summarise(events: CodedEvents, options: SummaryOptions, *, end: int) -> dict[str, Any]:
    """One row per customer; `end` is the index of the merge unit that holds the end."""
    n = len(events.ids)
    bought = coded_purchases(events)
    code, period = events.code[bought], events.period[bought]
    buyer, when = codes.distinct_pairs(code, period)
    # The pairs are ordered by customer and time: the borders between customers say it all.
    n_purchases = np.bincount(buyer, minlength=n)
    is_buyer = n_purchases > 0
    ends = np.cumsum(n_purchases[is_buyer])
    first = np.full(n, -NEVER, np.int64)
    first[is_buyer] = when[ends - n_purchases[is_buyer]]
    last = when[ends - 1]
    frequency = n_purchases[is_buyer] - (not options.include_first)
    table: dict[str, Any] = {
        "_id": events.ids[is_buyer],
        "frequency": frequency,
        "recency": (last - first[is_buyer]) / options.per_span,
        "T": (end - first[is_buyer]) / options.per_span,
    }
    if options.money:
        counted = bought if options.ignore_refunds else np.ones(events.n_rows, bool)
        if not options.include_first:
            counted = counted & (events.period > first[events.code])
        money = codes.totals(events.code[counted], events.amount[counted], n)[is_buyer]
        table["monetary_value"] = codes.ratio(money, frequency)
    if options.log_gaps:
        same = np.flatnonzero(buyer[1:] == buyer[:-1])
        logs = np.log((when[same + 1] - when[same]) / options.per_span)
        table["log_gap_sum"] = codes.totals(buyer[same], logs, n)[is_buyer]
    return table


def with_holdout(
    events: CodedEvents, options: SummaryOptions, *, cut: int, ends: tuple[int, int]
) -> dict[str, Any]:
    """Add what the customers bought after the day `cut`, between the two period indices."""
    n = len(events.ids)
    table = summarise(_rows(events, events.day <= cut), options, end=ends[0])
    after = _rows(events, events.day > cut)
    bought = after.amount >= 0 if options.money else np.ones(after.n_rows, bool)
    buyer, _ = codes.distinct_pairs(after.code[bought], after.period[bought])
    listed = np.searchsorted(events.ids, table["_id"]) if len(events.ids) else np.empty(0, int)
    frequency = np.bincount(buyer, minlength=n)[listed]
    table["frequency_holdout"] = frequency
    table["T_holdout"] = np.full(len(listed), (ends[1] - ends[0]) / options.per_span)
    if options.money:
        counted = bought if options.ignore_refunds else slice(None)
        money = codes.totals(after.code[counted], after.amount[counted], n)[listed]
        table["monetary_value_holdout"] = codes.ratio(money, frequency)
    return table


def _rows(events: CodedEvents, kept: NDArray[np.bool_]) -> CodedEvents:
    amount = events.amount[kept] if len(events.amount) else events.amount
    return events._replace(
        code=events.code[kept],
        day=events.day[kept],
        period=events.period[kept],
        amount=amount,
        n_rows=int(kept.sum()),
        n_refunds=int((amount < 0).sum()),
    )
