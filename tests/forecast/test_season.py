"""Seasons: the test and the indices of Naive2, gaps, terms instead of factors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.seasonal import seasonal_decompose
from statsmodels.tsa.stattools import acf

from crmlytics.forecast._season import has_season, interpolated, season_of
from tests.forecast.golden_members import series


def test_by_hand():
    # Values 2, 4 for ever: the mean is 3, the indices 2/3 and 4/3, the last value has 4/3.
    season = season_of(np.array([[2.0, 4.0] * 6]), 2)
    np.testing.assert_allclose(season.indices, [[2 / 3, 4 / 3]])
    np.testing.assert_allclose(season.past(3), [[4 / 3, 2 / 3, 4 / 3]])
    np.testing.assert_allclose(season.remove(np.array([[2.0, 4.0]])), [[3.0, 3.0]])


@pytest.mark.parametrize("number", range(6, 9))
def test_indices_are_those_of_statsmodels(number, golden):
    y = series(number)
    theirs = seasonal_decompose(y[0], model="multiplicative", period=12).seasonal[:12]
    golden(
        f"seasonal indices of the classical decomposition, series {number}",
        ours=season_of(y, 12).indices[0].tolist(), published=theirs.tolist(),
        source="statsmodels seasonal_decompose", tolerance=1e-12,
    )  # fmt: skip
    added = season_of(y - 1000, 12)  # not positive: terms
    theirs = seasonal_decompose(y[0] - 1000, model="additive", period=12).seasonal[:12]
    np.testing.assert_allclose(added.indices[0], theirs, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), m=st.sampled_from([4, 7, 12]), n=st.integers(10, 60))
def test_the_test_is_that_of_the_competitions(seed, m, n):
    rng = np.random.default_rng(seed)
    y = 10 + rng.normal(0, 1, n) + rng.normal(0, 1, m)[np.arange(n) % m] * rng.integers(0, 2)
    expected = False
    if n >= 3 * m:
        r = acf(y, nlags=m, fft=False)[1:]
        expected = abs(r[-1]) > 1.645 * np.sqrt((1 + 2 * (r[:-1] ** 2).sum()) / n)
    assert has_season(y[None], m)[0] == expected


def test_gaps_leave_exact_indices_exact():
    index = np.array([0.7, 1.0, 1.3, 1.0])
    y = np.tile(index, 10)[None] * 20
    y[0, [9, 10, 11, 25]] = np.nan
    np.testing.assert_allclose(season_of(y, 4).indices, index[None], atol=0.02)


def test_constant_series_have_no_season():
    assert not has_season(np.full((1, 60), 0.1), 12).any()
    assert not has_season(np.zeros((1, 60)), 12).any()


def test_interpolation():
    y = np.array([[np.nan, 1.0, np.nan, np.nan, 4.0, np.nan]])
    np.testing.assert_allclose(interpolated(y), [[np.nan, 1.0, 2.0, 3.0, 4.0, 4.0]])
