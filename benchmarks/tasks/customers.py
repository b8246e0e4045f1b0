"""rfm_table and purchase_summary."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from rivals import call, save

from crmlytics.customers import purchase_summary, rfm_table, snapshots
from tasks.cases import AS_OF, Case, DisagreementError, duckdb_table, polars_frame, transactions
from tasks.clv import CLVKIT, PYMC

_SQL = """
SELECT customer_id, DATE '2024-12-31' - max(day) FILTER (buys) AS recency_days,
       count(*) FILTER (buys) AS frequency, sum(amount) AS monetary
FROM (SELECT customer_id, date::DATE AS day, sum(amount) AS amount, bool_or(amount >= 0) AS buys
      FROM transactions WHERE date < TIMESTAMP '2025-01-01' GROUP BY ALL)
GROUP BY customer_id HAVING bool_or(buys) ORDER BY customer_id
"""

#: Six half-overlapping years of history, each with the ninety days that follow.
CUTOFFS = [dt.date(2023, 7, 1) + dt.timedelta(days=75 * i) for i in range(6)]
_SNAPSHOT_SQL = """
WITH cuts AS (SELECT unnest($cuts)::DATE AS cutoff),
days AS (SELECT customer_id, date::DATE AS day, sum(amount) AS amount,
                max(CASE WHEN amount >= 0 THEN 1 ELSE 0 END) AS buys
         FROM transactions GROUP BY ALL),
sums AS (
  SELECT customer_id, cutoff,
         min(day) FILTER (buys = 1 AND day < cutoff) AS first,
         max(day) FILTER (buys = 1 AND day < cutoff) AS last,
         count(*) FILTER (buys = 1 AND day < cutoff) AS purchases,
         sum(amount) FILTER (day < cutoff) AS money,
         count(*) FILTER (buys = 1 AND day >= cutoff - 30 AND day < cutoff) AS purchases_30d,
         count(*) FILTER (buys = 1 AND day >= cutoff - 90 AND day < cutoff) AS purchases_90d,
         coalesce(sum(amount) FILTER (day >= cutoff - 30 AND day < cutoff), 0) AS money_30d,
         coalesce(sum(amount) FILTER (day >= cutoff - 90 AND day < cutoff), 0) AS money_90d,
         count(*) FILTER (buys = 1 AND day >= cutoff) AS outcome_purchases,
         coalesce(sum(amount) FILTER (day >= cutoff), 0) AS outcome_money
  FROM days, cuts WHERE day >= cutoff - 365 AND day < cutoff + 90 GROUP BY ALL)
SELECT customer_id, cutoff, cutoff - last AS recency_days, cutoff - first AS age_days, purchases,
       money, (last - first) / nullif(purchases - 1, 0) AS mean_gap_days,
       (cutoff - last) / nullif((last - first) / nullif(purchases - 1, 0), 0) AS recency_to_gap,
       purchases_30d, purchases_90d, money_30d, money_90d, outcome_purchases, outcome_money,
       (outcome_purchases = 0)::INT AS churned
