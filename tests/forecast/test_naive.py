"""seasonal_naive: hand cases, the textbook's formula, the loop oracle, laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast.naive import seasonal_naive
from tests.forecast.oracles import naive_oracle

NAN = math.nan


def one(values, m, horizon):
    fit = seasonal_naive(np.array([values], dtype=float), season_length=m, horizon=horizon)
    return [np.asarray(part)[0] for part in fit]


def test_by_hand():
    # Differences over one season: 3-1, 8-4, 5-3, 6-8 = 2, 4, 2, -2; mean square 28/4 = 7.
    forecast, scale, fitted, sigma, n, m = one([1, 4, 3, 8, 5, 6], 2, 5)
    assert forecast.tolist() == [5, 6, 5, 6, 5]
    np.testing.assert_array_equal(fitted, [NAN, NAN, 1, 4, 3, 8])
    assert (sigma, n, m) == (pytest.approx(math.sqrt(7)), 4, 2)
    np.testing.assert_allclose(scale, np.sqrt([7, 7, 14, 14, 21]))


def test_the_scale_is_the_textbooks():
    # Hyndman & Athanasopoulos, section 5.5: sigma sqrt(k + 1), k the integer part of (h - 1) / m;
    # for the naive method sigma sqrt(h).
    rng = np.random.default_rng(0)
    for m in (1, 4, 12):
        _, scale, _, sigma, _, _ = one(rng.normal(size=40), m, 30)
        steps = np.arange(1, 31)
        np.testing.assert_allclose(scale, sigma * np.sqrt((steps - 1) // m + 1))


def test_a_gap_sends_the_forecast_one_season_back():
    # Season A: 1, 3, gap; season B: 4, 8, 6. A's forecast is the 3 of two seasons ago.
    forecast, scale, _, sigma, n, _ = one([1, 4, 3, 8, NAN, 6], 2, 3)
    assert forecast.tolist() == [3, 6, 3]
    assert (sigma, n) == (pytest.approx(math.sqrt((4 + 16 + 4) / 3)), 3)
    np.testing.assert_allclose(scale, sigma * np.sqrt([2, 1, 3]))


def test_a_residual_over_two_seasons_is_scaled_to_one():
    # Season A: 1, gap, 5 gives (5 - 1) / sqrt(2); season B: 4, 4, 4 gives 0 twice.
    _, _, fitted, sigma, n, _ = one([1, 4, NAN, 4, 5, 4], 2, 1)
    np.testing.assert_array_equal(fitted, [NAN, NAN, 1, 4, 1, 4])
    assert (sigma, n) == (pytest.approx(math.sqrt(8 / 3)), 3)


def test_less_than_two_seasons_is_a_random_walk():
    forecast, scale, fitted, sigma, n, m = one([1, 3, 4, 2, 5, 7, 6], 4, 3)
    assert forecast.tolist() == [6, 6, 6]
    assert (n, m) == (6, 1)
    assert sigma == pytest.approx(math.sqrt((4 + 1 + 4 + 9 + 4 + 1) / 6))
    np.testing.assert_allclose(scale, sigma * np.sqrt([1, 2, 3]))
    np.testing.assert_array_equal(fitted, [NAN, 1, 3, 4, 2, 5, 7])


def test_one_value_and_none():
    forecast, scale, _, sigma, n, _ = one([NAN, 7, NAN], 4, 2)
    assert forecast.tolist() == [7, 7]
    assert np.isnan(scale).all()
    assert math.isnan(sigma)
    assert n == 0
    assert np.isnan(one([NAN, NAN], 4, 2)[0]).all()


def test_a_season_never_seen_has_no_forecast():
    # Business days: the sixth and seventh day of the week are never there.
    week = [1, 2, 3, 4, 5, NAN, NAN]
    forecast, *_ = one(week * 3, 7, 7)
    np.testing.assert_array_equal(forecast, week)


def test_periodic_series_are_exact_with_no_width():
    season = np.random.default_rng(1).normal(size=(20, 5))
    fit = seasonal_naive(np.tile(season, (1, 4)), season_length=5, horizon=12)
    np.testing.assert_array_equal(fit.forecast, np.tile(season, (1, 3))[:, :12])
    assert (fit.scale == 0).all()


panels = st.integers(1, 5).flatmap(
    lambda n_series: st.integers(1, 24).flatmap(
        lambda n: st.lists(
            st.lists(st.none() | st.integers(-50, 50), min_size=n, max_size=n),
            min_size=n_series,
            max_size=n_series,
        )
    )
)


@settings(max_examples=150, deadline=None)
@given(panel=panels, m=st.integers(1, 6), horizon=st.integers(1, 9))
def test_all_series_at_once_equal_the_loops(panel, m, horizon):
    fit = seasonal_naive(np.array(panel, dtype=float), season_length=m, horizon=horizon)
    for i, values in enumerate(panel):
        forecast, scale, fitted, sigma, n = naive_oracle(values, m, horizon)
        assert fit.n_residuals[i] == n
        found = (fit.forecast[i], fit.scale[i], fit.fitted[i], fit.sigma[i])
        for got, expected in zip(found, (forecast, scale, fitted, sigma), strict=True):
            # Sums of squares in another order: equal to rounding.
            np.testing.assert_allclose(got, np.array(expected, dtype=float), rtol=1e-12)
