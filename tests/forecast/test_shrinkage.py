"""Noise is drawn to 1, differences are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.forecast._shrinkage import excess_variance, repeated_ratios, shrunk_ratios


def test_by_hand():
    observed, expected = np.array([20.0, 10.0]), np.array([10.0, 20.0])
    # Squares beyond Poisson's: 100 - 10 and 100 - 20, by the squares expected, 100 and 400.
    assert excess_variance(observed, expected) == pytest.approx(0.34)
    prior = 1 / 0.34
    np.testing.assert_allclose(
        shrunk_ratios(observed, expected),
        [(20 + prior) / (10 + prior), (10 + prior) / (20 + prior)],
    )


def test_poisson_noise_alone_tells_nothing():
    expected = np.full(2_000, 30.0)
    observed = np.random.default_rng(0).poisson(expected).astype(float)
    ratios = shrunk_ratios(observed, expected)
    raw = observed / expected
    assert np.abs(ratios - 1).mean() < 0.2 * np.abs(raw - 1).mean()


def test_planted_ratios_come_back():
    rng = np.random.default_rng(1)
    truth = rng.gamma(10.0, 0.1, 500)
    expected = np.full(500, 40.0)
    observed = rng.poisson(truth * expected).astype(float)
    assert excess_variance(observed, expected) == pytest.approx(0.1, rel=0.25)
    error = np.abs(shrunk_ratios(observed, expected) - truth).mean()
    assert error < np.abs(observed / expected - truth).mean(), "better than the raw ratios"


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.1, 50)), min_size=1, max_size=20))
def test_ratios_lie_between_the_raw_one_and_1(pairs):
    observed, expected = (np.array(one, float) for one in zip(*pairs, strict=True))
    ratios, raw = shrunk_ratios(observed, expected), observed / expected
    assert (ratios >= np.minimum(raw, 1) - 1e-9).all()
    assert (ratios <= np.maximum(raw, 1) + 1e-9).all()


def test_a_pattern_counts_only_when_it_comes_again():
    expected = np.full((1, 4), 100.0)
    assert repeated_ratios(np.array([[50.0, 150, 50, 150]]), expected).tolist() == [1.0] * 4
    steady = np.tile([50.0, 150, 50, 150], (8, 1))
    found = repeated_ratios(steady, np.tile(expected, (8, 1)))
    np.testing.assert_allclose(found, [0.5, 1.5, 0.5, 1.5], atol=0.02)
    rng = np.random.default_rng(2)
    noise = rng.poisson(100.0, (8, 4)).astype(float)
    found = repeated_ratios(noise, np.full((8, 4), 100.0))
    assert np.abs(found - 1).max() < 0.06
    # A surge in one year is no season: it does not repeat itself.
    surge = np.full((8, 4), 100.0)
    surge[3, 1] = 500.0
    assert repeated_ratios(surge, np.full((8, 4), 100.0))[1] < 1.2
