"""plot_backtest: one line for what came, one for each origin, and nothing of the yardstick."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError
from crmlytics.forecast import SalesForecaster, backtest, plot_backtest

pytest.importorskip("matplotlib")

SALES = pd.DataFrame(
    {
        "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
        "value": [10.0, 14, 12, 20, 11, 15, 13, 22, 12, 17, 14, 24],
    }
)


def past(sales=SALES, **options):
    return backtest(SalesForecaster(horizon=2), sales, n_origins=3, step=1, **options)


def test_each_origin_is_a_line_beside_what_came(engine):
    table = past()
    ax = plot_backtest(engine.make(table), value_label="sales, EUR")
    *forecasts, came = ax.get_lines()
    ours = table[table["model"] == "forecaster"]
    assert len(forecasts) == 3
    for line, (_, rows) in zip(forecasts, ours.groupby("origin"), strict=True):
        np.testing.assert_allclose(line.get_ydata(), rows["forecast"])
    np.testing.assert_array_equal(came.get_ydata(), [12.0, 17.0, 14.0, 24.0])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "80 % interval", "forecast from an origin", "what came",
    ]  # fmt: skip
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("date", "sales, EUR")
    assert len(ax.collections) == 3
    ax.figure.savefig(io.BytesIO())


def test_without_bounds_there_is_no_band():
    table = past().drop(columns=["low_80", "high_80", "low_95", "high_95"])
    assert not plot_backtest(table).collections


def test_several_series_and_other_tables_are_refused():
    two = pd.concat([SALES.assign(shop="a"), SALES.assign(shop="b")])
    with pytest.raises(ValueError, match="6 of 12 rows of table repeat an origin and date"):
        plot_backtest(past(two, series_col="shop"))
    with pytest.raises(ColumnNotFoundError, match="origin"):
        plot_backtest(SALES)
