"""Few bins, cut where the rate changes, merged where it must go one way."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.scoring import _bins, _woe_model
from crmlytics.scoring._features import Feature


def test_cuts_by_hand():
    x = np.arange(100.0)
    y = (x >= 50).astype(float)
    bins = _bins.learn(Feature("x", "x", x), y, monotone=False)
    assert bins.cuts == (49.5,)
    new = Feature("x", "x", np.array([-5.0, 49.5, 49.6, np.nan]))
    assert _bins.assign(bins, new).tolist() == [0, 0, 1, 2]
    assert _bins.names(bins) == ["≤ 49.5", "> 49.5", "(missing)"]


def test_rare_levels_share_the_bin_of_unseen_ones():
    codes = np.repeat([0, 1], [995, 5]).astype(np.int32)
    bins = _bins.learn(Feature("a", "a", codes, ("x", "y")), np.zeros(1_000), monotone=False)
    assert bins.levels == ("x",)
    new = Feature("a", "a", np.array([0, 1, 2, 3], np.int32), ("x", "y"))
    assert _bins.assign(bins, new).tolist() == [0, 1, 1, 2]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=5, max_size=300))
def test_bins_are_few_and_large_and_go_one_way_where_asked(rows):
    x = np.array([value for value, _ in rows], float)
    y = np.array([outcome for _, outcome in rows], float)
    for monotone in (False, True):
        bins = _bins.learn(Feature("x", "x", x), y, monotone=monotone)
        place = _bins.assign(bins, Feature("x", "x", x))
        n = np.bincount(place, minlength=bins.n)[:-1]
        assert len(n) <= _bins.MOST_BINS
        assert len(n) == 1 or n.min() >= _bins.LEAST_SHARE * len(x)
        rate = np.bincount(place, weights=y, minlength=bins.n)[:-1] / n
        steps = np.diff(rate)
        assert not monotone or (steps > 0).all() or (steps < 0).all()


def test_weights_of_evidence_by_hand():
    n, events = np.array([10, 30, 0]), np.array([5, 5, 0])
    plain = _woe_model.weights_of_evidence(n, events, base=0.25, shrinkage=0)
    # ln[(5/10)/(5/30)] = ln 3, ln[(5/10)/(25/30)] = ln 0.6, nobody.
    np.testing.assert_allclose(plain, [np.log(3), np.log(0.6), 0.0])
    shrunk = _woe_model.weights_of_evidence(n, events, base=0.25, shrinkage=10)
    # Rates of 7.5 in 20 and of 7.5 in 40.
    np.testing.assert_allclose(shrunk, [np.log(0.375 / 0.625 * 3), np.log(7.5 / 32.5 * 3), 0.0])
    certain = _woe_model.weights_of_evidence(np.array([5]), np.array([5]), base=0.5, shrinkage=0)
    assert certain.tolist() == [0.0]
