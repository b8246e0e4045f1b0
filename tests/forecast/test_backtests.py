"""Backtests: by hand, no look ahead, scored as they are, on every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import NotEnoughDataError
from crmlytics.evaluation import score_table
from crmlytics.forecast import SalesForecaster, backtest
from tests.support.engines import columns
from tests.support.purchases import assert_same


def quarters(n_series=2, n=16, seed=0):
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2020-01-01", periods=n, freq="QS")
    return pd.DataFrame(
        {
            "series": np.repeat([f"s{i}" for i in range(n_series)], n),
            "date": np.tile(dates, n_series),
            "value": rng.gamma(20.0, 5.0, n_series * n).round(1),
        }
    )


FORECASTER = SalesForecaster(horizon=2, levels=(0.8,))
OPTIONS = {"n_origins": 3, "step": 2, "series_col": "series"}


def test_by_hand(engine):
    sales = quarters()
    found = engine.columns(backtest(FORECASTER, engine.make(sales), **OPTIONS))
    assert list(found) == [
        "series", "origin", "date", "ahead", "model", "actual", "forecast", "low_80", "high_80",
        "status",
    ]  # fmt: skip
    table = pd.DataFrame(found)
    # 16 quarters to the end of 2023: the last origin is half a year before, the others a half
    # year apart.
    assert sorted(set(table["origin"])) == [
        dt.date(2022, 6, 30), dt.date(2022, 12, 31), dt.date(2023, 6, 30),
    ]  # fmt: skip
    assert len(table) == 3 * 2 * 2 * 2
    naive = table[table["model"] == "seasonal_naive"]
    known = {(row.series, row.date.date()): row.value for row in sales.itertuples()}
    for row in naive.itertuples():
        assert row.actual == known[row.series, row.date]
        assert row.forecast == known[row.series, row.date.replace(year=row.date.year - 1)]
    assert naive[["low_80", "high_80"]].isna().all(axis=None)


def test_it_is_what_the_forecaster_says_on_the_past_alone():
    sales = quarters(n=20)
    table = backtest(FORECASTER, sales, n_origins=1, step=1, series_col="series")
    table = table[table["model"] == "forecaster"]
    before = sales[sales["date"] < table["date"].min()]
    alone = SalesForecaster(horizon=2, levels=(0.8,)).fit(before, series_col="series").predict()
    kept = ["series", "date", "forecast", "low_80", "high_80", "status"]
    assert_same(columns(table[kept]), columns(alone[kept]))


def test_score_table_takes_it_as_it_is():
    sales = quarters(n=24)
    table = backtest(FORECASTER, sales, **OPTIONS)
    scores = score_table(
        sales, table, train=sales, season_length=4, series_col="series", origin_col="origin",
        model_col="model",
    )  # fmt: skip
    assert scores["model"].tolist() == ["forecaster", "seasonal_naive"]
    assert scores["n"].tolist() == [12, 12]
    ours = table[table["model"] == "forecaster"]
    wape = (ours["actual"] - ours["forecast"]).abs().sum() / ours["actual"].sum()
    assert scores["wape"][0] == pytest.approx(wape)
    assert 0 <= scores["coverage_80"][0] <= 1


def test_regressors_of_the_past_are_known():
    sales = quarters(1, 40).assign(promotion=0.0)
    sales.loc[[5, 11, 18, 24, 30, 38], "promotion"] = 1.0
    sales["value"] = 100 + 80 * sales["promotion"] + np.arange(40) % 3
    forecaster = SalesForecaster(horizon=2, regressors=["promotion"])
    table = backtest(forecaster, sales, n_origins=1, step=1)
    ours = table[table["model"] == "forecaster"]
    np.testing.assert_allclose(ours["forecast"], ours["actual"], rtol=0.1)


def test_too_far_back_is_refused():
    with pytest.raises(NotEnoughDataError, match="reach back 22 of 16 periods"):
        backtest(FORECASTER, quarters(), n_origins=11, step=2, series_col="series")
    with pytest.raises(ValueError, match="n_origins must be"):
        backtest(FORECASTER, quarters(), n_origins=0, step=2, series_col="series")
