"""payback_table and ltv_to_cac: cases by hand, refusals, every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.clv.payback import ltv_to_cac, payback_table
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError

REVENUE = pd.DataFrame(
    {
        "cohort": ["b"] * 3 + ["a"] * 2,
        "period": [2, 0, 1, 1, 2],
        "revenue": [50.0, 40.0, 30.0, 10.0, 5.0],
        "worst": [30.0, 30.0, 10.0, 5.0, 0.0],
        "best": [70.0, 90.0, 50.0, 50.0, 20.0],
        "cost": [60.0, 60.0, 60.0, 20.0, 20.0],
    }
)
PLAN = {"period_unit": "Y", "annual_rate": 0.25, "cohort_col": "cohort"}


def test_by_hand(engine):
    # b: 40 + 30 / 1.25 + 50 / 1.5625 = 40, 64, 96; a: 10 / 1.25 + 5 / 1.5625 = 8, 11.2.
    table = payback_table(
        engine.make(REVENUE), cost_col="cost", low_col="worst", high_col="best", **PLAN
    )
    found = engine.columns(table)
    assert found["cohort"] == ["a", "b"]
    assert found["periods"] == [2, 2]
    assert found["acquisition_cost"] == [20, 60]
    assert found["value"] == pytest.approx([11.2, 96.0])
    assert found["ratio"] == pytest.approx([0.56, 1.6])
    assert found["payback_period"] == [None, 1]
    assert found["payback_low"] == [1, 0]
    assert found["payback_high"] == [None, None]  # 30 + 8 + 19.2 = 57.2
    assert found["result"] == ["never within period 2", "paid back in period 1"]


def test_one_cohort_and_a_margin():
    rows = REVENUE[REVENUE["cohort"] == "b"]
    table = payback_table(rows, acquisition_cost=45, period_unit="Y", annual_rate=0.25, margin=0.5)
    assert "cohort" not in table
    assert table["value"].tolist() == pytest.approx([48.0])
    assert table["payback_period"].tolist() == [2]
    assert table["payback_low"].isna().all()
    free = payback_table(rows, acquisition_cost=0, period_unit="Y", annual_rate=0)
    assert free["payback_period"].tolist() == [0]
    assert free["ratio"].isna().all()


def test_months_are_twelfths_of_a_year():
    frame = pd.DataFrame({"period": range(13), "revenue": [0.0] * 12 + [110.0]})
    table = payback_table(frame, acquisition_cost=100, period_unit="M", annual_rate=0.1)
    assert table["value"].tolist() == pytest.approx([100.0])


@settings(max_examples=40, deadline=None)
@given(
    # Whole units of money: with sums of cents equal to the cost the last bit would decide.
    revenue=st.lists(st.integers(0, 100), min_size=1, max_size=12), cost=st.integers(0, 300),
    rate=st.sampled_from([0.0, 0.1, 0.37, 2.0]),
)  # fmt: skip
def test_it_is_the_first_period_that_reaches_the_cost(revenue, cost, rate):
    frame = pd.DataFrame({"period": range(len(revenue)), "revenue": revenue})
    table = payback_table(frame, acquisition_cost=cost, period_unit="Y", annual_rate=rate)
    total, expected = 0.0, None
    for period, one in enumerate(revenue):
        total += one * np.exp(-np.log1p(rate) * period)
        if total >= cost:
            expected = period
            break
    found = table["payback_period"][0]
    assert found == expected or (expected is None and found is pd.NA)


def test_refusals():
    with pytest.raises(ValueError, match="either acquisition_cost or cost_col"):
        payback_table(REVENUE, **PLAN)
    with pytest.raises(ValueError, match="both low_col and high_col"):
        payback_table(REVENUE, acquisition_cost=1, low_col="worst", **PLAN)
    with pytest.raises(ColumnNotFoundError, match="revenue_col"):
        payback_table(REVENUE, acquisition_cost=1, revenue_col="money", **PLAN)
    with pytest.raises(DataContractError, match="must be 0, 1, 2"):
        payback_table(REVENUE.drop(index=2), acquisition_cost=1, **PLAN)
    with pytest.raises(DataContractError, match="must be 0, 1, 2"):
        payback_table(REVENUE, acquisition_cost=1, period_unit="M", annual_rate=0)
    with pytest.raises(DataContractError, match="same in all its rows"):
        payback_table(REVENUE.assign(cost=[1, 2, 3, 4, 5]), cost_col="cost", **PLAN)
    with pytest.raises(DataContractError, match="missing"):
        payback_table(REVENUE.assign(cohort=["a", None, "b", "b", "b"]), acquisition_cost=1, **PLAN)
    with pytest.raises(NotEnoughDataError, match="empty"):
        payback_table(REVENUE.head(0), acquisition_cost=1, **PLAN)


def test_value_to_cost_by_hand():
    assert ltv_to_cac(90, acquisition_cost=30)[0] == 3
    one = ltv_to_cac(90, acquisition_cost=30)
    assert np.isnan(one.low)
    result = ltv_to_cac([80.0, 100.0], acquisition_cost=30, level=0.5)
    # t with 1 degree of freedom at 75 %: 1; standard error 10.
    assert result == pytest.approx((3.0, 80 / 30, 100 / 30, 2))
    with pytest.raises(DataContractError, match="1 of 2 values"):
        ltv_to_cac([80.0, np.nan], acquisition_cost=30)
    with pytest.raises(NotEnoughDataError, match="empty"):
        ltv_to_cac([], acquisition_cost=30)
    with pytest.raises(ValueError, match="acquisition_cost"):
        ltv_to_cac([80.0], acquisition_cost=0)