FROM sums WHERE cutoff - last <= 365 AND purchases > 0 ORDER BY cutoff, customer_id
"""


def polars_by_hand(frame):
    """The aggregation that a polars user would write for the same table."""
    import polars as pl

    day = pl.col("date").dt.date()
    days = (
        frame.lazy()
        .filter(day <= AS_OF)
        .group_by("customer_id", day.alias("day"))
        .agg(pl.col("amount").sum(), (pl.col("amount") >= 0).any().alias("buys"))
    )
    customers = days.group_by("customer_id").agg(
        pl.col("day").filter("buys").max(), pl.col("buys").sum(), pl.col("amount").sum()
    )
    return (
        customers.filter(pl.col("buys") > 0)
        .select(
            "customer_id",
            (pl.lit(AS_OF) - pl.col("day")).dt.total_days().alias("recency_days"),
            pl.col("buys").alias("frequency"),
            pl.col("amount").alias("monetary"),
        )
        .sort("customer_id")
        .collect()
    )


def pandas_by_hand(log: pd.DataFrame) -> pd.DataFrame:
    """The textbook: floor to days, group twice."""
    log = log[log["date"] < pd.Timestamp(AS_OF) + pd.Timedelta(days=1)]
    log = log.assign(day=log["date"].dt.normalize(), buys=log["amount"] >= 0)
    days = log.groupby(["customer_id", "day"], as_index=False).agg(
        amount=("amount", "sum"), buys=("buys", "max")
    )
    bought = days[days["buys"]].groupby("customer_id")["day"].agg(["max", "size"])
    money = days.groupby("customer_id")["amount"].sum()
    return pd.DataFrame(
        {
            "recency_days": (pd.Timestamp(AS_OF) - bought["max"]).dt.days,
            "frequency": bought["size"],
            "monetary": money[bought.index],
        }
    ).reset_index()


def lifetimes_summary(log: pd.DataFrame, **options) -> pd.DataFrame:
    from lifetimes.utils import summary_data_from_transaction_data

    return summary_data_from_transaction_data(
        log, "customer_id", "date", "amount", observation_period_end=AS_OF, **options
    )


def same_spans(own, other) -> str:
    """Compare the sums of two summaries, each a table or what its process told of it."""
    for name in ("frequency", "recency", "T"):
        ours, theirs = (
            float(np.sum(side[name])) for side in (own, own if other is None else other)
        )
        if abs(ours - theirs) > 1e-9 * abs(theirs):
            raise DisagreementError(f"{name} adds up to {ours:,.3f}, the rival's to {theirs:,.3f}")
    return f"{float(np.sum(own['frequency'])):,.0f} repeat purchases"


def same_snapshots(own, other) -> str:
    """Compare sizes and sums of two tables of snapshots."""
    if own.num_rows != other.num_rows:
        raise DisagreementError(f"ours has {own.num_rows:,} rows, the rival's {other.num_rows:,}")
    for name in other.column_names[2:]:
        ours, theirs = (float(side[name].to_pandas().sum()) for side in (own, other))
        if abs(ours - theirs) > 1e-9 * abs(theirs):
            raise DisagreementError(f"{name} adds up to {ours:,.3f}, the rival's to {theirs:,.3f}")
    return f"{own.num_rows:,} customers by cut-off"


def many_cutoffs(customers: int):
    """Six cut-offs stacked, against the SQL that an analyst would write for the same table."""
    connection, relation = duckdb_table(customers)
    spans = {"lookback": 365, "active_within": 365, "horizon": 90, "unit": "D"}
    frame = transactions(customers)

    def ours(log):
        return snapshots(log, cutoffs=CUTOFFS, as_of=AS_OF, amount_col="amount", **spans)

    yield Case(
        "snapshots, 6 cut-offs", "DuckDB", len(frame), lambda: ours(relation).to_arrow_table(),
        "DuckDB by hand",
        lambda: connection.sql(_SNAPSHOT_SQL, params={"cuts": CUTOFFS}).to_arrow_table(),
        "at least 0.33", 1, same_snapshots,
    )  # fmt: skip
    yield Case(
        "snapshots, 6 cut-offs", "pandas", len(frame), lambda: ours(frame),
        "ours on DuckDB", lambda: ours(relation).to_arrow_table(), "", 1,
    )  # fmt: skip


def long_log(customers: int, summary: dict):
    """A log of five million rows, against everybody."""
    log = transactions(customers)
    log = log[log["amount"] >= 0].reset_index(drop=True)
    name, rows = "purchase_summary, days / 7", len(log)
    yield Case(
        name, "pandas", rows, lambda: purchase_summary(log, **summary), "lifetimes",
        lambda: lifetimes_summary(log, freq="D", freq_multiplier=7), "", 2, same_spans,
    )  # fmt: skip
    arrays = save({column: log[column].to_numpy() for column in log})
    for rival, function in ((CLVKIT, "clv:clvkit_summary"), (PYMC, "clv:pymc_summary")):
        yield Case(
            name, "pandas", rows, lambda: purchase_summary(log, **summary), rival.name,
            lambda rival=rival, function=function: call(
                rival, function, arrays, as_of=AS_OF.isoformat()
            ),
            "", 1, same_spans,
        )  # fmt: skip


def cases(scale: float):
    big, small = int(1_000_000 * scale), int(100_000 * scale)
    rows, few = len(transactions(big)), len(transactions(small))
    options = {"as_of": AS_OF, "count_by": "days"}

    table = polars_frame(big)
    yield Case(
        "rfm_table", "polars", rows, lambda: rfm_table(table, **options),
        "polars by hand", lambda: polars_by_hand(table), "at least 0.5",
    )  # fmt: skip
    connection, relation = duckdb_table(big)
    yield Case(
        "rfm_table", "DuckDB", rows, lambda: rfm_table(relation, **options).to_arrow_table(),
        "DuckDB by hand", lambda: connection.sql(_SQL).to_arrow_table(), "at least 0.5",
    )  # fmt: skip
    frame = transactions(big)
    yield Case(
        "rfm_table", "pandas", rows, lambda: rfm_table(frame, **options),
        "pandas by hand", lambda: pandas_by_hand(frame), "", 2,
    )  # fmt: skip
    summary = {"as_of": AS_OF, "unit": "W", "exact": True, "amount_col": "amount"}
    log = transactions(small)
    log = log[log["amount"] >= 0]
    for name, ours, theirs in (
        ("days / 7", {"exact": True}, {"freq": "D", "freq_multiplier": 7}),
        ("weeks", {"exact": False}, {"freq": "W"}),
    ):
        yield Case(
            f"purchase_summary, {name}", "pandas", few,
            lambda ours=ours: purchase_summary(log, **(summary | ours)),
            "lifetimes", lambda theirs=theirs: lifetimes_summary(log, **theirs),
            "at least 4 (stretch 8)",
        )  # fmt: skip
    yield from long_log(int(500_000 * scale), summary)
    yield Case(
        "purchase_summary, days / 7", "polars", rows,
        lambda: purchase_summary(table, **summary),
        "ours on pandas", lambda: purchase_summary(frame, **summary), "", 2,
    )  # fmt: skip
    yield Case(
        "purchase_summary, days / 7", "DuckDB", rows,
        lambda: purchase_summary(relation, **summary).to_arrow_table(),
        "ours on pandas", lambda: purchase_summary(frame, **summary), "", 2,
    )  # fmt: skip
    yield from many_cutoffs(big)
    assert isinstance(AS_OF, dt.date)
