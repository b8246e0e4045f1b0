"""The purchase summary on the engine that holds the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics.customers.purchases import NEVER, bought_on, lazy_purchases

if TYPE_CHECKING:
    from crmlytics._core.events import Events
    from crmlytics.customers._summary_options import SummaryOptions


def summarise(events: Events, options: SummaryOptions, *, end: int) -> nw.LazyFrame[Any]:
    """One row per customer; `end` is the index of the merge unit that holds the end."""
    rows = _bought(events, options)
    counted = nw.col("_amount")
    if options.money and not options.include_first:
        # A refund before the first purchase belongs to it, so "first" looks at purchases only.
        # Looked up by a join: a window over all rows would sort them.
        first = rows.group_by("_id").agg(nw.col("_from").min().alias("_first"))
        rows = rows.join(first, on="_id", how="left")
        repeat = nw.col("_period") > nw.col("_first")
        counted = nw.when(repeat).then(nw.col("_amount")).otherwise(nw.lit(0.0))
    if options.money:
        rows = rows.with_columns(_money=counted)
    money = [nw.col("_money").sum()] if options.money else []
    bought = rows.group_by("_id", "_period").agg(nw.col("_buys").max(), *money)
    bought = bought.with_columns(
        _from=bought_on(nw.col("_period"), never=-NEVER), _last=bought_on(nw.col("_period"))
    )
    customers = (
        bought.group_by("_id")
        .agg(nw.col("_from").min(), nw.col("_last").max(), nw.col("_buys").sum(), *money)
        .filter(nw.col("_last") > NEVER)
    )
    summary = customers.select(**_columns(options, end))
    if options.log_gaps:
        summary = _join_log_gaps(summary, bought, options)
    return summary


def with_holdout(
    events: Events, options: SummaryOptions, *, cut: int, ends: tuple[int, int]
) -> nw.LazyFrame[Any]:
    """Add what the customers bought after the day `cut`, between the two period indices."""
    before = events._replace(rows=events.rows.filter(nw.col("_day") <= cut))
    after = events._replace(rows=events.rows.filter(nw.col("_day") > cut))
    summary = summarise(before, options, end=ends[0])
    money = [nw.col("_amount").sum()] if options.money else []
    rows = _bought(after, options, warn=False)
    bought = rows.group_by("_id", "_period").agg(nw.col("_buys").max(), *money)
    held_out = bought.group_by("_id").agg(nw.col("_buys").sum(), *money)
    joined = summary.join(held_out, on="_id", how="left")
    count = nw.when(nw.col("_buys").is_null()).then(nw.lit(0)).otherwise(nw.col("_buys"))
    added = {
        "frequency_holdout": count.cast(nw.Int64),
        "T_holdout": nw.lit((ends[1] - ends[0]) / options.per_span),
    }
    if options.money:
        mean = nw.col("_amount") / nw.col("_buys").cast(nw.Float64)
        added["monetary_value_holdout"] = nw.when(nw.col("_buys") > 0).then(mean)
    return joined.with_columns(**added).drop("_buys", *(["_amount"] if options.money else []))


def _bought(events: Events, options: SummaryOptions, *, warn: bool = True) -> nw.LazyFrame[Any]:
    """Rows with ``_buys`` and ``_from``, the period of a purchase or, for a refund, never."""
    if options.money:
        rows = lazy_purchases(events, ignore=options.ignore_refunds, warn=warn)
    else:
        rows = events.rows.with_columns(_buys=nw.lit(1).cast(nw.Int64))
    return rows.with_columns(_from=bought_on(nw.col("_period"), never=-NEVER))


def _columns(options: SummaryOptions, end: int) -> dict[str, nw.Expr]:
    first, last = nw.col("_from"), nw.col("_last")
    frequency = nw.col("_buys") if options.include_first else nw.col("_buys") - 1
    columns = {
        "_id": nw.col("_id"),
        "frequency": frequency.cast(nw.Int64),
        "recency": (last - first).cast(nw.Float64) / options.per_span,
        "T": (end - first).cast(nw.Float64) / options.per_span,
    }
    if options.money:
        mean = nw.col("_money") / frequency.cast(nw.Float64)
        columns["monetary_value"] = nw.when(frequency > 0).then(mean)
    return columns


def _join_log_gaps(
    summary: nw.LazyFrame[Any], bought: nw.LazyFrame[Any], options: SummaryOptions
) -> nw.LazyFrame[Any]:
    purchases = bought.filter(nw.col("_buys") > 0).select("_id", "_period")
    earlier = nw.col("_period").shift(1).over("_id", order_by="_period")
    gaps = purchases.with_columns(_earlier=earlier).filter(~nw.col("_earlier").is_null())
    gap = (nw.col("_period") - nw.col("_earlier")).cast(nw.Float64) / options.per_span
    sums = gaps.with_columns(_log_gap=gap.log()).group_by("_id").agg(nw.col("_log_gap").sum())
    joined = summary.join(sums, on="_id", how="left")
    none = nw.col("_log_gap").is_null()
    filled = nw.when(none).then(nw.lit(0.0)).otherwise(nw.col("_log_gap"))
    return joined.with_columns(log_gap_sum=filled).drop("_log_gap")
