"""A case: our call and the rival's, on the same rows."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

AS_OF = dt.date(2024, 12, 31)


class DisagreementError(Exception):
    """The two sides did not find the same, or ours is the worse."""


class Case(NamedTuple):
    """Two functions without arguments that do the same work.

    Either may return an `Answer` measured in a process of its own. `check` gets what both found
    (None where there is no rival), returns a remark for the row or raises `DisagreementError`.
    """

    task: str
    input: str
    rows: int
    ours: Callable[[], object]
    rival_name: str = ""
    rival: Callable[[], object] | None = None
    target: str = ""
    turns: int | None = None
    check: Callable[[object, object], str] | None = None

    @property
    def name(self) -> str:
        """What the progress lines and the command line call it."""
        return f"{self.task} {self.input} {self.rows:,} rows"


@functools.lru_cache(maxsize=2)
def transactions(customers: int) -> pd.DataFrame:
    """About ten transactions per customer over three years, 3 % of them refunds, unsorted."""
    from crmlytics.datasets import make_transactions

    log = make_transactions(customers, refund_rate=0.03, random_state=1).transactions
    return log.sample(frac=1.0, random_state=1, ignore_index=True)


@functools.lru_cache(maxsize=1)
def duckdb_table(customers: int):
    """The same rows in a table of an in-memory DuckDB."""
    import duckdb

    log = transactions(customers)
    connection = duckdb.connect()
    connection.register("log", log)
    connection.execute("CREATE TABLE transactions AS SELECT * FROM log")
    connection.unregister("log")
    return connection, connection.table("transactions")


@functools.lru_cache(maxsize=1)
def polars_frame(customers: int):
    """The same rows in polars."""
    import polars as pl

    return pl.from_pandas(transactions(customers))
