"""Holt-Winters: hand cases, statsmodels' recursion, least errors, logarithms."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from crmlytics.forecast._additive import first_states, run_additive
from crmlytics.forecast._lockstep import block_of
from crmlytics.forecast._prior import Prior
from crmlytics.forecast.holt_winters import (
    _run_multiplicative,
    holt_winters_additive,
    holt_winters_log,
    holt_winters_multiplicative,
)
from tests.forecast.golden_members import series

QUARTERS = np.array([8.0, 10.0, 9.0, 13.0])
ALL = (holt_winters_additive, holt_winters_multiplicative, holt_winters_log)


@pytest.mark.parametrize("member", ALL)
def test_an_exact_season_goes_on(member):
    fit = member(np.tile(QUARTERS, 6)[None], season_length=4, horizon=6)
    np.testing.assert_allclose(fit.forecast, [np.tile(QUARTERS, 2)[:6]], rtol=1e-5)
    np.testing.assert_allclose(fit.fitted, np.tile(QUARTERS, 6)[None], rtol=1e-5)


def test_one_step_by_hand():
    # l = 10, b = 1, s = (2, -2); alpha .5, beta .1, phi .8, gamma .2; y = 14.
    # e = 14 - (10 + .8) - 2 = 1.2: l = 10.8 + .6, b = .8 + .12, s = 2 + .24.
    start = first_states(np.full((1, 2), 10.0), np.array([[2.0, -2.0]]), 2)
    start = start._replace(level=np.array([10.0]), trend=np.array([1.0]))
    gains = np.array([0.5, 0.1, 0.8, 0.2])[:, None, None]
    # One period, the one before column 0 of the season: that is its last column.
    start = start._replace(season=start.season[::-1])
    squares, end = run_additive(block_of(np.array([[14.0]])), start, gains)
    assert squares[0, 0] == pytest.approx(1.44)
    assert [end.level[0, 0], end.trend[0, 0]] == pytest.approx([11.4, 0.92])
    assert end.season[1, 0, 0] == pytest.approx(2.24)


@pytest.mark.parametrize(
    ("kind", "run"), [("add", run_additive), ("mul", _run_multiplicative)]
)  # fmt: skip
def test_the_recursion_is_that_of_statsmodels(kind, run, golden):
    y = series(6)[0]
    alpha, beta, phi, gamma = 0.3, 0.05, 0.9, 0.2
    index = np.array([0.8, 0.85, 0.9, 1, 1.05, 1.1, 1.2, 1.15, 1, 0.95, 0.9, 1.1])
    index = index if kind == "mul" else 150 * (index - 1)
    model = ExponentialSmoothing(
        y, trend="add", damped_trend=True, seasonal=kind, seasonal_periods=12,
        initialization_method="known", initial_level=140.0, initial_trend=0.5,
        initial_seasonal=index,
    ).fit(
        smoothing_level=alpha, smoothing_trend=beta / alpha, damping_trend=phi,
        smoothing_seasonal=gamma, optimized=False,
    )  # fmt: skip
    start = first_states(y[None], index[None], 12)
    start = start._replace(level=np.array([140.0]), trend=np.array([0.5]))
    fitted = np.empty((1, len(y)))
    gains = np.array([alpha, beta, phi, gamma])[:, None, None]
    squares, _ = run(block_of(y[None]), start, gains, fitted)
    golden(
        f"damped Holt-Winters ({kind}), sum of squared errors", ours=float(squares[0, 0]),
        published=float(model.sse), source="statsmodels", tolerance=1e-8 * model.sse,
    )  # fmt: skip
    np.testing.assert_allclose(fitted[0], model.fittedvalues, rtol=1e-9)


@pytest.mark.parametrize("member", ALL[:2])
def test_neighbouring_parameters_have_larger_errors(member):
    y = series(7)
    best = member(y, season_length=12, horizon=1, prior=None)
    here = np.array([best.parameters[k][0] for k in ("alpha", "beta", "phi", "gamma")])
    point = [here[0], here[1] / here[0], here[2], here[3] / (1 - here[0])]
    least = ((y - best.fitted) ** 2).sum()
    for axis, step in enumerate((0.03, 0.03, 0.01, 0.03)):
        for sign in (-1, 1):
            moved = list(point)
            moved[axis] += sign * step
            tight = Prior(centre=tuple(moved), sd=(1e-4,) * 4)
            other = member(y, season_length=12, horizon=1, prior=tight)
            assert ((y - other.fitted) ** 2).sum() >= least * (1 - 1e-3)


def test_values_that_are_not_positive_are_added():
    y = np.tile(QUARTERS, 6)[None] - 9
    expected = holt_winters_additive(y, season_length=4, horizon=4).forecast
    for member in ALL[1:]:
        both = member(np.concatenate([y + 20, y]), season_length=4, horizon=4)
        np.testing.assert_array_equal(both.forecast[1], expected[0])
        np.testing.assert_allclose(both.forecast[0], QUARTERS + 11, rtol=1e-4)


def test_logarithms_are_additive_smoothing_of_logarithms():
    y = series(8)
    ours = holt_winters_log(y, season_length=12, horizon=6, prior=None)
    same = ours.parameters
    # A series times itself: the logarithm doubles, so does its forecast.
    other = holt_winters_log(y**2 / 100, season_length=12, horizon=6, prior=None)
    np.testing.assert_allclose(np.log(other.forecast * 100), 2 * np.log(ours.forecast), rtol=1e-3)
    assert 0.8 <= same["phi"][0] <= 0.98


def test_less_than_two_seasons_have_no_season():
    y = np.array([[8.0, 10.0, 9.0, 13.0, 8.5, 10.5]])
    fit = holt_winters_additive(y, season_length=4, horizon=8)
    assert fit.parameters["gamma"][0] == 0
    assert np.ptp(np.diff(fit.forecast[0])) < 0.2
