"""plot_forecast: what is on the axes."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError
from crmlytics.forecast import SalesForecaster, plot_forecast

figure = pytest.importorskip("matplotlib.figure")


@pytest.fixture
def sales():
    rng = np.random.default_rng(0)
    dates = pd.date_range("2020-01-01", periods=36, freq="MS")
    return pd.DataFrame({"date": dates, "value": rng.gamma(4.0, 2500.0, 36)})


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_history_forecast_and_fan(engine, sales):
    table = SalesForecaster(horizon=6, levels=(0.8, 0.95, 0.5)).fit(engine.make(sales)).predict()
    ax = plot_forecast(table, engine.make(sales[::-1]), value_label="sales, EUR")
    intervals = ["95 % interval", "80 % interval", "50 % interval"]
    assert labels(ax) == ["history", *intervals, "forecast"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("date", "sales, EUR")
    history, forecast = ax.get_lines()
    assert len(history.get_xdata()) == 36
    # The fan begins at the last value known.
    assert forecast.get_xdata()[0] == history.get_xdata()[-1]
    assert forecast.get_ydata()[0] == history.get_ydata()[-1]
    assert len(forecast.get_xdata()) == 7
    shades = [each.get_alpha() for each in ax.collections]
    assert shades == sorted(shades)
    ax.figure.savefig(io.BytesIO())


def test_axes_given_are_drawn_on(sales):
    ax = figure.Figure(figsize=(3.6, 2.8), layout="constrained").subplots()
    table = SalesForecaster(horizon=6).fit(sales).predict()
    assert plot_forecast(table, ax=ax) is ax
    assert labels(ax) == ["95 % interval", "80 % interval", "forecast"]
    assert ax.get_ylabel() == "value"
    ax.figure.savefig(io.BytesIO())


def test_names_of_columns_are_passed_on(sales):
    named = sales.rename(columns={"date": "month", "value": "sales"})
    forecaster = SalesForecaster(horizon=2)
    table = forecaster.fit(named, date_col="month", value_col="sales").predict()
    ax = plot_forecast(table, named, date_col="month", value_col="sales")
    assert ax.get_ylabel() == "sales"


def test_one_period_ahead_alone_is_a_bar(sales):
    table = SalesForecaster(horizon=1).fit(sales).predict()
    ax = plot_forecast(table)
    heights = [np.ptp(each.get_segments()[0][:, 1]) for each in ax.collections]
    expected = [table["high_95"] - table["low_95"], table["high_80"] - table["low_80"]]
    np.testing.assert_allclose(heights, np.ravel(expected))


def test_gaps_and_missing_intervals_are_left_open(sales):
    sales.loc[[3, 35], "value"] = np.nan
    table = SalesForecaster(horizon=3, unit="M").fit(sales.iloc[34:]).predict()
    assert set(table["status"]) == {"too_short"}
    ax = plot_forecast(table, sales)
    ax.figure.savefig(io.BytesIO())
    assert np.isnan(ax.get_lines()[0].get_ydata()).sum() == 2


def test_several_series_are_refused(sales):
    both = pd.concat([sales.assign(shop="a"), sales.assign(shop="b")])
    table = SalesForecaster(horizon=2).fit(both, series_col="shop").predict()
    with pytest.raises(ValueError, match="2 of 4 rows of table repeat a date"):
        plot_forecast(table)
    with pytest.raises(ValueError, match="36 of 72 rows of history"):
        plot_forecast(table[table["shop"] == "a"], both)


def test_missing_columns_are_named(sales):
    table = SalesForecaster(horizon=2).fit(sales).predict()
    with pytest.raises(ColumnNotFoundError, match="value_col='revenue'"):
        plot_forecast(table, sales, value_col="revenue")
    with pytest.raises(ColumnNotFoundError, match="'forecast'"):
        plot_forecast(sales)


def test_matplotlib_is_loaded_for_drawing_only_and_pyplot_not_for_given_axes():
    code = (
        "import sys, crmlytics; assert 'sklearn' not in sys.modules\n"
        "import crmlytics.forecast as f, pandas as pd; assert 'matplotlib' not in sys.modules\n"
        "table = pd.DataFrame({'date': pd.to_datetime(['2024-01-01']), 'forecast': [1.0]})\n"
        "from matplotlib.figure import Figure\n"
        "f.plot_forecast(table, ax=Figure().subplots())\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
