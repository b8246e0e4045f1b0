"""The log that the test suites of lifetimes and pymc-marketing share."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def lifetimes_log():
    """The log of the test suites of lifetimes and pymc-marketing (reference page, 8.2)."""
    rows = [
        (1, "01-01", 1.0), (1, "02-06", 2.0), (2, "01-01", 2.0), (3, "01-01", 3.0),
        (3, "01-02", 1.0), (3, "01-05", 5.0), (4, "01-16", 6.0), (4, "02-02", 3.0),
        (4, "02-05", 3.0), (4, "02-05", 6.0), (5, "01-16", 3.0), (5, "01-17", 1.0),
        (5, "01-18", 8.0), (6, "02-02", 5.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return frame.assign(date=pd.to_datetime("2015-" + frame["date"]))


@pytest.fixture(scope="session")
def online_retail(data_dir) -> pd.DataFrame:
    """Online Retail with a customer and a value above 0 (reference page churn_and_leads, 1)."""
    name = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    names = {"CustomerID": "customer_id", "InvoiceDate": "date"}
    rows = pd.read_parquet(name, columns=[*names, "Quantity", "UnitPrice"]).rename(columns=names)
    rows["amount"] = rows.pop("Quantity") * rows.pop("UnitPrice")
    rows = rows[rows["customer_id"].notna() & (rows["amount"] > 0)].reset_index(drop=True)
    return rows.assign(customer_id=rows["customer_id"].astype("int64"))
