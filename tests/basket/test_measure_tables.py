"""rule_measures: every formula against arules, zero cells, symmetry, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from crmlytics.basket import rule_measures
from crmlytics.basket._measure_formulas import MEASURES
from crmlytics.errors import ColumnNotFoundError, DataContractError
from tests.basket.rule_oracles import ARULES, arules

#: Our names and those of the columns that arules printed. Left out, as the reference page says:
#: boost, improvement and LIC depend on the other rules passed in, the casual measures mix rates
#: and counts, its collective strength is not the published formula, and its standardised lift
#: folds the thresholds in.
NAMES = {
    "support": "support", "confidence": "confidence", "coverage": "coverage",
    "consequent_support": "rhsSupport", "lift": "lift", "leverage": "leverage",
    "conviction": "conviction", "added_value": "addedValue", "certainty": "certainty",
    "chi_square": "chiSquared", "phi": "phi", "odds_ratio": "oddsRatio",
    "relative_risk": "relativeRisk", "yule_q": "yuleQ", "yule_y": "yuleY",
    "confidence_difference": "doc", "jaccard": "jaccard", "cosine": "cosine",
    "kulczynski": "kulczynski", "max_confidence": "maxconfidence", "imbalance": "imbalance",
    "kappa": "kappa", "gini": "gini", "j_measure": "jMeasure",
    "mutual_information": "mutualInformation", "lambda": "lambda", "laplace": "laplace",
    "sebag": "sebag", "counterexample": "counterexample",
    "confirmed_confidence": "confirmedConfidence", "least_contradiction": "leastContradiction",
    "ralambondrainy": "ralambondrainy", "lerman": "lerman",
    "implication_index": "implicationIndex", "rule_power_factor": "rulePowerFactor",
    "importance": "importance", "rld": "RLD", "hyper_confidence": "hyperConfidence",
    "hyper_lift": "hyperLift",
}  # fmt: skip

CURD_YOGURT_MILK = pd.DataFrame({"a": [99], "b": [71], "c": [2414], "d": [7251]})


@pytest.mark.data
@pytest.mark.parametrize("ours", sorted(NAMES))
def test_arules_prints_the_same(data_dir, golden, ours):
    table = arules(data_dir, "s0.01_c0.5_allmeasures")
    cells = table[["table.n11", "table.n10", "table.n01", "table.n00"]].set_axis(
        list("abcd"), axis=1
    )
    found = rule_measures(cells, measures=[ours])[ours]
    expected = table[NAMES[ours]]
    golden(
        f"{ours} of 15 rules of Groceries, as shares of the published values",
        ours=(found[expected != 0] / expected[expected != 0]).tolist(),
        published=[1.0] * int((expected != 0).sum()), source=ARULES, tolerance=1e-9,
    )  # fmt: skip
    assert (found[expected == 0].abs() < 1e-15).all()


@pytest.mark.data
def test_fisher_of_arules_on_the_log_scale(data_dir, golden):
    table = arules(data_dir, "s0.01_c0.5_allmeasures")
    cells = table[["table.n11", "table.n10", "table.n01", "table.n00"]].set_axis(
        list("abcd"), axis=1
    )
    found = np.log(rule_measures(cells, measures=["fisher_p_value"])["fisher_p_value"])
    golden(
        "log of Fisher's p of 15 rules of Groceries, as shares of the published values",
        ours=(found / np.log(table["fishersExactTest"])).tolist(),
        published=[1.0] * len(table), source=ARULES, tolerance=1e-9,
    )  # fmt: skip


def test_measures_that_arules_does_not_print():
    found = rule_measures(CURD_YOGURT_MILK).iloc[0]
    # Aggarwal and Yu's (1998) and McNicholas et al.'s (2008) formulas worked out in fractions;
    # Yates and G from scipy 1.16; the interval exp(ln OR -+ 1.96 sqrt(1/a + 1/b + 1/c + 1/d)).
    assert found["collective_strength"] == pytest.approx(1.060755682, rel=1e-9)
    assert found["standardised_lift"] == pytest.approx(0.5798816568, rel=1e-9)
    assert found["chi_square_yates"] == pytest.approx(95.40221165, rel=1e-9)
    assert found["g_statistic"] == pytest.approx(82.71449520, rel=1e-9)
    assert found["odds_ratio_low"] == pytest.approx(3.0772, rel=1e-4)
    assert found["odds_ratio_high"] == pytest.approx(5.7005, rel=1e-4)


def test_by_hand():
    found = rule_measures(pd.DataFrame({"a": [4], "b": [1], "c": [2], "d": [3]})).iloc[0]
    assert found["confidence"] == 0.8
    assert found["lift"] == pytest.approx(0.8 / 0.6)
    assert found["leverage"] == pytest.approx(0.1)
    assert found["conviction"] == pytest.approx(2.0)
    assert found["odds_ratio"] == 6.0
    assert found["kappa"] == pytest.approx((0.7 - 0.5) / 0.5)


tables = st.tuples(*[st.integers(0, 60)] * 4).filter(lambda cells: sum(cells) > 0)


@settings(max_examples=30, deadline=None)
@given(st.lists(tables, min_size=1, max_size=20))
def test_symmetric_measures_are_symmetric(rows):
    frame = pd.DataFrame(rows, columns=list("abcd"))
    turned = frame.rename(columns={"b": "c", "c": "b"})
    names = [name for name, measure in MEASURES.items() if measure.symmetric]
    found, mirrored = (rule_measures(one, measures=names)[names] for one in (frame, turned))
    np.testing.assert_allclose(found, mirrored, rtol=1e-12, atol=1e-14)


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(1, 500)] * 4))
def test_chi_squares_are_scipys(cells):
    frame = pd.DataFrame([cells], columns=list("abcd"))
    found = rule_measures(frame).iloc[0]
    table = np.reshape(cells, (2, 2))
    for name, options in {
        "chi_square": {"correction": False},
        "chi_square_yates": {"correction": True},
        "g_statistic": {"correction": False, "lambda_": "log-likelihood"},
    }.items():
        expected = chi2_contingency(table, **options).statistic
        assert found[name] == pytest.approx(expected, rel=1e-8, abs=1e-9), name


@settings(max_examples=25, deadline=None)
@given(tables)
def test_zero_cells_are_defined(cells):
    found = rule_measures(pd.DataFrame([cells], columns=list("abcd"))).iloc[0]
    a, b, c, d = cells
    if b == 0 and a > 0 and c + d > 0 and d > 0:
        assert found["conviction"] == np.inf
        assert found["sebag"] == np.inf
    if a + b == 0:
        assert np.isnan(found["confidence"])
    bounded = ["support", "confidence", "jaccard", "cosine", "fisher_p_value", "hyper_confidence"]
    values = found[bounded].dropna()
    assert ((values >= 0) & (values <= 1 + 1e-12)).all()


def test_large_counts_do_not_overflow():
    frame = pd.DataFrame([[4 * 10**9, 10**9, 2 * 10**9, 3 * 10**9]], columns=list("abcd"))
    assert rule_measures(frame, measures=["phi"])["phi"][0] == pytest.approx(0.408248, rel=1e-5)


def test_every_engine(engine):
    frame = pd.DataFrame({"a": [4, 9], "b": [1, 0], "c": [2, 5], "d": [3, 8]})
    found = engine.columns(rule_measures(engine.make(frame), measures=["lift", "jaccard"]))
    rows = sorted(zip(found["a"], found["lift"], found["jaccard"], strict=True))
    assert rows[0] == (4, pytest.approx(4 / 3), pytest.approx(4 / 7))
    assert rows[1] == (9, pytest.approx(9 * 22 / (9 * 14)), pytest.approx(9 / 14))


def test_refusals():
    with pytest.raises(ColumnNotFoundError, match="a_col='x'"):
        rule_measures(CURD_YOGURT_MILK, a_col="x")
    with pytest.raises(ValueError, match="did you mean 'lift'"):
        rule_measures(CURD_YOGURT_MILK, measures=["lifts"])
    with pytest.raises(ValueError, match="'all' or a sequence"):
        rule_measures(CURD_YOGURT_MILK, measures="lift")
    with pytest.raises(DataContractError, match="1 of 1 counts of 'a' are negative or not whole"):
        rule_measures(CURD_YOGURT_MILK.assign(a=0.5))
    with pytest.raises(DataContractError, match="missing or infinite"):
        rule_measures(CURD_YOGURT_MILK.assign(a=np.nan))
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        rule_measures(CURD_YOGURT_MILK.assign(lift=1.0))
