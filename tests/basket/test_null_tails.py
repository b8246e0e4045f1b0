"""Tails of sums of unequal draws against exact convolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import binom

from crmlytics.basket._null_tails import log_poisson_binomial


def exact_tail(draws, chance):
    """P(N >= k) for k = 0, 1, ... by convolving draw after draw."""
    mass = np.array([1.0])
    for n, p in zip(draws, chance, strict=True):
        for _ in range(n):
            mass = np.convolve(mass, [1 - p, p])
    return mass[::-1].cumsum()[::-1]


def log_tails(draws, chance):
    a = np.arange(sum(draws) + 1)
    rows = (len(a), 1)
    return log_poisson_binomial(a, np.tile(draws, rows), np.tile(np.array(chance, float), rows))


groups = st.lists(st.tuples(st.integers(1, 25), st.floats(0.001, 0.9)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(groups)
def test_the_saddlepoint_is_near_the_exact_tail(groups):
    draws, chance = zip(*groups, strict=True)
    expected = exact_tail(draws, chance)
    found = np.exp(log_tails(draws, chance))
    seen = expected > 1e-250  # convolution loses its digits further out
    # At the second largest value the error is that of Stirling's formula for 1!, 8 %.
    np.testing.assert_allclose(found[seen], expected[seen], rtol=0.13)
    assert found[-1] == pytest.approx(expected[-1], rel=1e-9)
    assert (np.diff(found) <= 1e-9).all()


def test_one_group_is_a_binomial():
    found = np.exp(log_tails([200], [0.1]))
    k = np.arange(10, 60)
    np.testing.assert_allclose(found[k], binom.sf(k - 1, 200, 0.1), rtol=0.01)


def test_certain_and_impossible_draws():
    found = np.exp(log_tails([3, 4, 5], [1.0, 0.0, 0.5]))
    expected = exact_tail([3, 4, 5], [1.0, 0.0, 0.5])
    np.testing.assert_allclose(found, expected, rtol=0.1)
    assert found[:4].tolist() == [1.0] * 4
    assert found[9:].tolist() == [0.0] * 4


def test_far_out():
    found = log_poisson_binomial(np.array([900]), np.array([[1000]]), np.array([[1e-4]]))
    expected = logsumexp(binom.logpmf(np.arange(900, 1001), 1000, 1e-4))
    assert found[0] == pytest.approx(expected, rel=1e-5)


def test_far_below_the_mean_is_as_good_as_sure():
    found = log_poisson_binomial(np.array([10, 2]), np.full((2, 1), 9000), np.full((2, 1), 0.9))
    assert found.tolist() == [0.0, 0.0]


def test_never_below_the_exact_tail_where_rules_are_decided():
    # An error of the other sign would make false rules; tails of 50 groups, 1e-1 to 1e-30.
    rng = np.random.default_rng(2)
    for _ in range(10):
        draws, chance = rng.integers(1, 6, 50), rng.beta(1, 9, 50)
        exact = exact_tail(draws, chance)
        a = np.flatnonzero((exact < 0.1) & (exact > 1e-30))
        rows = (len(a), 1)
        found = np.exp(log_poisson_binomial(a, np.tile(draws, rows), np.tile(chance, rows)))
        # Convolution is right to some 1e-13 of each term, the saddlepoint to a thousandth.
        assert (found / exact[a]).min() > 0.9995
        assert (found / exact[a]).max() < 1.01
