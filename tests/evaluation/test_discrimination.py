"""roc_auc and roc_auc_difference: by hand, all pairs, other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.evaluation import roc_auc, roc_auc_difference


def all_pairs(y, score):
    """DeLong by its definition: the matrix of all pairs of events and others."""
    y, score = np.asarray(y, bool), np.asarray(score, float)
    ahead = score[y][:, None] - score[~y][None, :]
    return (ahead > 0) + 0.5 * (ahead == 0)


def by_definition(won):
    events, others = won.mean(axis=1), won.mean(axis=0)
    variance = events.var(ddof=1) / len(events) + others.var(ddof=1) / len(others)
    return won.mean(), np.sqrt(variance)


def test_six_customers_by_hand():
    # Pairs won by .9, .6, .7 against .8, .3, .2: 3 + 2 + 2 of 9.
    found = roc_auc([1, 0, 1, 0, 0, 1], [0.9, 0.8, 0.6, 0.3, 0.2, 0.7])
    assert found.auc == pytest.approx(7 / 9)
    # Events: 1, 2/3, 2/3, variance 1/27; others: 1/3, 1, 1, variance 4/27; each over 3.
    assert found.standard_error**2 == pytest.approx(1 / 81 + 4 / 81)
    assert (found.n, found.events) == (6, 3)


scored = st.lists(
    st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 4)), min_size=4, max_size=60
).filter(lambda rows: 1 < sum(row[0] for row in rows) < len(rows) - 1)


@given(rows=scored)
def test_midranks_find_what_all_pairs_find(rows):
    y, a, b = zip(*rows, strict=True)
    found = roc_auc(y, a)
    auc, error = by_definition(all_pairs(y, a))
    assert (found.auc, found.standard_error) == (pytest.approx(auc), pytest.approx(error))
    difference = roc_auc_difference(y, (a, b))
    gap, error = by_definition(all_pairs(y, a) - all_pairs(y, b))
    assert (difference.difference, difference.standard_error) == (
        pytest.approx(gap), pytest.approx(error),
    )  # fmt: skip


@given(rows=scored)
def test_reversed_scores_mirror_the_area(rows):
    y, a, _ = zip(*rows, strict=True)
    assert roc_auc(y, a).auc == pytest.approx(1 - roc_auc(y, [-score for score in a]).auc)


@pytest.mark.parametrize("name", ["score", "rough"])
def test_other_libraries_agree(scores, score_numbers, golden, name):
    found = roc_auc(scores["y"], scores[name])
    published = score_numbers.loc[name]
    for what, ours in (("auc", found.auc), ("auc_low", found.low), ("auc_high", found.high)):
        golden(
            # It ranks in single precision.
            f"AUC with DeLong's interval, invented scores ({name}): {what}", ours=ours,
            published=float(published.loc[what, "value"]), tolerance=1e-6,
            source=f"{published.loc[what, 'source']}, tests/evaluation/golden/make_scores.py",
        )  # fmt: skip


@pytest.mark.data
def test_telco(telco_scores, golden):
    golden(
        "Telco, spline logistic out of fold: AUC (mean of folds there, pooled here)",
        ours=roc_auc(*telco_scores).auc, published=0.8500, tolerance=5e-4,
        source="reference page churn_and_leads 7, scikit-learn 1.9.1",
    )  # fmt: skip


def test_a_single_event_has_an_area_and_no_interval():
    found = roc_auc([1, 0, 0], [3, 2, 1])
    assert found.auc == 1.0
    assert np.isnan([found.standard_error, found.low, found.high]).all()


def test_equal_rankings_cannot_be_told_apart():
    found = roc_auc_difference([1, 0, 1, 0], ([4, 3, 2, 1], [40, 30, 20, 10]))
    assert found.difference == 0
    assert np.isnan(found.p_value)
    with pytest.raises(TypeError, match="pair"):
        roc_auc_difference([1, 0], [0.4])
