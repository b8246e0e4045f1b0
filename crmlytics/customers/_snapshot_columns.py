"""The columns of a snapshot, worked out from the sums of a customer's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.customers._snapshot_plan import Plan, Spans


def names_of(spans: Spans, *, money: bool) -> list[str]:
    """Result columns after the customer, in order."""
    names = ["cutoff", "recency_days", "age_days", "purchases"]
    names += ["money"] * money + ["mean_gap_days", "recency_to_gap"] + spans.names("purchases")
    names += spans.names("money") if money else []
    if spans.horizon is not None:
        names += ["outcome_purchases"] + ["outcome_money"] * money + ["churned"]
    return names


def coded(table: dict[str, Any], plan: Plan, *, money: bool) -> dict[str, NDArray[Any]]:
    """Return the eligible rows of `_snapshot_coded.histories` as finished columns."""
    active = table["active"] if plan.spans.active_within is not None else table["n"]
    kept = np.flatnonzero((active > 0) & (table["n"] > 0))
    held = {name: values[kept] for name, values in table.items() if name != "_id"}
    n = held["n"]
    gap = codes.ratio((held["last"] - held["first"]).astype(np.float64), n - 1)
    recency = held["_cut"] - held["last"]
    columns: dict[str, Any] = {
        "_id": table["_id"].take(kept),
        "cutoff": held["_cut"].astype("datetime64[D]"),
        "recency_days": recency,
        "age_days": held["_cut"] - held["first"],
        "purchases": n,
        "money": held.get("money"),
        "mean_gap_days": gap,
        "recency_to_gap": codes.ratio(recency.astype(np.float64), np.nan_to_num(gap)),
        "outcome_purchases": held["n_ahead"],
        "outcome_money": held.get("money_ahead"),
        "churned": (held["n_ahead"] == 0).astype(np.int64),
    }
    for what, sums in (("purchases", "n"), ("money", "money")):
        for i, name in enumerate(plan.spans.names(what)):
            columns[name] = held.get(f"{sums}_{i}")
    return {name: columns[name] for name in ["_id", *names_of(plan.spans, money=money)]}


def lazily(table: nw.LazyFrame[Any], plan: Plan, *, money: bool, like: Any) -> nw.LazyFrame[Any]:
    """Return the eligible rows of `_snapshot_lazy.histories` as finished columns."""
    active = nw.col("active") if plan.spans.active_within is not None else nw.col("n")
    dates = frames.from_arrays({"_day": plan.cut, "cutoff": plan.dates}, like=like)
    kept = table.filter((active > 0) & (nw.col("n") > 0))
    kept = kept.join(frames.lazy(dates), left_on="_cut", right_on="_day", how="inner")
    n, first, last = nw.col("n"), nw.col("first"), nw.col("last")
    recency = nw.col("_cut") - last
    gaps = (n - 1).cast(nw.Float64)
    gap = (last - first).cast(nw.Float64) / nw.when(n > 1).then(gaps)
    columns = {
        "cutoff": nw.col("cutoff"),
        "recency_days": recency.cast(nw.Int64),
        "age_days": (nw.col("_cut") - first).cast(nw.Int64),
        "purchases": n.cast(nw.Int64),
        "money": nw.col("money"),
        "mean_gap_days": gap,
        "recency_to_gap": recency.cast(nw.Float64) / gap,
        "outcome_purchases": nw.col("n_ahead").cast(nw.Int64),
        "outcome_money": nw.col("money_ahead"),
        "churned": frames.flag(nw.col("n_ahead") == 0),
    }
    for i, name in enumerate(plan.spans.names("purchases")):
        columns[name] = nw.col(f"n_{i}").cast(nw.Int64)
    for i, name in enumerate(plan.spans.names("money")):
        columns[name] = nw.col(f"money_{i}")
    wanted = names_of(plan.spans, money=money)
    return kept.select("_id", "_cut", **{name: columns[name] for name in wanted})
