"""Seasons: classical indices, how they are shrunk, gaps, terms instead of factors, long seasons."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.seasonal import seasonal_decompose

from crmlytics.forecast import _season
from crmlytics.forecast._season import (
    _by_season,
    _drawn_in,
    _means,
    _variance,
    interpolated,
    moving_average,
    season_of,
)
from tests.forecast.golden_members import series


def test_by_hand():
    # Values 2, 4 for ever: the mean is 3, the indices 2/3 and 4/3, the last value has 4/3.
    season = season_of(np.array([[2.0, 4.0] * 6]), 2)
    np.testing.assert_allclose(season.indices, [[2 / 3, 4 / 3]])
    np.testing.assert_allclose(season.past(3), [[4 / 3, 2 / 3, 4 / 3]])
    np.testing.assert_allclose(season.remove(np.array([[2.0, 4.0]])), [[3.0, 3.0]])


@pytest.mark.parametrize("number", range(6, 9))
def test_raw_indices_are_those_of_statsmodels(number, golden, monkeypatch):
    monkeypatch.setattr(_season, "_FADING", 1.0)  # all years alike
    y = series(number)
    theirs = seasonal_decompose(y[0], model="multiplicative", period=12).seasonal[:12]
    raw = _means(_by_season(y, moving_average(y, 12), 12, multiplicative=True), multiplicative=True)
    golden(
        f"seasonal indices of the classical decomposition, series {number}",
        ours=raw[0].tolist(), published=theirs.tolist(),
        source="statsmodels seasonal_decompose", tolerance=1e-12,
    )  # fmt: skip
    theirs = seasonal_decompose(y[0], model="additive", period=12).seasonal[:12]
    raw = _means(
        _by_season(y, moving_average(y, 12), 12, multiplicative=False), multiplicative=False
    )
    np.testing.assert_allclose(raw[0], theirs, atol=1e-9)


def test_shrinkage_by_hand():
    # c = (1, -1, 0), variance .25 of each: 1 - 2 * .25 * 2 / 2 = .5 of it is kept.
    apart, variance = np.array([[1.0, -1.0, 0.0]]), np.array([0.25])
    np.testing.assert_allclose(_drawn_in(apart, variance, 2), apart / 2)
    assert (_drawn_in(apart, 4 * variance, 2) == 0).all()


@pytest.mark.parametrize("m", [7, 26, 51])
def test_the_moving_average_is_that_of_pandas(m):
    y = np.random.default_rng(0).normal(5, 1, (2, 120))
    y[1, :9] = np.nan
    expected = pd.DataFrame(y.T).rolling(m, center=m % 2 == 1).mean()
    if m % 2 == 0:
        expected = expected.rolling(2).mean().shift(-(m // 2))
    np.testing.assert_allclose(moving_average(y, m), expected.to_numpy().T, rtol=1e-12)


def test_later_years_weigh_more():
    # Years of 1 and 3 about a mean of 2 in one season of two: (.8 * 1 + 3) / 1.8.
    by_season = np.array([[[1.0, 0.0], [3.0, 0.0]]])
    index = _means(by_season, multiplicative=False)
    np.testing.assert_allclose(np.diff(index), [[-3.8 / 1.8]])


@pytest.mark.parametrize("fading", [1.0, 0.8])
def test_the_variance_of_an_index_is_that_of_its_mean(fading, monkeypatch):
    monkeypatch.setattr(_season, "_FADING", fading)
    rng = np.random.default_rng(0)
    by_season = rng.normal(0, 2.0, (400, 5, 12))
    by_season[:, 0, 6:] = np.nan
    variance, known = _variance(by_season)
    weight = fading ** np.arange(5)[::-1]
    whole, less = ((w**2).sum() / w.sum() ** 2 for w in (weight, weight[1:]))
    # Sums of 42 squares: the mean over 400 has a standard error of about 1 %.
    np.testing.assert_allclose(variance.mean(), 4 * (whole + less) / 2, rtol=0.05)
    assert known.all()


def test_noise_has_nearly_no_season_and_a_season_nearly_all_of_it():
    rng = np.random.default_rng(1)
    noise = 10 + rng.normal(0, 1, (200, 72))
    season = season_of(noise, 12)
    raw = _means(
        _by_season(noise, moving_average(noise, 12), 12, multiplicative=True), multiplicative=True
    )
    assert (season.indices - 1).var() < 0.1 * (raw - 1).var()
    planted = rng.normal(0, 3, (200, 12))
    planted -= planted.mean(axis=1, keepdims=True)
    found = season_of(noise + np.tile(planted, 6) - 100, 12).indices  # negative: terms
    assert np.corrcoef(found.ravel(), planted.ravel())[0, 1] > 0.98


def test_long_seasons_are_smooth_unless_the_years_agree():
    rng = np.random.default_rng(2)
    t = np.arange(52 * 4)
    wave = 0.2 * np.sin(2 * np.pi * t / 52) + np.where(t % 52 == 50, 0.5, 0.0)
    y = 100 * (1 + wave) * rng.normal(1, 0.03, (30, len(t)))
    truth = (1 + wave[:52]) / (1 + wave[:52]).mean()
    four, two = season_of(y, 52).indices, season_of(y[:, -106:], 52).indices
    assert np.abs(four - truth).mean() < 0.02
    assert np.abs(four[:, 50].mean() - truth[50]) < 0.1  # the week before the year's end is kept
    assert np.abs(two - truth).mean() < 0.05


def test_a_wandering_level_has_no_year():
    rng = np.random.default_rng(3)
    level = 100 + rng.normal(0, 0.7, (30, 365 * 4)).cumsum(axis=1)
    raw = season_of(level[:, -365 * 2 - 9 :], 365).indices  # two years cannot tell
    found = season_of(level + rng.normal(0, 2, level.shape), 365).indices
    assert (found - 1).std() < 0.6 * (raw - 1).std()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), m=st.sampled_from([4, 7, 12, 52]))
def test_indices_have_mean_one_and_lie_within_the_raw_ones(seed, m):
    rng = np.random.default_rng(seed)
    y = np.exp(rng.normal(0, 0.3, (3, 3 * m)) + rng.normal(0, 0.3, (3, m))[:, np.arange(3 * m) % m])
    season = season_of(y, m)
    np.testing.assert_allclose(season.indices.mean(axis=1), 1.0)
    assert season.multiplicative.all()
    less = season_of(-y, m)
    np.testing.assert_allclose(less.indices.mean(axis=1), 0.0, atol=1e-12)


def test_gaps_leave_exact_indices_exact():
    index = np.array([0.7, 1.0, 1.3, 1.0])
    y = np.tile(index, 10)[None] * 20
    y[0, [9, 10, 11, 25]] = np.nan
    np.testing.assert_allclose(season_of(y, 4).indices, index[None], atol=0.02)


def test_constant_and_short_series_have_no_season():
    for values in (np.full((1, 60), 0.1), np.zeros((1, 60)), np.arange(1.0, 27.0)[None]):
        season = season_of(values, 12)
        assert not season.seasonal.any()
        np.testing.assert_allclose(season.remove(values), values)


def test_interpolation():
    y = np.array([[np.nan, 1.0, np.nan, np.nan, 4.0, np.nan]])
    np.testing.assert_allclose(interpolated(y), [[np.nan, 1.0, 2.0, 3.0, 4.0, 4.0]])
