"""pareto_table: what each part of the customers brings."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import rfm_table
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.segmentation import pareto_table


def table(values):
    return pd.DataFrame({"monetary": np.asarray(values, float)})


def test_by_hand(engine):
    found = engine.columns(pareto_table(engine.make(table([1, 5, 3, 1])), n_groups=2))
    assert found["n"] == [2, 2]
    assert found["value"] == [8.0, 2.0]
    assert found["mean_value"] == [4.0, 1.0]
    assert found["lowest_value"] == [3.0, 1.0]
    assert found["share"] == [0.8, 0.2]
    assert found["cumulative_customers"] == [0.5, 1.0]


def test_negative_values_are_refused_clipped_or_kept():
    values = table([9, 2, -1])
    with pytest.raises(DataContractError, match="1 of 3 values of 'monetary' are negative"):
        pareto_table(values)
    assert pareto_table(values, negatives="clip", n_groups=3)["value"].tolist() == [9, 2, 0]
    whale = pareto_table(values, negatives="whale", n_groups=3)
    assert whale["cumulative_share"].tolist() == pytest.approx([0.9, 1.1, 1.0])
    assert pareto_table(table([0, 0]), n_groups=2)["share"].isna().all()


def test_one_customer_fills_one_group_and_none_is_refused():
    assert pareto_table(table([7]))["n"].tolist() == [1]
    with pytest.raises(NotEnoughDataError):
        pareto_table(table([]))
    with pytest.raises(ColumnNotFoundError):
        pareto_table(table([1]), value_col="worth")
    with pytest.raises(ValueError, match="n_groups"):
        pareto_table(table([1]), n_groups=1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=50), st.integers(2, 12))
def test_groups_are_equal_in_size_and_fall_in_value(values, n_groups):
    found = pareto_table(table(values), n_groups=n_groups)
    assert found["n"].sum() == len(values)
    assert found["n"].max() - found["n"].min() <= 1
    assert found["value"].sum() == sum(values)
    assert found["mean_value"].is_monotonic_decreasing


@pytest.mark.data
def test_the_first_fifth_of_online_retail(data_dir, golden):
    rows = pd.read_parquet(data_dir / "online_retail" / "online_retail_2010_2011.parquet")
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    rows = rows.assign(customer_id=rows["CustomerID"].astype("int64"),
                       amount=rows["Quantity"] * rows["UnitPrice"])  # fmt: skip
    rfm = rfm_table(rows, as_of=dt.date(2011, 12, 10), date_col="InvoiceDate")
    found = pareto_table(rfm, n_groups=5)
    # Groups of ceil(rank) hold floor(n / 5) = 867 customers here, one fewer than ceil(0.2 n).
    golden(
        "Online Retail: share of the first fifth of the customers",
        ours=float(found["share"].iloc[0]),
        published=0.7462,
        tolerance=0.0006,  # a customer of that rank brings 0.02 %, printed to 4 decimals
        source="UCI Online Retail (352), worked out with numpy alone",
    )
