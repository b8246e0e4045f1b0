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


def test_whales_rise_above_the_total():
    found = value_concentration([6.0, 6.0, 0.0, -2.0], negatives="whale", top=(0.25,))
    assert found.whale["value"].tolist() == pytest.approx([0.0, 0.6, 1.2, 1.2, 1.0])
    assert (found.peak_share, found.n_at_peak) == (pytest.approx(1.2), 2)
    assert found.n_for_80_percent == 2
    assert found.top_shares["share"].tolist() == pytest.approx([0.6])
    assert np.isnan(found.gini)
    assert found.lorenz["value"].isna().all()
    lost = value_concentration([1.0, -3.0], negatives="whale")
    assert lost.whale["value"].isna().all()
    assert (lost.total, lost.n_for_80_percent) == (-2.0, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-50, 100), min_size=1, max_size=40).filter(lambda x: sum(x) > 0))
def test_the_whale_curve_peaks_where_value_turns_negative(values):
    found = value_concentration(values, negatives="whale")
    assert found.peak_share == pytest.approx(sum(x for x in values if x > 0) / sum(values))
    assert found.whale["value"].max() == pytest.approx(found.peak_share)
    assert found.whale["value"].iloc[-1] == pytest.approx(1.0)
    richest = np.cumsum(sorted(values, reverse=True))
    assert found.n_for_80_percent == int(np.argmax(richest >= 0.8 * sum(values))) + 1


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
def test_online_retail(data_dir, golden):
    rows = pd.read_parquet(data_dir / "online_retail" / "online_retail_2010_2011.parquet")
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    rows = rows.assign(customer=rows["CustomerID"].astype("int64"),
                       amount=rows["Quantity"] * rows["UnitPrice"])  # fmt: skip
    rfm = rfm_table(rows, as_of=dt.date(2011, 12, 10), customer_col="customer",
                    date_col="InvoiceDate")  # fmt: skip
    found = value_concentration(rfm["monetary"], top=(0.01, 0.2))
    source = "UCI Online Retail (352), worked out with numpy alone"
    for what, ours, theirs, tolerance in [
        ("Gini coefficient of the customers' value", found.gini, 0.71514, 0.0000051),
        ("share of the top 1 % and 20 %", found.top_shares["share"].tolist(), [0.3200, 0.7462],
         0.000051),
        ("customers for 80 % of the value", found.n_for_80_percent, 1_133, 0.0),
    ]:  # fmt: skip
        golden(f"Online Retail: {what}", ours=ours, published=theirs, tolerance=tolerance,
               source=source)  # fmt: skip
