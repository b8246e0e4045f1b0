"""Logs and contracts that several files of these tests share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def online_retail(data_dir) -> pd.DataFrame:
    """Online Retail with a customer and a value above 0 (reference page churn_and_leads, 1)."""
    name = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    names = {"CustomerID": "customer_id", "InvoiceDate": "date"}
    rows = pd.read_parquet(name, columns=[*names, "Quantity", "UnitPrice"]).rename(columns=names)
    rows["amount"] = rows.pop("Quantity") * rows.pop("UnitPrice")
    rows = rows[rows["customer_id"].notna() & (rows["amount"] > 0)].reset_index(drop=True)
    return rows.assign(customer_id=rows["customer_id"].astype("int64"))


@pytest.fixture(scope="session")
def telco(data_dir) -> pd.DataFrame:
    """Telco contracts: months and whether the customer left."""
    (path,) = (data_dir / "telco_churn").glob("*.csv")
    table = pd.read_csv(path).rename(columns={"tenure": "duration"})
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    return table.assign(event=(table["Churn"] == "Yes").astype(int))


@pytest.fixture(scope="session")
def contracts() -> pd.DataFrame:
    """Contracts of two plans, of which "plus" ends half as often each month."""
    rng = np.random.default_rng(5)
    n = 900
    plan = rng.choice(["basic", "plus"], n)
    hazard = np.where(plan == "basic", 0.10, 0.05)
    ends, seen = rng.geometric(hazard), rng.integers(1, 25, n)
    return pd.DataFrame(
        {
            "contract": np.arange(n),
            "plan": plan,
            "duration": np.minimum(ends, seen),
            "event": (ends <= seen).astype(int),
            "fee": np.where(plan == "basic", 10.0, 20.0),
        }
    )
