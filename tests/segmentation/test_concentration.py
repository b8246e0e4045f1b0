"""value_concentration: Gini, top shares and the Lorenz curve."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import rfm_table
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.segmentation import value_concentration


def gini_by_pairs(values):
    """Half the relative mean difference: the definition, in n² steps."""
    x = np.asarray(values, float)
    return float(np.abs(x[:, None] - x[None, :]).sum() / (2 * len(x) ** 2 * x.mean()))


def test_by_hand():
    found = value_concentration([1.0, 1.0, 2.0, 16.0], top=(0.25, 0.5))
    assert found.gini == pytest.approx(0.575)
    assert found.top_shares["share"].tolist() == [0.8, 0.9]
    assert found.n_for_80_percent == 1
    assert (found.n, found.total) == (4, 20.0)


def test_equality_and_monopoly():
    assert value_concentration([3.0] * 10).gini == pytest.approx(0.0)
    assert value_concentration([0.0] * 99 + [1.0]).gini == pytest.approx(0.99)
    nothing = value_concentration([0.0, 0.0])
    assert np.isnan(nothing.gini)
    assert nothing.n_for_80_percent == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60).filter(any))
def test_gini_is_half_the_relative_mean_difference(values):
    found = value_concentration(values)
    assert found.gini == pytest.approx(gini_by_pairs(values), abs=1e-12)
    curve = found.lorenz["value"].to_numpy()
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(1)
    assert (np.diff(curve) >= -1e-12).all()
    assert (curve <= found.lorenz["customers"] + 1e-12).all()


def test_any_column_is_taken(engine):
    if engine.name in ("duckdb", "pyspark", "polars-lazy"):
        pytest.skip("a lazy frame has no columns in memory to take")
    frame = engine.make(pd.DataFrame({"money": [1.0, 3.0]}))
    assert value_concentration(frame["money"]).gini == pytest.approx(0.25)


def test_bad_amounts_are_counted():
    with pytest.raises(DataContractError, match="1 of 3 amounts are negative"):
        value_concentration([1.0, -1.0, 2.0])
    assert value_concentration([1.0, -1.0, 1.0], negatives="clip").total == 2.0
    crumbs = value_concentration([19.99 + 5.01 - 25.0, -1.8e-15, 50.0])
    assert crumbs.lorenz["value"].min() == 0.0
    with pytest.raises(DataContractError, match="1 of 2 amounts are missing"):
        value_concentration([1.0, None])
    with pytest.raises(DataContractError, match="must be numbers"):
        value_concentration(["a"])
    with pytest.raises(DataContractError, match="their sum is infinite"):
        value_concentration([1e308, 1e308])
    assert value_concentration([1.0, 3.0], top=0.5).top_shares["share"].tolist() == [0.75]
    with pytest.raises(NotEnoughDataError):
        value_concentration([])
    with pytest.raises(ValueError, match="top must be a fraction"):
        value_concentration([1.0], top=(20,))


@pytest.mark.data
def test_online_retail(data_dir):
    # Worked out with numpy alone: Gini .71514, top 20 % 74.62 %, top 1 % 32.00 %, 80 % by 1 133.
    rows = pd.read_parquet(data_dir / "online_retail" / "online_retail_2010_2011.parquet")
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    rows = rows.assign(customer=rows["CustomerID"].astype("int64"),
                       amount=rows["Quantity"] * rows["UnitPrice"])  # fmt: skip
    rfm = rfm_table(rows, as_of=dt.date(2011, 12, 10), customer_col="customer",
                    date_col="InvoiceDate")  # fmt: skip
    found = value_concentration(rfm["monetary"], top=(0.01, 0.2))
    assert round(found.gini, 5) == 0.71514
    assert found.top_shares["share"].round(4).tolist() == [0.3200, 0.7462]
    assert found.n_for_80_percent == 1_133
