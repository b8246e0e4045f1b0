"""needs_table: shares of spend, customers being the units."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import WLS

from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.segmentation import needs_table


@pytest.fixture
def lines():
    return pd.DataFrame(
        {"customer_id": [1, 1, 2, 3, 4, 4],
         "category": ["tea", "cups", "tea", "cups", "cups", "tea"],
         "amount": [8.0, 2.0, 4.0, 6.0, 9.0, 5.0], "price": [1.0, 2.0, 1.0, 4.0, 5.0, 6.0],
         "promotion": [True, False, True, False, False, False]}
    )  # fmt: skip


@pytest.fixture
def customers():
    return pd.DataFrame({"customer_id": [4, 3, 2, 1], "segment": ["B", "B", "A", "A"]})


def test_by_hand(engine, lines, customers):
    found = engine.columns(
        needs_table(
            engine.make(lines), engine.make(customers), category_col="category", price_col="price",
            promotion_col="promotion", n_price_tiers=2,
        )
    )  # fmt: skip
    assert found["segment"] == ["A"] * 6 + ["B"] * 6
    assert found["dimension"][:6] == ["category"] * 2 + ["price tier"] * 2 + ["promotion"] * 2
    assert [value.lower() for value in found["value"][:6]] == [
        "cups", "tea", "1", "2", "false", "true"
    ]  # fmt: skip
    assert found["n"] == [2] * 12
    # Median price of cups 4, of tea 1: cheap are cups for 2 and 4 and tea for 1.
    assert found["spend"] == [2, 12, 14, 0, 2, 12, 15, 5, 6, 14, 20, 0]
    assert found["share"][:2] == pytest.approx([2 / 14, 12 / 14])
    assert found["rest"][:2] == pytest.approx([15 / 20, 5 / 20])
    assert found["index"][0] == pytest.approx(100 * (2 / 14) / (15 / 20))
    assert found["index"][5] is None, "nobody else bought on promotion"


def store(rng, n=400, more=0.0):
    """Two segments of customers with tastes of their own; A's taste for x is larger by `more`."""
    segment = rng.choice(["A", "B"], n)
    customer = np.repeat(np.arange(n), rng.poisson(5, n) + 1)
    taste = np.clip(rng.beta(2, 4, n) + more * (segment == "A"), 0, 1)
    lines = pd.DataFrame(
        {
            "customer_id": customer,
            "category": np.where(rng.random(len(customer)) < taste[customer], "x", "y"),
            "amount": rng.gamma(2, 5, len(customer)),
        }
    )
    return lines, pd.DataFrame({"customer_id": np.arange(n), "segment": segment})


def test_a_planted_taste_is_found():
    lines, customers = store(np.random.default_rng(2), more=0.2)
    row = needs_table(lines, customers, category_col="category").iloc[0]
    assert (row["segment"], row["value"]) == ("A", "x")
    assert row["low"] > 110
    assert row["p_adjusted"] < 0.001


def test_intervals_hold_100_where_tastes_are_equal():
    rng = np.random.default_rng(3)
    rows = [needs_table(*store(rng, n=120), category_col="category").iloc[0] for _ in range(150)]
    held = np.mean([row["low"] <= 100 <= row["high"] for row in rows])
    wrong = np.mean([row["p_value"] < 0.05 for row in rows])
    # 150 draws: a standard error of 1.8 points about 95 % and 5 %.
    assert held >= 0.89
    assert wrong <= 0.11


def test_the_variance_is_that_of_a_ratio_estimator():
    # The share is the slope of x on X through the origin with weights 1 / X; its robust variance
    # (HC1) is the linearised one.
    lines, customers = store(np.random.default_rng(4), n=60)
    found = needs_table(lines, customers, category_col="category").iloc[0]
    both = lines.merge(customers, on="customer_id")
    variance = {}
    for segment, rows in both.groupby("segment"):
        total = rows.groupby("customer_id")["amount"].sum()
        x = rows[rows["category"] == "x"].groupby("customer_id")["amount"].sum()
        fit = WLS(x.reindex(total.index, fill_value=0.0), total, weights=1 / total).fit(
            cov_type="HC1"
        )
        variance[segment] = (fit.params.iloc[0], fit.bse.iloc[0] ** 2)
    (share, a), (rest, b) = variance["A"], variance["B"]
    assert found["share"] == pytest.approx(share)
    half = np.log(found["high"] / found["index"]) / 1.959963985
    assert half == pytest.approx(np.sqrt(a / share**2 + b / rest**2))


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from("xyz"), st.integers(0, 50)), min_size=1
    ),
    seed=st.integers(0, 9),
)
def test_shares_sum_to_one_in_any_order_of_rows(rows, seed):
    lines = pd.DataFrame(rows, columns=["customer_id", "category", "amount"])
    customers = pd.DataFrame({"customer_id": range(10), "segment": list("AABBBCCCCC")})
    found = needs_table(lines, customers, category_col="category")
    sums = found.groupby("segment")["share"].sum(min_count=1).dropna()
    assert np.allclose(sums, 1.0)
    assert found["spend"].sum() == lines["amount"].sum()
    mixed = needs_table(
        lines.sample(frac=1, random_state=seed), customers.sample(frac=1, random_state=seed),
        category_col="category",
    )  # fmt: skip
    pd.testing.assert_frame_equal(found, mixed)


def test_strangers_are_left_out_with_a_warning(lines, customers):
    with pytest.warns(DataQualityWarning, match="2 of 6 lines belong to no customer"):
        found = needs_table(lines, customers.iloc[1:], category_col="category")
    assert found["spend"].sum() == 20.0
    with pytest.raises(NotEnoughDataError, match="none of 6 lines"):
        needs_table(lines, customers.assign(customer_id=list("abcd")), category_col="category")


def test_bad_input_is_refused(lines, customers):
    with pytest.raises(DataContractError, match="1 of 6 values of 'amount' are negative"):
        needs_table(lines.assign(amount=[-1.0, 2, 3, 4, 5, 6]), customers, category_col="category")
    with pytest.raises(DataContractError, match="1 of 5 values of 'customer_id' repeat"):
        needs_table(lines, pd.concat([customers, customers.iloc[:1]]), category_col="category")
    with pytest.raises(DataContractError, match="1 of 6 values of 'category' are missing"):
        needs_table(lines.assign(category=[None, *"abcde"]), customers, category_col="category")
    with pytest.raises(ValueError, match="must differ"):
        needs_table(lines, customers, category_col="amount")
