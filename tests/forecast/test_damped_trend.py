"""damped_holt: Holt-Winters without a season, a trend that dies away, a season put back."""

from __future__ import annotations

import numpy as np

from crmlytics.forecast.damped_trend import damped_holt
from crmlytics.forecast.holt_winters import holt_winters_additive
from tests.forecast.golden_members import series


def test_without_a_season_it_is_holt_winters():
    y = series(3)
    one, other = damped_holt(y, horizon=8), holt_winters_additive(y, season_length=1, horizon=8)
    np.testing.assert_allclose(one.forecast, other.forecast, rtol=1e-9)


def test_the_trend_dies_away():
    y = series(4)
    fit = damped_holt(y, horizon=9)
    steps = np.diff(fit.forecast[0])
    # Each step is phi times the one before: l + b (phi + phi^2 + ...).
    np.testing.assert_allclose(steps[1:] / steps[:-1], fit.parameters["phi"][0], rtol=1e-6)


def test_a_season_is_taken_out_and_put_back():
    season = np.array([0.7, 1.0, 1.3, 1.0])
    y = np.tile(season, 8)[None] * 50
    np.testing.assert_allclose(
        damped_holt(y, season_length=4, horizon=4).forecast, [season * 50], rtol=1e-5
    )
