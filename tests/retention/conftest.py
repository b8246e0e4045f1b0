"""Logs that several files of these tests share."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def online_retail(data_dir) -> pd.DataFrame:
    """Online Retail with the filter of the reference page, 8.4."""
    name = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    names = {"CustomerID": "customer_id", "InvoiceDate": "date"}
    rows = pd.read_parquet(name, columns=[*names, "Quantity", "UnitPrice"]).rename(columns=names)
    kept = rows["customer_id"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)
    rows = rows[kept]
    return rows.assign(
        customer_id=rows["customer_id"].astype("int64"),
        amount=rows["Quantity"] * rows["UnitPrice"],
    )


@pytest.fixture
def four_users() -> pd.DataFrame:
    """The four users of the reference page, 8.3: all start in month 0."""
    months = {"U1": (0, 1, 2, 3), "U2": (0, 2), "U3": (0, 1), "U4": (0, 3)}
    rows = [(user, dt.datetime(2024, 1 + m, 10)) for user in months for m in months[user]]
    return pd.DataFrame(rows, columns=["customer_id", "date"])


@pytest.fixture
def two_months() -> pd.DataFrame:
    """The revenue example of the reference page, 8.3; F bought long before, to return."""
    rows = [
        ("F", "2024-01-15", 5.0),
        ("A", "2024-02-03", 100.0), ("B", "2024-02-09", 50.0), ("C", "2024-02-11", 30.0),
        ("D", "2024-02-28", 20.0),
        ("A", "2024-03-01", 70.0), ("A", "2024-03-05", 50.0), ("B", "2024-03-09", 40.0),
        ("D", "2024-03-11", 20.0), ("E", "2024-03-20", 60.0), ("F", "2024-03-31", 10.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


@pytest.fixture
def no_rows(two_months) -> pd.DataFrame:
    """A log without rows whose columns still have types, on old versions of pandas, too."""
    return two_months.assign(customer_id=1).iloc[:0]
