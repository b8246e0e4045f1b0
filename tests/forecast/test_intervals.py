"""Intervals: the level words, a printed table of Student's t, coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast.intervals import check_levels, student_interval
from crmlytics.forecast.naive import seasonal_naive


def test_levels_are_named_by_percent():
    assert check_levels((0.8, 0.95, 0.975, 0.29)) == {
        "80": 0.8, "95": 0.95, "97.5": 0.975, "29": 0.29,
    }  # fmt: skip
    assert check_levels([]) == {}


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((80,), r"did you mean 0\.8"),
        ((0.8, 1.0), "levels must be a fraction"),
        (0.95, "in a sequence"),
        ((0.8, 0.8), "must differ"),
        ("80", "levels must be a fraction"),
    ],
)
def test_wrong_levels_are_refused(levels, words):
    with pytest.raises(ValueError, match=words):
        check_levels(levels)


@pytest.mark.parametrize(
    ("freedom", "level", "quantile"),
    # The table of Student's t in any textbook: 1, 5, 10, 30 degrees of freedom; the last is the
    # normal distribution's, approached from above.
    [(1, 0.95, 12.706), (5, 0.8, 1.476), (10, 0.95, 2.228), (30, 0.8, 1.310), (10**6, 0.95, 1.960)],
)
def test_quantiles_of_the_printed_table(freedom, level, quantile):
    low, high = student_interval(np.array([[3.0]]), np.array([[1.0]]), np.array([freedom]), level)
    assert high[0, 0] - 3.0 == pytest.approx(quantile, abs=5e-4)  # printed to three places
    assert 3.0 - low[0, 0] == pytest.approx(quantile, abs=5e-4)


def test_no_residual_no_interval():
    low, high = student_interval(np.ones((1, 2)), np.full((1, 2), np.nan), np.array([0]), 0.8)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


N_SERIES = 6000
# Four standard errors of a share near 0.8 over 6,000 independent series: one of 16,000 horizons
# falls out by chance, and the seeds are fixed.
BAND = 4 * np.sqrt(0.8 * 0.2 / N_SERIES)


@pytest.mark.parametrize(
    ("m", "seasons", "missing"),
    [(4, 2, 0.0), (4, 6, 0.0), (12, 4, 0.0), (1, 10, 0.0), (4, 8, 0.2), (12, 6, 0.2), (1, 20, 0.2)],
)
def test_coverage_on_seasonal_random_walks(m, seasons, missing):
    rng = np.random.default_rng(20)
    n, horizon = m * seasons, 2 * m + 1
    walks = rng.normal(size=(N_SERIES, seasons + 3, m)).cumsum(axis=1).reshape(N_SERIES, -1)
    past, future = walks[:, :n].copy(), walks[:, n : n + horizon]
    past[rng.random(past.shape) < missing] = np.nan
    fit = seasonal_naive(past, season_length=m, horizon=horizon)
    assert (fit.season_length == m).mean() > 0.999, "hardly any falls back to another model"
    for level in (0.8, 0.95):
        low, high = student_interval(fit.forecast, fit.scale, fit.n_residuals, level)
        there = np.isfinite(low)
        assert there.mean() > 0.999, "hardly any season was never seen"
        inside = (low <= future) & (future <= high)
        np.testing.assert_allclose(inside.sum(axis=0) / there.sum(axis=0), level, atol=BAND)


def test_coverage_of_short_histories_on_random_walks():
    rng = np.random.default_rng(21)
    walks = rng.normal(size=(N_SERIES, 11)).cumsum(axis=1)
    fit = seasonal_naive(walks[:, :6], season_length=12, horizon=5)
    for level in (0.8, 0.95):
        low, high = student_interval(fit.forecast, fit.scale, fit.n_residuals, level)
        inside = (low <= walks[:, 6:]) & (walks[:, 6:] <= high)
        np.testing.assert_allclose(inside.mean(axis=0), level, atol=BAND)


def test_normal_quantiles_would_cover_too_little():
    # Why Student's t: with 12 residuals a normal 95 % interval covers 92.6 % (t with 12 degrees
    # of freedom lies within 1.96 with probability 0.9264).
    rng = np.random.default_rng(22)
    walks = rng.normal(size=(N_SERIES, 3, 12)).cumsum(axis=1).reshape(N_SERIES, -1)
    fit = seasonal_naive(walks[:, :24], season_length=12, horizon=12)
    inside = np.abs(walks[:, 24:] - fit.forecast) <= 1.959964 * fit.scale
    # The twelve horizons of a series share their sigma: they count as one series.
    assert inside.mean() == pytest.approx(0.9264, abs=BAND)
