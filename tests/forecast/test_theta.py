"""dynamic_theta: a straight line, a slow twin, statsforecast's numbers, gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.seasonal import seasonal_decompose

from crmlytics.forecast.theta import dynamic_theta
from tests.forecast.golden_members import SOURCE, published, series


def test_by_hand():
    # On a line, level and line agree about the future: it goes on.
    fit = dynamic_theta(np.arange(5.0, 45.0, 2)[None], horizon=3)
    np.testing.assert_allclose(fit.forecast, [[45, 47, 49]], atol=0.02)


@pytest.mark.parametrize("number", range(9))
def test_statsforecast_finds_the_same(number, golden):
    y, index = series(number), np.ones(12)
    if number >= 6:  # theirs takes classical indices out as they are, ours shrinks them
        index = seasonal_decompose(y[0], model="multiplicative", period=12).seasonal[:12]
    adjusted = y / np.resize(index, y.shape)
    fit = dynamic_theta(adjusted, horizon=6, prior=None)
    theirs = published("theta", number)
    golden(
        f"dynamic optimised Theta, series {number}",
        ours=(fit.forecast[0] * index[:6]).tolist(), published=theirs, source=SOURCE,
        # Both search: theirs by Nelder-Mead in three parameters, ours exactly in one.
        tolerance=2e-3 * max(theirs),
    )  # fmt: skip


def slow(y, alpha, omega, start, horizon):
    """Fiorucci et al., written down: the line by polyfit at every step."""
    y, fitted, level = list(y), [], start
    n = len(y)
    for t in range(1, n + horizon + 1):
        past = np.array(y[: t - 1], dtype=float)
        known = np.flatnonzero(np.isfinite(past))
        slope, intercept = 0.0, 0.0
        if len(known) == 1:
            intercept = past[known[0]]
        elif len(known):
            slope, intercept = np.polyfit(known + 1.0, past[known], 1)
        line = (1 - alpha) ** (t - 1) * intercept + (1 - (1 - alpha) ** t) / alpha * slope
        mean = level + omega * line
        fitted.append(mean)
        if t > n:
            y.append(mean)
        level = alpha * (mean if np.isnan(y[t - 1]) else y[t - 1]) + (1 - alpha) * level
    return np.array(fitted[:n]), np.array(fitted[n:])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), gaps=st.integers(0, 4))
def test_the_recursion_is_the_papers(seed, gaps):
    rng = np.random.default_rng(seed)
    y = 50 + rng.normal(0, 3, 24).cumsum() + rng.normal(0, 5, 24)
    y[rng.integers(1, 23, gaps)] = np.nan
    size = np.nanmean(np.abs(y))
    fit = dynamic_theta(y[None], horizon=4)
    alpha, theta, start = (fit.parameters[k][0] for k in ("alpha", "theta", "initial_level"))
    fitted, forecast = slow(y, alpha, 1 - 1 / theta, start * size, 4)
    np.testing.assert_allclose(fit.fitted[0], fitted, rtol=1e-6)
    np.testing.assert_allclose(fit.forecast[0], np.clip(forecast, 0, 3 * np.nanmax(y)), rtol=1e-6)


def test_no_other_parameters_have_smaller_errors():
    y = series(0)[0]
    fit = dynamic_theta(y[None], horizon=1, prior=None)
    alpha, theta, start = (fit.parameters[k][0] for k in ("alpha", "theta", "initial_level"))
    best = ((y - fit.fitted[0])[3:] ** 2).sum()
    rng = np.random.default_rng(1)
    for _ in range(40):
        a = np.clip(alpha + rng.normal(0, 0.02), 0.1, 0.97)
        omega = np.clip(1 - 1 / theta + rng.normal(0, 0.05), 0, 0.999)
        level = start * np.abs(y).mean() + rng.normal(0, 3)
        assert ((y - slow(y, a, omega, level, 1)[0])[3:] ** 2).sum() >= best * (1 - 1e-6)


def test_a_prior_keeps_a_short_series_from_running_away():
    few = np.array([[10.0, 11.0, 13.0, 16.0, 21.0]])
    free = dynamic_theta(few, horizon=12, prior=None).forecast[0, -1]
    assert 10 < dynamic_theta(few, horizon=12).forecast[0, -1] < free
