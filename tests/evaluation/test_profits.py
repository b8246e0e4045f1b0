"""profit_curve and optimal_cutoff: by hand, all subsets, published profits, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.evaluation import optimal_cutoff, profit_curve

OFFER = {"value": 200, "offer_cost": 10, "contact_cost": 1, "acceptance": 0.3}
PAGE = "reference page churn_and_leads 11"


def test_four_customers_by_hand():
    table = profit_curve([1, 0, 1, 0], [0.9, 0.4, 0.4, 0.1], **OFFER)
    # A churner brings .3 × 190 - 1 = 56, anybody else costs 11; the two at .4 go together.
    assert table["profit"].tolist() == [0, 56, 56 + 56 - 11, 101 - 11]
    assert table["n"].tolist() == [0, 1, 3, 4]
    assert table["profit_per_customer"].tolist() == [0, 14, 25.25, 22.5]
    # Contributions 56 and three zeros: variance 14² (3² + 3)/4, of a sum of 4.
    half = 1.959964 * np.sqrt(4 * (56**2 / 4 - 14**2))
    assert table["high"].iloc[1] - 56 == pytest.approx(half, rel=1e-6)


def test_the_threshold_of_the_literature(golden):
    found = optimal_cutoff([0.2, 0.1], **OFFER)
    golden("cut-off of an offer (γ .3, CLV 200, d 10, f 1)", ours=found.threshold,
           published=11 / 67, source=PAGE, tolerance=1e-15)  # fmt: skip
    assert found.contact.tolist() == [True, False]
    assert found.expected_gain[0] == pytest.approx(0.2 * 67 - 11)


def test_costs_of_errors_by_elkan():
    costs = {"tp": 1.0, "fp": 2.0, "tn": 0.0, "fn": 9.0}
    # (FP - TN) / (FP - TN + FN - TP) = 2 / 10
    found = optimal_cutoff([0.25, 0.15], costs=costs)
    assert found.threshold == pytest.approx(0.2)
    assert found.contact.tolist() == [True, False]
    table = profit_curve([1, 0], [0.25, 0.15], costs=costs)
    assert table["profit"].tolist() == [0, 8, 6]


customers = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 400), st.integers(0, 100)), min_size=1, max_size=6
)


@given(rows=customers, capacity=st.integers(0, 6))
def test_no_other_choice_of_customers_expects_more(rows, capacity):
    p, value, accepts = (np.array(each, float) for each in zip(*rows, strict=True))
    p, accepts = p / 100, accepts / 100
    terms = {"value": value, "offer_cost": 10, "contact_cost": 1, "acceptance": accepts}
    found = optimal_cutoff(p, capacity=capacity, **terms)
    gain = p * (accepts * (value - 10) - 1) - (1 - p) * 11
    best = max(
        gain[list(chosen)].sum()
        for size in range(min(capacity, len(rows)) + 1)
        for chosen in itertools.combinations(range(len(rows)), size)
    )
    assert found.total_expected_gain == pytest.approx(best, abs=1e-9)
    assert found.n_contacted == found.contact.sum() <= capacity


def test_a_capacity_goes_to_gains_not_to_probabilities():
    found = optimal_cutoff([0.9, 0.5], value=[50, 500], offer_cost=10, acceptance=0.3, capacity=1)
    assert found.contact.tolist() == [False, True]
    assert found.threshold.shape == (2,)


def test_where_it_never_pays_the_threshold_is_infinite():
    found = optimal_cutoff([0.9], value=5, offer_cost=100, acceptance=1.0)
    assert found.threshold == np.inf
    assert found.n_contacted == 0


@pytest.mark.data
def test_telco(telco_scores, golden):
    y, p = telco_scores
    table = profit_curve(y, p, **OFFER)
    cut = optimal_cutoff(p, **OFFER).threshold

    def at(threshold):
        return float(table[table["threshold"] > threshold]["profit_per_customer"].iloc[-1])

    for what, ours, published, tolerance in (
        # Folds and library versions move single customers; 5e-4 of the rows are 3 of them.
        ("contacting all", at(-1), 6.780, 5e-4),
        ("analytic cut", at(cut), 10.167, 0.02),
        ("best cut in hindsight", table["profit_per_customer"].max(), 10.219, 0.01),
        ("cut at 0.5", at(0.5), 7.164, 0.03),
    ):
        golden(f"Telco, spline logistic: profit per customer, {what}", ours=ours,
               published=published, source=PAGE, tolerance=tolerance)  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "error", "words"),
    [
        ({}, ValueError, "value and offer_cost are needed"),
        (OFFER | {"costs": {}}, ValueError, "not both"),
        ({"costs": {"tp": 1}}, ValueError, "must name 'tp', 'fp', 'tn', 'fn'"),
        ({"costs": {"tp": 9, "fp": 1, "tn": 1, "fn": 9}}, DataContractError, "nothing differs"),
        ({"costs": {"tp": 9, "fp": 1, "tn": 0, "fn": 1}}, DataContractError, "costs less than"),
        (OFFER | {"acceptance": 30}, DataContractError, "values of acceptance are outside 0 to 1"),
        (OFFER | {"offer_cost": -1}, DataContractError, "offer_cost are below 0"),
        (OFFER | {"value": [1.0, 2.0, 3.0]}, DataContractError, "value has 3 rows for 2"),
        (OFFER | {"value": np.nan}, ValueError, "value must be a finite number"),
        (OFFER | {"capacity": -1}, ValueError, "capacity"),
    ],
)
def test_refusals(terms, error, words):
    with pytest.raises(error, match=words):
        optimal_cutoff([0.2, 0.4], **terms)


def test_no_rows_and_no_probabilities_are_refused():
    with pytest.raises(NotEnoughDataError, match="at least one row"):
        optimal_cutoff([], **OFFER)
    with pytest.raises(DataContractError, match="outside 0 to 1"):
        optimal_cutoff([2.0], **OFFER)
