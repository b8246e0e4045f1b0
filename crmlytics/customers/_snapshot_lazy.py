"""Customers by cut-off on the engine that holds the rows: one pass for all cut-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics._core import frames
from crmlytics.customers._snapshot_plan import EVER

if TYPE_CHECKING:
    from crmlytics._core.events import Events
    from crmlytics.customers._snapshot_plan import Plan


def histories(
    events: Events, plan: Plan, *, money: bool, ignore: bool, all_known: bool, like: Any
) -> nw.LazyFrame[Any]:
    """One row per customer and cut-off, under the names of `_snapshot_coded.histories`.

    `all_known` keeps customers who bought before the lookback only; they cost a longer pass.
    """
    days = _purchase_days(events, money=money, ignore=ignore)
    rows = days.join(_cutoffs(plan, like), how="cross")
    day = nw.col("_day")
    far = nw.lit(EVER) if all_known else nw.col("_since")
    seen = (day >= far) & (day < nw.col("_closes"))
    rows = rows.filter(seen & ((day < nw.col("_cut")) | (day >= nw.col("_opens"))))
    # Compute flags first and aggregate bare columns: the form that all engines count alike.
    flagged = rows.select("_id", "_cut", **_flags(plan, money=money))
    names = [name for name in _flags(plan, money=money) if name not in ("first", "last", "ever")]
    return flagged.group_by("_id", "_cut").agg(
        nw.col("first").min(),
        nw.col("last").max(),
        nw.col("ever").max(),
        *[nw.col(name).sum() for name in names],
    )


def _purchase_days(events: Events, *, money: bool, ignore: bool) -> nw.LazyFrame[Any]:
    """What each customer bought on a day: ``_buys`` 1 or 0, and ``_money``."""
    rows = events.rows
    if not money:
        return rows.select("_id", "_day").unique().with_columns(_buys=nw.lit(1).cast(nw.Int64))
    if events.n_refunds and ignore:
        rows = rows.filter(nw.col("_amount") >= 0)
    total = rows.select("_id", "_day", _buys=nw.lit(1).cast(nw.Int64), _money=nw.col("_amount"))
    if events.n_refunds and not ignore:
        total = total.with_columns(_buys=frames.flag(nw.col("_money") >= 0))
    return total.group_by("_id", "_day").agg(nw.col("_buys").max(), nw.col("_money").sum())


def _cutoffs(plan: Plan, like: Any) -> nw.LazyFrame[Any]:
    columns = {"_cut": plan.cut, "_since": plan.since, "_active": plan.active}
    columns |= {"_opens": plan.opens, "_closes": plan.closes}
    columns |= {f"_within_{i}": plan.within[:, i] for i in range(plan.within.shape[1])}
    return frames.lazy(frames.from_arrays(columns, like=like))


def _flags(plan: Plan, *, money: bool) -> dict[str, nw.Expr]:
    day, cut, bought = nw.col("_day"), nw.col("_cut"), nw.col("_buys") > 0
    before, ahead = day < cut, day >= nw.col("_opens")  # the rows end where the outcome closes
    known = before & (day >= nw.col("_since"))
    never = {"first": -EVER, "last": EVER}
    flags = {
        name: nw.when(known & bought).then(day).otherwise(nw.lit(far).cast(nw.Int64))
        for name, far in never.items()
    }
    flags["ever"] = frames.flag(before & bought)
    flags["active"] = frames.flag(before & bought & (day >= nw.col("_active")))
    spans = {"": known, "_ahead": ahead}
    spans |= {
        f"_{i}": before & (day >= nw.col(f"_within_{i}")) for i in range(plan.within.shape[1])
    }
    for name, inside in spans.items():
        flags[f"n{name}"] = frames.flag(inside & bought)
        if money:
            flags[f"money{name}"] = nw.when(inside).then(nw.col("_money")).otherwise(nw.lit(0.0))
    return flags
