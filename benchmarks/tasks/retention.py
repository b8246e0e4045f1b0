"""cohort_table."""

from __future__ import annotations

import pandas as pd

from crmlytics.retention import cohort_table
from tasks.cases import AS_OF, Case, duckdb_table, polars_frame, transactions

_SQL = """
WITH active AS (SELECT DISTINCT customer_id, date_trunc('month', date) AS month
                FROM transactions WHERE date < TIMESTAMP '2025-01-01'),
     started AS (SELECT customer_id, min(month) AS cohort FROM active GROUP BY customer_id)
SELECT cohort, month, count(*) AS active FROM active JOIN started USING (customer_id)
GROUP BY ALL ORDER BY ALL
"""


def polars_by_hand(frame):
    """The aggregation that a polars user would write for the counts."""
    import polars as pl

    active = (
        frame.lazy()
        .filter(pl.col("date").dt.date() <= AS_OF)
        .select("customer_id", pl.col("date").dt.truncate("1mo").alias("month"))
        .unique()
    )
    started = active.group_by("customer_id").agg(pl.col("month").min().alias("cohort"))
    counts = active.join(started, on="customer_id").group_by("cohort", "month").len()
    return counts.sort("cohort", "month").collect()


def textbook(log: pd.DataFrame) -> pd.DataFrame:
    """The way of the tutorials: to_period, transform, nunique."""
    log = log[log["date"] < pd.Timestamp(AS_OF) + pd.Timedelta(days=1)]
    month = log["date"].dt.to_period("M")
    cohort = month.groupby(log["customer_id"]).transform("min")
    counts = log.groupby([cohort.rename("cohort"), month.rename("month")])["customer_id"].nunique()
    return counts.reset_index()


def cases(scale: float):
    big, small = int(1_000_000 * scale), int(100_000 * scale)
    rows, few = len(transactions(big)), len(transactions(small))
    options = {"unit": "M", "as_of": AS_OF}
    log = transactions(small)
    yield Case(
        "cohort_table", "pandas", few, lambda: cohort_table(log, **options),
        "pandas textbook", lambda: textbook(log), "",
    )  # fmt: skip
    table = polars_frame(big)
    yield Case(
        "cohort_table", "polars", rows, lambda: cohort_table(table, **options),
        "polars by hand", lambda: polars_by_hand(table), "", 2,
    )  # fmt: skip
    connection, relation = duckdb_table(big)
    yield Case(
        "cohort_table", "DuckDB", rows, lambda: cohort_table(relation, **options).to_arrow_table(),
        "DuckDB by hand", lambda: connection.sql(_SQL).to_arrow_table(), "", 2,
    )  # fmt: skip
    frame = transactions(big)
    yield Case(
        "cohort_table", "pandas", rows, lambda: cohort_table(frame, **options),
        "pandas textbook", lambda: textbook(frame), "at least 4", 3,
    )  # fmt: skip
