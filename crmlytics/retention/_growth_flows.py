"""Sums per period of who came, stayed, returned and left, and of their money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes, frames, notices
from crmlytics.errors import DataQualityWarning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.retention._activity import CodedActivity

COUNTS = ("active", "new", "retained")
MONEY = (
    "revenue",
    "revenue_new",
    "revenue_retained",
    "revenue_resurrected",
    "expansion",
    "contraction",
    "shortfall",
)

# Sums of amounts that cancel to nothing come out as a hair above or below it.
ROUNDING = 1e-9

Flows = dict[str, "NDArray[Any]"]


def lazy_flows(activity: nw.LazyFrame[Any], *, money: bool) -> Flows:
    """Sum on the engine: one row per period with activity, in any order."""
    if money:
        activity = floored(activity)
    bought = activity.filter(nw.col("_buys") > 0)
    earlier = bought.select(
        "_id",
        _period=nw.col("_period") + 1,
        _before=nw.col("_worth") if money else nw.lit(0.0),
    )
    first = bought.group_by("_id").agg(nw.col("_period").min().alias("_first"))
    rows = activity.join(first, on="_id").join(earlier, on=["_id", "_period"], how="left")
    buys = nw.col("_buys") > 0
    rows = rows.with_columns(
        active=nw.col("_buys"),
        new=frames.flag(buys & (nw.col("_period") == nw.col("_first"))),
        retained=frames.flag(buys & ~nw.col("_before").is_null()),
    )
    names = [*COUNTS]
    if money:
        rows = rows.with_columns(**_money_flows())
        names += [*MONEY, "n_short"]
    sums = rows.group_by("_period").agg(*[nw.col(name).sum() for name in names])
    found = frames.arrays(frames.collect(sums))
    whole = ("_period", *COUNTS, "n_short")
    return {
        name: values.astype(np.int64 if name in whole else np.float64)
        for name, values in found.items()
    }


def floored(activity: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Split the net sum into ``_worth``, never below 0, and ``_short``, what was below."""
    net, none = nw.col("_amount"), nw.lit(0.0)
    return activity.with_columns(
        _worth=nw.when(net > 0).then(net).otherwise(none),
        _short=nw.when(net < -ROUNDING).then(net).otherwise(none),
    )


def _money_flows() -> dict[str, nw.Expr]:
    now, before, none = nw.col("_worth"), nw.col("_before"), nw.lit(0.0)
    new, stayed = nw.col("new") > 0, nw.col("retained") > 0
    more = now > before
    return {
        "revenue": now,
        "revenue_new": nw.when(new).then(now).otherwise(none),
        "revenue_retained": nw.when(stayed & more)
        .then(before)
        .otherwise(nw.when(stayed).then(now).otherwise(none)),
        "revenue_resurrected": nw.when(new | stayed).then(none).otherwise(now),
        "expansion": nw.when(stayed & more).then(now - before).otherwise(none),
        "contraction": nw.when(stayed & ~more).then(before - now).otherwise(none),
        "shortfall": nw.col("_short"),
        "n_short": frames.flag(nw.col("_short") < 0),
    }


def coded_flows(activity: CodedActivity, *, money: bool) -> Flows:
    """Do the same in numpy."""
    if not len(activity.code):
        names = ("_period", *COUNTS, *(MONEY if money else ()), *(("n_short",) if money else ()))
        return {name: np.empty(0, np.int64) for name in names}
    rows = np.flatnonzero(activity.buys)
    code, period = activity.code[rows], activity.period[rows]
    low = int(activity.period.min())
    n = int(activity.period.max()) - low + 1
    at = period - low
    new = period == activity.first[rows]
    stayed = np.zeros(len(rows), bool)
    stayed[1:] = (code[1:] == code[:-1]) & (period[1:] == period[:-1] + 1)
    flows: Flows = {
        "_period": np.arange(low, low + n),
        "active": np.bincount(at, minlength=n),
        "new": np.bincount(at[new], minlength=n),
        "retained": np.bincount(at[stayed], minlength=n),
    }
    if not money:
        return flows
    worth = np.maximum(activity.amount, 0.0)
    now = worth[rows]
    before = np.concatenate(([0.0], now[:-1]))
    back = ~(new | stayed)
    parts = {
        "revenue": now,
        "revenue_new": now * new,
        "revenue_retained": np.minimum(now, before) * stayed,
        "revenue_resurrected": now * back,
        "expansion": np.maximum(now - before, 0.0) * stayed,
        "contraction": np.maximum(before - now, 0.0) * stayed,
    }
    flows |= {name: codes.totals(at, values, n) for name, values in parts.items()}
    short = activity.amount < -ROUNDING
    below = activity.period[short] - low
    flows["shortfall"] = codes.totals(below, activity.amount[short], n)
    flows["n_short"] = np.bincount(below, minlength=n)
    return flows


def warn_of_shortfall(n_short: int, shortfall: float) -> None:
    """Say in how many customer-periods refunds exceed purchases, and by how much."""
    if n_short:
        notices.warn(
            f"in {n_short:,} customer-periods refunds exceed purchases, by {-shortfall:,.2f} "
            "together; they count as 0 revenue",
            DataQualityWarning,
        )
