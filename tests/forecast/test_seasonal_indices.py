"""seasonal_index_table: a hand case, statsmodels' classical season, coverage, calendars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast import seasonal_index_table


def series(values, freq, start="2020-01-01"):
    dates = pd.date_range(start, periods=len(values), freq=freq)
    return pd.DataFrame({"date": dates, "value": np.asarray(values, float)})


def test_by_hand():
    # Around a level of 10: 8, 12, 8, 12 …; the 2 x 2 average is 10 at every inner period.
    table = seasonal_index_table(series([8, 12] * 4, "QS"), season_length=2)
    assert table["index"].tolist() == pytest.approx([0.8, 1.2])
    assert table["n"].tolist() == [3, 3]
    assert (table["low"].tolist(), table["high"].tolist()) == (
        pytest.approx([0.8, 1.2]), pytest.approx([0.8, 1.2]),
    )  # fmt: skip
    added = seasonal_index_table(series([8, 12] * 4, "QS"), season_length=2, model="additive")
    assert added["index"].tolist() == pytest.approx([-2, 2])


@pytest.mark.parametrize("model", ["multiplicative", "additive"])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), m=st.integers(2, 13))
def test_statsmodels_classical_season(model, seed, m):
    from statsmodels.tsa.seasonal import seasonal_decompose

    values = np.random.default_rng(seed).gamma(20, 2, 5 * m)
    theirs = seasonal_decompose(values, model=model, period=m).seasonal[:m]
    table = seasonal_index_table(series(values, "D"), season_length=m, unit="D", model=model)
    shift = (3 + pd.Timestamp("2020-01-01").toordinal() - 719163) % 7 if m == 7 else 0
    np.testing.assert_allclose(np.roll(table["index"], -shift), theirs, rtol=1e-9, atol=1e-9)


def test_seasons_are_the_calendars():
    months = seasonal_index_table(series(np.arange(40) % 12 + 5.0, "MS", "2020-04-01"))
    # The first value, 5, is of April.
    assert months.loc[months["index"].idxmin(), "season"] == 4
    days = series(np.where(np.arange(70) % 7 == 0, 20.0, 10.0), "D", "2024-01-06")  # a Saturday
    week = seasonal_index_table(days)
    assert week.loc[week["index"].idxmax(), "season"] == 6
    quarters = seasonal_index_table(series([1, 1, 1, 9] * 5, "QS", "2021-10-01"))
    assert quarters.loc[quarters["index"].idxmax(), "season"] == 3


def test_intervals_cover_planted_indices():
    """400 series of 8 years with known indices: 90 % of them inside."""
    rng = np.random.default_rng(4)
    truth = np.array([0.8, 1.0, 1.3, 0.9])
    rows = pd.concat([
        series(100 * np.tile(truth, 8) * rng.normal(1, 0.05, 32), "QS").assign(series=i)
        for i in range(400)
    ])  # fmt: skip
    table = seasonal_index_table(rows, series_col="series", level=0.9)
    inside = (table["low"] <= np.tile(truth, 400)) & (np.tile(truth, 400) <= table["high"])
    # The moving average holds part of the noise that it is to measure: slightly off 0.9.
    assert 0.87 < inside.mean() < 0.95


def test_statuses_and_gaps():
    rng = np.random.default_rng(0)
    good = rng.gamma(9, 2, 24)
    holes = good.copy()
    holes[[3, 9]] = np.nan
    rows = pd.concat([
        series(values, "MS").assign(series=name)
        for name, values in {
            "good": good, "holes": holes, "short": good[:11], "zero": np.zeros(24),
        }.items()
    ])  # fmt: skip
    table = seasonal_index_table(rows, series_col="series", season_length=4)
    status = table.groupby("series")["status"].first()
    assert status.to_dict() == {
        "good": "ok", "holes": "ok", "short": "ok", "zero": "not_positive",
    }  # fmt: skip
    assert table[table["series"] == "holes"]["n"].sum() == 20 - 2
    yearly = seasonal_index_table(rows, series_col="series")
    assert yearly[yearly["series"] == "short"]["index"].isna().all()
    assert set(yearly[yearly["series"] == "short"]["status"]) == {"short"}
    once = seasonal_index_table(series(good, "MS"))
    assert once["n"].tolist() == [1] * 12
    assert once["low"].isna().all()  # one ratio has no spread
    assert once["index"].mean() == pytest.approx(1)


def test_refusals():
    with pytest.raises(ValueError, match="season_length"):
        seasonal_index_table(series([1, 2, 3], "YS"))
    with pytest.raises(ValueError, match="model"):
        seasonal_index_table(series([1, 2, 3], "QS"), model="classic")
    with pytest.raises(ValueError, match="level"):
        seasonal_index_table(series([1, 2, 3], "QS"), level=95)
