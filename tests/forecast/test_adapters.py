"""Adapters: statsmodels' own numbers, failures counted, statsforecast where it is installed."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from crmlytics.errors import DataQualityWarning, MissingDependencyError
from crmlytics.forecast import StatsForecastMember, StatsModelsMember
from tests.forecast.golden_members import series


def test_holt_winters_is_that_of_statsmodels(golden):
    y = series(6)[:, -48:]
    late = np.concatenate([np.full((1, 5), np.nan), y], axis=1)
    fit = StatsModelsMember(seasonal="multiplicative")(late, season_length=12, horizon=6)
    theirs = ExponentialSmoothing(
        y[0], trend="add", damped_trend=True, seasonal="mul", seasonal_periods=12
    ).fit()
    golden(
        "damped Holt-Winters through the adapter", ours=fit.forecast[0].tolist(),
        published=theirs.forecast(6).tolist(), source="statsmodels", tolerance=1e-9,
    )  # fmt: skip
    assert np.isnan(fit.fitted[0, :5]).all()
    np.testing.assert_allclose(fit.fitted[0, 5:], theirs.fittedvalues)


@pytest.mark.parametrize("method", ["ets", "arima"])
def test_other_methods_follow_a_season(method):
    rng = np.random.default_rng(0)
    season = np.array([8.0, 10.0, 9.0, 13.0])
    y = np.tile(season, 8)[None] + rng.normal(0, 0.1, (1, 32))
    y[0, 9] = np.nan
    fit = StatsModelsMember(method, seasonal="multiplicative")(y, season_length=4, horizon=4)
    np.testing.assert_allclose(fit.forecast, season[None], rtol=0.05)


def test_a_series_that_fails_is_counted_and_stops_nobody():
    y = np.stack([np.full(12, np.nan), np.arange(12.0), np.arange(12.0)])
    y[1, :11] = np.nan
    with pytest.warns(DataQualityWarning, match="1 of 3 series could not be fitted"):
        fit = StatsModelsMember()(y, season_length=1, horizon=2)
    assert np.isnan(fit.forecast[:2]).all()
    assert np.isfinite(fit.forecast[2]).all()


def test_words_are_checked():
    with pytest.raises(ValueError, match="method"):
        StatsModelsMember("prophet")
    with pytest.raises(ValueError, match="seasonal"):
        StatsModelsMember(seasonal="yes")


def test_statsforecast_is_asked_for_where_it_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsforecast.models", None)
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    with pytest.raises(MissingDependencyError, match="pip install 'statsforecast"):
        StatsForecastMember("AutoETS")


def test_statsforecast_is_called_with_and_without_a_season(monkeypatch):
    class Seasonal:
        def __init__(self, season_length):
            self.m = season_length

        def forecast(self, y, h, fitted):
            assert fitted
            assert np.isfinite(y).all()
            return {"mean": np.full(h, y[-self.m]), "fitted": y}

    class Plain(Seasonal):
        def __init__(self):
            self.m = 1

    models = types.SimpleNamespace(Seasonal=Seasonal, Plain=Plain)
    monkeypatch.setitem(sys.modules, "statsforecast", types.SimpleNamespace(models=models))
    monkeypatch.setitem(sys.modules, "statsforecast.models", models)
    y = np.array([[np.nan, 1.0, 2.0, np.nan, 4.0]])
    for name, last in (("Seasonal", 3.0), ("Plain", 4.0)):
        fit = StatsForecastMember(name)(y, season_length=2, horizon=2)
        np.testing.assert_array_equal(fit.forecast, [[last, last]])
        np.testing.assert_array_equal(fit.fitted, [[np.nan, 1, 2, 3, 4]])
    with pytest.raises(ValueError, match=r"statsforecast\.models"):
        StatsForecastMember("Nothing")
