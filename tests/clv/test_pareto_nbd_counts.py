"""Probabilities of counts against mpmath and against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from crmlytics.clv import _pareto_nbd_counts as counts
from tests.clv import pareto_nbd_oracles as oracle

powers = st.floats(-2, 2).map(lambda power: 10**power)
scales = st.floats(-2, 3).map(lambda power: 10**power)
shapes = st.builds(lambda x, r: x + r, st.sampled_from([0, 0, 1, 5, 100]), powers)
times = st.floats(-6, 5).map(lambda power: 10**power)
dropouts = st.one_of(st.just(1.0), powers)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([0, 1, 2, 7]), times, st.floats(0.05, 6), scales, dropouts, scales)
@example(3, 1e-6, 0.5, 10.0, 1.0, 10.0)
@example(0, 1e5, 5000.5, 100.0, 0.6, 50.0)
@example(300, 40.0, 300.5, 38.0, 0.6, 50.0)
def test_counts_agree_with_mpmath(n, t, rho, a, s, b):
    exact = oracle.log_count(n, t, rho, a, s, b)
    tail = oracle.log_at_least(n, t, rho, a, s, b) if n else 0.0
    assert float(counts.log_count(n, t, rho, a, s, b)) == pytest.approx(exact, rel=1e-9, abs=1e-9)
    if n:
        found = float(counts.log_at_least(n, t, rho, a, s, b))
        assert found == pytest.approx(tail, rel=1e-9, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(times, shapes, scales, dropouts, scales, st.integers(1, 40))
def test_counts_add_up(t, rho, a, s, b, n):
    below = logsumexp(counts.log_count(np.arange(n), t, rho, a, s, b))
    rest = float(counts.log_at_least(n, t, rho, a, s, b))
    # Two independent integrals; 1e-9 is ten thousand times their rounding.
    assert math.exp(below) + math.exp(rest) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(times, shapes, scales, dropouts, scales)
def test_no_purchase_has_a_complement(t, rho, a, s, b):
    some = -np.expm1(counts.log_no_purchase(t, rho, a, s, b))
    assert some == pytest.approx(np.exp(counts.log_at_least(1, t, rho, a, s, b)), rel=1e-9)


def test_extremes_are_finite():
    n = np.array([0, 1, 50, 5000])
    for rho, t in ((0.01, 1e6), (5000.5, 1e6), (5000.5, 1e-6), (0.5, 1e-6)):
        for s, b in ((1.0, 1e-3), (0.01, 1e4), (100.0, 1e4), (100.0, 1e-3)):
            assert np.isfinite(counts.log_count(n, t, rho, 10.0, s, b)).all()
    assert counts.log_count([0, 1], 0.0, 0.5, 10.0, 1.0, 10.0).tolist() == [0.0, -np.inf]
    assert counts.log_no_purchase(0.0, 0.5, 10.0, 1.0, 10.0) == 0.0


def test_the_mean_is_the_expectation():
    from crmlytics.clv._pareto_nbd_maths import expected_purchases

    parameters = (0.553, 10.58, 3.0, 11.66)  # a short tail
    history = tuple(np.array([one]) for one in (2.0, 30.43, 38.86))
    n = np.arange(400)
    chance = counts.count_probabilities(parameters, *history, 39.0, n)
    assert chance.sum() == pytest.approx(1.0, abs=1e-12)
    expected = expected_purchases(parameters, *history, 39.0)[0]
    assert chance @ n == pytest.approx(expected, rel=1e-10)
