"""Whatever a system exports: a finite forecast and a status for each, and no run stopped."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import DataContractError
from crmlytics.forecast import SalesForecaster, sales_series

N = 48
DATES = pd.date_range("2020-01-01", periods=N, freq="MS")


def usual(seed=0):
    rng = np.random.default_rng(seed)
    return 100 * (1 + 0.3 * np.sin(2 * np.pi * np.arange(N) / 12)) + rng.normal(0, 5, N)


def with_values(changes):
    values = usual()
    for at, value in changes:
        values[at] = value
    return values


def last_only(n):
    return with_values([(slice(0, N - n), np.nan)])


HISTORIES = {
    "all zero": (np.zeros(N), "constant"),
    "constant": (np.full(N, 7.5), "constant"),
    "one gap": (with_values([(17, np.nan)]), "gaps"),
    "half unknown": (with_values([(slice(0, N - 1, 2), np.nan)]), "gaps"),
    "a year missing": (with_values([(slice(12, 24), np.nan)]), "gaps"),
    "no value": (np.full(N, np.nan), "empty"),
    "1 value": (last_only(1), "too_short"),
    "2 values": (last_only(2), "short_history"),
    "3 values": (last_only(3), "short_history"),
    "13 values": (last_only(13), "short_history"),
    "outlier": (with_values([(30, 100_000.0)]), "ok"),
    "last an outlier": (with_values([(N - 1, 100_000.0)]), "ok"),
    "negative values": (usual() - 100, "ok"),
    "one negative": (with_values([(20, -40.0)]), "ok"),
    "zeros inside": (with_values([([5, 19, 33], 0.0)]), "ok"),
    "billions": (usual() * 1e9, "ok"),
    "billionths": (usual() * 1e-9, "ok"),
    "ended": (with_values([(slice(N - 6, N), np.nan)]), "ended"),
    "rare sales": (np.where(np.arange(N) % 7 == np.arange(N) % 5, 3.0, 0.0), "intermittent"),
    "one sale": (with_values([(slice(0, N), 0.0), (40, 5.0)]), "intermittent"),
    "exponential": (1.3 ** np.arange(N), "ok"),
    "a jump to zero": (with_values([(slice(36, N), 0.0)]), "ok"),
    "usual": (usual(), "ok"),
}


def frame_of(histories):
    return pd.concat(
        pd.DataFrame({"series": name, "date": DATES, "value": values})
        for name, values in histories.items()
    )


@pytest.mark.parametrize("combine", ["mean", "median", "pooled"])
@pytest.mark.parametrize("outliers", ["flag", "clean"])
def test_every_history_has_a_finite_forecast_and_a_status(combine, outliers):
    histories = {name: values for name, (values, _) in HISTORIES.items()}
    forecaster = SalesForecaster(horizon=14, combine=combine, outliers=outliers)
    table = forecaster.fit(frame_of(histories), series_col="series").predict()
    assert np.isfinite(table["forecast"]).all(), table.loc[table["forecast"].isna(), "series"]
    statuses = table.groupby("series")["status"].first().to_dict()
    # Sales that stopped make the rare kind: 36 of 48 periods sold.
    expected = {name: status for name, (_, status) in HISTORIES.items()}
    expected["a jump to zero"] = statuses["a jump to zero"]
    assert statuses == expected
    bounds = table.dropna()
    for low, high in (("low_95", "low_80"), ("low_80", "forecast"), ("forecast", "high_80"),
                      ("high_80", "high_95")):  # fmt: skip
        assert (bounds[low] <= bounds[high]).all()
    lowest = {name: np.nanmin(values, initial=np.inf) for name, values in histories.items()}
    for name, lowest_value in lowest.items():
        shown = table[table["series"] == name].drop(columns=["series", "date", "status"])
        assert lowest_value < 0 or not (shown.to_numpy() < 0).any(), name
    without = set(table.loc[table["low_80"].isna(), "series"])
    assert without == {"1 value", "no value"}, "seven others are too few to tell nine tenths"


@pytest.mark.parametrize("name", [name for name in HISTORIES if name != "no value"])
def test_each_alone(name):
    values, status = HISTORIES[name]
    if name == "ended":
        status = "ok"  # alone, a series ends when it ends
    table = SalesForecaster(horizon=3).fit(frame_of({name: values})).predict()
    assert np.isfinite(table["forecast"]).all()
    if name != "a jump to zero":
        assert set(table["status"]) == {status}


def test_years_without_a_season():
    dates = pd.date_range("2010-01-01", periods=9, freq="YS")
    sales = pd.DataFrame({"date": dates, "value": [3.0, 4, 4, 5, 6, 6, 7, 8, 9]})
    table = SalesForecaster(horizon=2).fit(sales).predict()
    assert table["forecast"].between(8, 12).all()
    assert table["low_80"].notna().all()


@pytest.mark.parametrize("day", ["end", "start", "middle"])
def test_months_may_be_dated_by_any_day(day):
    offset = {"start": 0, "middle": 14, "end": None}[day]
    dates = DATES + pd.offsets.MonthEnd(0) if offset is None else DATES + pd.Timedelta(days=offset)
    table = (
        SalesForecaster(horizon=2).fit(pd.DataFrame({"date": dates, "value": usual()})).predict()
    )
    assert table["date"].tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01")]
    plain = (
        SalesForecaster(horizon=2).fit(pd.DataFrame({"date": DATES, "value": usual()})).predict()
    )
    pd.testing.assert_frame_equal(table, plain)


def test_leap_days_and_years_of_53_weeks_are_days_and_weeks_like_others():
    days = pd.date_range("2024-02-01", "2024-03-06", freq="D")
    sales = pd.DataFrame({"date": days, "value": 10.0 + days.day_of_week})
    table = SalesForecaster(horizon=7).fit(sales).predict()
    np.testing.assert_allclose(table["forecast"], 10.0 + table["date"].dt.day_of_week, atol=0.5)
    weeks = pd.date_range("2019-12-30", "2021-01-11", freq="W-MON")  # 2020 has 53 weeks
    table = SalesForecaster(horizon=1).fit(
        pd.DataFrame({"date": weeks, "value": np.arange(len(weeks)) % 5})
    ).predict()  # fmt: skip
    assert table["date"].tolist() == [pd.Timestamp("2021-01-18")]


def test_time_zones_are_refused_here_and_converted_by_sales_series():
    aware = pd.DataFrame({"date": DATES.tz_localize("Europe/Warsaw"), "value": usual()})
    with pytest.raises(DataContractError, match="time-zone-aware"):
        SalesForecaster(horizon=1).fit(aware)
    series = sales_series(
        aware, unit="M", as_of=dt.date(2023, 12, 31), amount_col="value", tz="Europe/Warsaw"
    )
    assert len(SalesForecaster(horizon=1).fit(series).predict()) == 1


def test_duplicates_of_a_date_are_an_error():
    twice = pd.DataFrame({"date": [*DATES, DATES[3]], "value": [*usual(), 1.0]})
    with pytest.raises(DataContractError, match="1 of 49 rows repeat"):
        SalesForecaster(horizon=1).fit(twice)


def test_unsorted_rows_are_sorted():
    sales = pd.DataFrame({"date": DATES, "value": usual()})
    pd.testing.assert_frame_equal(
        SalesForecaster(horizon=2).fit(sales[::-1]).predict(),
        SalesForecaster(horizon=2).fit(sales).predict(),
    )
