"""The purchase summary on the engine that holds the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics.customers._purchases import NEVER, lazy_purchases

if TYPE_CHECKING:
    from crmlytics._core.events import Events
    from crmlytics.customers._summary_options import SummaryOptions


def summarise(events: Events, options: SummaryOptions, *, end: int) -> nw.LazyFrame[Any]:
    """One row per customer; `end` is the index of the merge unit that holds the end."""
    bought = _by_period(events, options)
    # A refund before the first purchase belongs to it, so "first" looks at purchases only.
    when_bought = nw.when(nw.col("_buys") > 0).then(nw.col("_period"))
    bought = bought.with_columns(_from=when_bought.otherwise(nw.lit(-NEVER)).cast(nw.Int64))
    bought = bought.with_columns(_first=nw.col("_from").min().over("_id"))
    parts = [
        nw.col("_first").min(),
        nw.col("_bought_period").max(),
        nw.col("_buys").sum(),
    ]
    if options.money:
        counted = nw.col("_amount")
        if not options.include_first:
            repeat = nw.col("_period") > nw.col("_first")
            counted = nw.when(repeat).then(nw.col("_amount")).otherwise(nw.lit(0.0))
        bought = bought.with_columns(_money=counted)
        parts.append(nw.col("_money").sum())
    customers = bought.group_by("_id").agg(*parts).filter(nw.col("_bought_period") > NEVER)
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
    parts = [nw.col("_buys").sum()]
    if options.money:
        parts.append(nw.col("_amount").sum())
    held_out = _by_period(after, options, warn=False).group_by("_id").agg(*parts)
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


def _by_period(events: Events, options: SummaryOptions, *, warn: bool = True) -> nw.LazyFrame[Any]:
    rows = events.rows
    if options.money:
        rows = lazy_purchases(events, ignore=options.ignore_refunds, warn=warn)
    else:
        rows = rows.with_columns(_buys=nw.lit(1).cast(nw.Int64), _bought_period=nw.col("_period"))
    parts = [nw.col("_buys").max(), nw.col("_bought_period").max()]
    if options.money:
        parts.append(nw.col("_amount").sum())
    return rows.group_by("_id", "_period").agg(*parts)


def _columns(options: SummaryOptions, end: int) -> dict[str, nw.Expr]:
    first, last = nw.col("_first"), nw.col("_bought_period")
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
