"""One hundred million purchases in a Parquet file, summarised by DuckDB within 4 GB.

Run ``python benchmarks/hundred_million.py`` (``--rows`` for less). It writes the file to a
temporary folder, measures `rfm_table` and `purchase_summary` beside the bare aggregation in
DuckDB's own SQL, each in a process of its own, checks that all see the same customers, and removes
the file. 10 million customers over four years; what is counted is days, and the result stays in
DuckDB, as a table there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AS_OF = dt.date(2024, 12, 31)
_MEMORY = "4GB"
_THREADS = 2

#: Purchases of heavy and light customers at any second of four years, unsorted, 3 % refunds.
_MAKE = """
COPY (
  SELECT (1 + floor({customers} * pow(u, 1.5)))::BIGINT AS customer_id,
         TIMESTAMP '2021-01-01' + to_seconds((hash(i * 7 + 1) % 126230400)::BIGINT) AS date,
         CASE WHEN hash(i * 7 + 2) % 100 < 3 THEN -1 ELSE 1 END
           * (1 + hash(i * 7 + 3) % 20000) / 100.0 AS amount
  FROM (SELECT i, (hash(i * 7) % 1000000007) / 1000000007.0 AS u FROM range({rows}) AS t(i))
) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 1000000)
"""

_BY_HAND = """
CREATE TABLE result AS
SELECT customer_id, DATE '2024-12-31' - max(day) FILTER (buys) AS recency_days,
       count(*) FILTER (buys) AS frequency, sum(amount) AS monetary
FROM (SELECT customer_id, date::DATE AS day, sum(amount) AS amount, bool_or(amount >= 0) AS buys
      FROM transactions WHERE date < TIMESTAMP '2025-01-01' GROUP BY ALL)
GROUP BY customer_id HAVING bool_or(buys)
"""


def connected(folder: Path):
    """A connection that spills to `folder` beyond its memory."""
    import duckdb

    settings = {"memory_limit": _MEMORY, "threads": _THREADS, "temp_directory": str(folder)}
    return duckdb.connect(str(folder / "work.duckdb"), config=settings)


def make(folder: Path, rows: int) -> None:
    text = _MAKE.format(rows=rows, customers=rows // 10, file=folder / "purchases.parquet")
    connected(folder).execute(text)


def summarise(folder: Path, task: str) -> dict[str, float]:
    """Run one task in this process and say what it took."""
    from crmlytics.customers import purchase_summary, rfm_table

    connection = connected(folder)
    connection.execute("DROP TABLE IF EXISTS result")
    purchases = connection.read_parquet(str(folder / "purchases.parquet"))
    start = time.perf_counter()
    if task == "DuckDB's own SQL":
        purchases.create_view("transactions")
        connection.execute(_BY_HAND)
    elif task == "rfm_table":
        rfm_table(purchases, as_of=AS_OF, count_by="days").create("result")
    else:
        summary = purchase_summary(
            purchases, as_of=AS_OF, unit="W", exact=True, amount_col="amount"
        )
        summary.create("result")
    seconds = time.perf_counter() - start
    counted = connection.execute("SELECT count(*), sum(frequency) FROM result").fetchone()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "customers": counted[0], "days": int(counted[1]), "peak MB": peak}


def in_own_process(folder: Path, task: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--folder", str(folder), "--task", task]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return json.loads(told.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(summarise(options.folder, options.task)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Path(made)
        make(folder, options.rows)
        size = (folder / "purchases.parquet").stat().st_size / 1e9
        print(f"{options.rows:,} rows, {size:.1f} GB of Parquet, {_MEMORY}, {_THREADS} threads")
        told = {}
        for task in ("DuckDB's own SQL", "rfm_table", "purchase_summary"):
            told[task] = in_own_process(folder, task)
            print(f"{task:17} {told[task]}", flush=True)
    own, hand = told["rfm_table"], told["DuckDB's own SQL"]
    assert (own["customers"], own["days"]) == (hand["customers"], hand["days"])
    assert told["purchase_summary"]["customers"] == hand["customers"]


if __name__ == "__main__":
    main()
