"""A level that stays, one that moves, and the likelihood term by term."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from crmlytics.forecast._moving_level import Level, learn_level, weekly


def oracle(observed, expected, discount):
    """Filter and log-likelihood, one week after the other, with SciPy's negative binomial."""
    a = b = 1.0
    total = 0.0
    for count, due in zip(observed, expected, strict=True):
        a, b = discount * a, discount * b
        total += nbinom.logpmf(count, a, b / (b + due))
        a, b = a + count, b + due
    return a, b, total


@given(st.lists(st.integers(0, 40), min_size=2, max_size=30))
def test_the_filter_is_the_slow_one_at_its_discount(counts):
    expected = np.full(len(counts), 10.0)
    found = learn_level(np.array(counts, float), expected)
    a, b, best = oracle(counts, expected, found.discount)
    assert found.shape == pytest.approx(a)
    assert found.ratio == pytest.approx(a / b)
    others = [oracle(counts, expected, 0.6 + 0.02 * i)[2] for i in range(21)]
    # The steady level pays no price for its parameter, so it may be worse by as much.
    assert best >= max(others) - 1.0 - 1e-9


def test_a_steady_level_is_the_mean_of_all():
    rng = np.random.default_rng(0)
    steady = 0
    for _ in range(40):
        counts = rng.poisson(20.0, 80).astype(float)
        steady += learn_level(counts, np.full(80, 20.0)).discount == 1.0
    assert steady >= 30, "drift is seldom seen where there is none"
    found = learn_level(counts, np.full(80, 20.0), drift=False)
    assert found.ratio == pytest.approx((1 + counts.sum()) / (1 + 80 * 20))


def test_a_level_that_has_fallen_is_followed():
    rng = np.random.default_rng(1)
    counts = rng.poisson(np.where(np.arange(80) < 60, 20.0, 10.0)).astype(float)
    found = learn_level(counts, np.full(80, 20.0))
    assert found.discount < 1.0
    assert found.ratio == pytest.approx(0.5, abs=0.12)


def test_weeks_without_expectation_say_nothing():
    counts, due = np.array([5.0, 3.0, 9.0]), np.array([4.0, 0.0, 8.0])
    assert learn_level(counts, due) == learn_level(counts[[0, 2]], due[[0, 2]])


def test_uncertainty_grows_with_the_weeks_ahead_if_there_is_drift():
    drifting, steady = Level(1.0, 50.0, 0.8), Level(1.0, 50.0, 1.0)
    assert drifting.variance(1) == pytest.approx(1.25 / 50)
    assert drifting.variance(13) > drifting.variance(4)
    assert steady.variance(1) == steady.variance(13) == 1 / 50


def test_weeks_end_with_the_last_day():
    assert weekly(np.arange(9.0)).tolist() == [sum(range(2, 9))]
    assert weekly(np.ones(6)).tolist() == []
