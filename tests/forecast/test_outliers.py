"""Outliers and level shifts: planted ones found, none in noise, the season left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.forecast.outliers import find_unusual


def seasonal(n_series=20, n=72, seed=0, noise=0.05):
    rng = np.random.default_rng(seed)
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(n) / 12)
    return 100 * season * (1 + noise * rng.standard_normal((n_series, n)))


def test_by_hand():
    # Without a season, the running median of 7 is 10 everywhere: only 40 is far from it.
    values = np.array([[10.0, 11, 10, 9, 10, 40, 10, 11, 9, 10, 11, 10]])
    found = find_unusual(values, 1)
    assert np.flatnonzero(found.outlier[0]).tolist() == [5]
    assert found.expected[0, 5] == pytest.approx(10.0)


@pytest.mark.parametrize("factor", [1000.0, 3.0, 0.3])
def test_planted_outliers_are_found(factor):
    values = seasonal()
    rows = np.arange(len(values))
    at = 20 + rows
    true = values[rows, at].copy()
    values[rows, at] *= factor
    found = find_unusual(values, 12)
    assert found.outlier[rows, at].mean() >= 0.95
    assert found.outlier.sum() - found.outlier[rows, at].sum() <= 2
    np.testing.assert_allclose(found.expected[rows, at] / true, 1, atol=0.25)


def test_few_false_alarms_and_no_season_taken_for_one():
    # Three interquartile ranges beyond the quartiles: 2 in a million normal values, more where
    # quartiles are estimated from 72.
    assert find_unusual(seasonal(200, seed=1), 12).outlier.mean() < 0.003


def test_a_planted_level_shift_is_dated():
    values = seasonal(10, noise=0.02)
    assert (find_unusual(values, 12).shift == -1).all()
    values[:5, 40:] *= 2
    shift = find_unusual(values, 12).shift
    assert (np.abs(shift[:5] - 40) <= 3).all()
    assert (shift[5:] == -1).all()


def test_a_steady_trend_is_no_shift():
    rng = np.random.default_rng(2)
    trend = np.linspace(100, 400, 72) + rng.normal(0, 5, (20, 72))
    assert (find_unusual(trend, 12).shift >= 0).mean() <= 0.1


@given(st.integers(0, 30), st.integers(-4, 8), st.integers(0, 15))
def test_flags_know_no_scale_and_no_empty_front(seed, factor, front):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 50, (3, 30)).astype(float)
    values[rng.random(values.shape) < 0.1] = np.nan
    flags = find_unusual(values, 4).outlier
    scaled = np.hstack([np.full((3, 4 * (front // 4)), np.nan), values]) * 2.0**factor
    np.testing.assert_array_equal(find_unusual(scaled, 4).outlier[:, 4 * (front // 4) :], flags)


def test_short_and_empty_series_have_none():
    for n in range(8):
        assert not find_unusual(np.r_[np.ones(n), np.full(3, np.nan)][None], 12).outlier.any()
    assert find_unusual(np.empty((0, 5)), 12).outlier.shape == (0, 5)
