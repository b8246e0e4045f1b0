"""SalesForecaster: hand case, published accuracy, engines, statuses, laws, refusals."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlytics.errors import DataContractError
from crmlytics.forecast import SalesForecaster, sales_series
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log


def make_sales(n_series=3, n=30, *, seed=0, frequency="MS"):
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2021-01-01", periods=n, freq=frequency)
    return pd.DataFrame(
        {
            "shop": np.repeat([f"s{i:02d}" for i in range(n_series)], n),
            "month": np.tile(dates, n_series),
            "sales": np.round(rng.gamma(4.0, 25.0, n_series * n), 2),
        }
    )


COLUMNS = {"date_col": "month", "value_col": "sales", "series_col": "shop"}


def test_by_hand(engine):
    # Half years as "seasons" of two quarters. Differences: 2, 4, 2, -2; sigma = sqrt(7); four
    # residuals, t = 1.533 at 80 % and 2.776 at 95 %.
    sales = pd.DataFrame(
        {
            "date": pd.date_range("2023-01-01", periods=6, freq="QS"),
            "value": [11.0, 14.0, 13.0, 18.0, 15.0, 16.0],
        }
    )
    forecaster = SalesForecaster(horizon=3, season_length=2).fit(engine.make(sales))
    found = engine.columns(forecaster.predict())
    sd = np.sqrt([7.0, 7.0, 14.0])
    forecast = np.array([15.0, 16.0, 15.0])
    assert found["date"] == [dt.date(2024, 7, 1), dt.date(2024, 10, 1), dt.date(2025, 1, 1)]
    assert found["forecast"] == forecast.tolist()
    # Quantiles as printed in the tables, to three places.
    np.testing.assert_allclose(found["low_80"], forecast - 1.533 * sd, atol=2e-3)
    np.testing.assert_allclose(found["high_95"], forecast + 2.776 * sd, atol=2e-3)
    assert found["n_residuals"] == [4, 4, 4]
    assert found["status"] == ["ok"] * 3
    assert list(found) == [
        "date", "forecast", "low_80", "high_80", "low_95", "high_95", "n_residuals", "status",
    ]  # fmt: skip
    diagnostics = engine.columns(forecaster.diagnostics_)
    assert diagnostics.pop("sigma") == [pytest.approx(np.sqrt(7.0))]
    assert diagnostics == {
        "status": ["ok"], "n_observations": [6], "n_gaps": [0], "n_residuals": [4],
        "season_length": [2], "first": [dt.date(2023, 1, 1)], "last": [dt.date(2024, 4, 1)],
    }  # fmt: skip
    fitted = engine.columns(forecaster.fitted_)
    assert fitted["value"] == sales["value"].tolist()
    assert fitted["fitted"] == [None, None, 11.0, 14.0, 13.0, 18.0]
    assert fitted["date"][0] == dt.date(2023, 1, 1)


@pytest.fixture
def m3(data_dir):
    """Actual values of the M3 competition's monthly series, and forecasts of them, as arrays."""
    table = pd.read_parquet(data_dir / "m3_monthly" / "m3_monthly.parquet")
    table = table.astype({"unique_id": str}).sort_values(["unique_id", "idx"])
    train = table[table["split"] == "train"]
    # The calendar of M3 is nominal: let all series end in the same month.
    back = train.groupby("unique_id")["idx"].transform("max") - train["idx"]
    month = (np.datetime64("1994-12", "M") - back.to_numpy()).astype("datetime64[us]")
    forecaster = SalesForecaster(horizon=18).fit(
        train.assign(date=month), value_col="y", series_col="unique_id"
    )
    assert (forecaster.unit_, forecaster.season_length_) == ("M", 12)
    forecast = forecaster.predict()
    actual = table.loc[table["split"] == "test", "y"].to_numpy().reshape(-1, 18)
    histories = [each.to_numpy() for _, each in train.groupby("unique_id")["y"]]
    return actual, histories, forecast


@pytest.mark.data
def test_accuracy_on_the_m3_competition(m3, golden):
    # 300 monthly series of M3: sMAPE 16.725 and MASE 1.2447 by the SeasonalNaive of statsforecast
    # 2.1.1; sMAPE as in M4, MASE scaled by the training part; printed to 3 and 4 places.
    actual, histories, table = m3
    ids = table["unique_id"].to_numpy()[::18]
    chosen = np.isin(ids, np.random.default_rng(42).choice(ids, 300, replace=False))
    forecast = table["forecast"].to_numpy().reshape(-1, 18)[chosen]
    actual = actual[chosen]
    error = np.abs(actual - forecast)
    scale = [np.abs(values[12:] - values[:-12]).mean() for values in histories]
    source = "SeasonalNaive of statsforecast 2.1.1 on the same series"
    smape = float((200 * error / (actual + forecast)).mean())
    mase = float((error.mean(axis=1) / np.array(scale)[chosen]).mean())
    what = "M3 monthly, 300 series, seasonal naive"
    golden(f"{what}: sMAPE", ours=smape, published=16.725, tolerance=5.01e-4, source=source)
    golden(f"{what}: MASE", ours=mase, published=1.2447, tolerance=5.01e-5, source=source)


@pytest.mark.data
@pytest.mark.parametrize(
    ("percent", "whole", "second_year"), [("80", 0.81, 0.79), ("95", 0.93, 0.92)]
)
def test_coverage_on_the_m3_competition_is_what_the_guide_says(m3, percent, whole, second_year):
    actual, _, table = m3
    low = table[f"low_{percent}"].to_numpy().reshape(-1, 18)
    high = table[f"high_{percent}"].to_numpy().reshape(-1, 18)
    inside = (low <= actual) & (actual <= high)
    assert inside.mean() == pytest.approx(whole, abs=0.005)  # printed to whole percent
    assert inside[:, 12:].mean() == pytest.approx(second_year, abs=0.005)


def test_every_engine_says_the_same(engine):
    sales = make_sales()
    sales.loc[[5, 31], "sales"] = np.nan
    forecaster = SalesForecaster(horizon=14)
    expected = forecaster.fit(sales, **COLUMNS)
    tables = [columns(each) for each in (expected.predict(), expected.fitted_,
                                         expected.diagnostics_)]  # fmt: skip
    found = clone(forecaster).fit(engine.make(sales), **COLUMNS)
    for got, table in zip(
        (found.predict(), found.fitted_, found.diagnostics_), tables, strict=True
    ):
        assert_same(engine.columns(got), table)
    assert list(tables[0])[:3] == ["shop", "month", "forecast"]
    assert list(tables[1]) == ["shop", "month", "sales", "fitted"]


def test_from_transactions_to_forecast_without_the_partial_month(engine):
    log = engine.make(make_log(900, customers=3, days=700, seed=4, refunds=0.0))
    arguments = {"unit": "M", "as_of": dt.date(2024, 9, 12)}
    series = sales_series(log, **arguments)
    forecaster = SalesForecaster(horizon=2, season_length=4)
    expected = engine.columns(forecaster.fit(series).predict())
    assert expected["date"] == [dt.date(2024, 9, 1), dt.date(2024, 10, 1)]
    for incomplete in ("include", "mask"):
        series = sales_series(log, **arguments, incomplete=incomplete)
        assert_same(engine.columns(forecaster.fit(series).predict()), expected)


def test_statuses(engine):
    n = 16
    dates = pd.date_range("2020-01-01", periods=n, freq="QS")
    rng = np.random.default_rng(5)
    full = rng.gamma(4.0, 25.0, n)
    histories = {
        "ended": np.where(np.arange(n) < 12, full, np.nan),
        "gaps": np.where(np.arange(n) == 9, np.nan, full),
        "ok": full,
        "ok_young": np.where(np.arange(n) < 8, np.nan, full),
        "short_history": np.where(np.arange(n) < 9, np.nan, full),
        "too_short": np.where(np.arange(n) == 15, full, np.nan),
        "void": np.full(n, np.nan),
    }
    sales = pd.concat(
        pd.DataFrame({"series": name, "date": dates, "value": values})
        for name, values in histories.items()
    )
    forecaster = SalesForecaster(horizon=1).fit(engine.make(sales), series_col="series")
    table = pd.DataFrame(engine.columns(forecaster.predict())).set_index("series")
    assert table["status"].to_dict() == {
        "ended": "ended", "gaps": "gaps", "ok": "ok", "ok_young": "ok",
        "short_history": "short_history", "too_short": "too_short", "void": "empty",
    }  # fmt: skip
    assert set(table["date"]) == {dt.date(2024, 1, 1)}, "all forecasts begin together"
    assert table["n_residuals"].to_dict() == {
        "ended": 8, "gaps": 11, "ok": 12, "ok_young": 4,
        "short_history": 6, "too_short": 0, "void": 0,
    }  # fmt: skip
    assert table.loc["ended", "forecast"] == full[8]
    assert table.loc["ok", "forecast"] == full[12]
    assert table.loc["short_history", "forecast"] == full[15]
    assert table.loc["too_short", "forecast"] == full[15]
    missing = table[["forecast", "low_80", "high_95"]].isna()
    assert missing.loc["too_short"].tolist() == [False, True, True]
    assert missing.loc["void"].all()
    diagnostics = pd.DataFrame(engine.columns(forecaster.diagnostics_)).set_index("series")
    assert diagnostics["season_length"].to_dict() == {
        "ended": 4, "gaps": 4, "ok": 4, "ok_young": 4,
        "short_history": 1, "too_short": 1, "void": 1,
    }  # fmt: skip
    assert diagnostics["n_gaps"].tolist() == [0, 1, 0, 0, 0, 0, 0]
    assert diagnostics.loc["ended", "last"] == dt.date(2022, 10, 1)
    assert diagnostics.loc["void", ["first", "last", "sigma"]].isna().all()
    fitted = pd.DataFrame(engine.columns(forecaster.fitted_))
    assert fitted.groupby("series").size().to_dict() == {
        "ended": 12, "gaps": 16, "ok": 16, "ok_young": 8, "short_history": 7, "too_short": 1,
    }  # fmt: skip


def test_an_ended_series_is_less_certain():
    sales = make_sales(2, 36)
    ended = sales[(sales["shop"] != "s00") | (sales["month"] < "2023-10-01")]
    table = SalesForecaster(horizon=12).fit(ended, **COLUMNS).predict()
    width = (table["high_80"] - table["forecast"]).to_numpy().reshape(2, 12)
    # Its last three months are forecast from two years back.
    np.testing.assert_allclose(width[0, 9:], width[0, 0] * np.sqrt(2))
    np.testing.assert_allclose(width[1], width[1, 0])


@pytest.mark.parametrize(
    ("non_negative", "lowest_of_positive", "lowest_of_mixed"),
    [("auto", 0.0, -1.0), (True, 0.0, 0.0), (False, -1.0, -1.0)],
)
def test_non_negative(non_negative, lowest_of_positive, lowest_of_mixed):
    sales = make_sales(2, 24)
    sales.loc[30, "sales"] = -5.0
    forecaster = SalesForecaster(horizon=24, levels=(0.99,), non_negative=non_negative)
    table = forecaster.fit(sales, **COLUMNS).predict()
    lowest = np.sign(table.groupby("shop")[["forecast", "low_99", "high_99"]].min().min(axis=1))
    assert lowest.tolist() == [lowest_of_positive, lowest_of_mixed]


@pytest.mark.parametrize(
    ("frequency", "unit", "season"),
    [("D", "D", 7), ("W-SUN", "W", 52), ("ME", "M", 12), ("QS", "Q", 4), ("YS", "Y", 1)],
)
def test_unit_and_season_are_told_from_the_dates(frequency, unit, season):
    sales = make_sales(1, 8, frequency=frequency)
    forecaster = SalesForecaster(horizon=1).fit(sales, **COLUMNS)
    assert (forecaster.unit_, forecaster.season_length_) == (unit, season)
    assert forecaster.members_ == ("seasonal_naive",)


def test_weeks_are_dated_by_their_monday():
    sales = make_sales(1, 8, frequency="W-SUN")  # Sundays, 2021-01-03 to 2021-02-21
    table = SalesForecaster(horizon=1).fit(sales, **COLUMNS).predict()
    assert columns(table)["month"] == [dt.date(2021, 2, 22)]


panels = st.integers(1, 4).flatmap(
    lambda n: st.lists(
        st.lists(st.none() | st.integers(0, 1000), min_size=6, max_size=14),
        min_size=n,
        max_size=n,
    )
)


def long(panel):
    start = np.datetime64("2020-01", "M")
    rows = [
        (i, (start + t).astype("datetime64[us]"), value)
        for i, values in enumerate(panel)
        for t, value in enumerate([1, *values])
    ]
    frame = pd.DataFrame(rows, columns=["series", "date", "value"])
    return frame.astype({"value": float})


def predict(frame, **arguments):
    forecaster = SalesForecaster(horizon=5, unit="M", season_length=3, **arguments)
    return forecaster.fit(frame, series_col="series").predict()


@settings(max_examples=40, deadline=None)
@given(panel=panels, seed=st.integers(0, 1000), factor=st.integers(-3, 8))
def test_laws(panel, seed, factor):
    frame = long(panel)
    before = frame.copy()
    table = columns(predict(frame))
    pd.testing.assert_frame_equal(frame, before)
    # The order of rows, the index and other columns do not matter.
    shuffled = frame.sample(frac=1.0, random_state=seed).assign(noise="x")
    assert_same(columns(predict(shuffled)), table, relative=1e-12)
    # Forecasts are equivariant to the scale: exactly, for powers of two.
    scale = 2.0**factor
    scaled = columns(predict(frame.assign(value=frame["value"] * scale)))
    for name in ("forecast", "low_80", "high_95"):
        assert scaled[name] == [None if each is None else each * scale for each in table[name]]
    # Names of series only order them.
    renamed = frame.assign(series=[f"series {each}" for each in frame["series"]])
    named = columns(predict(renamed))
    assert named.pop("series") == [f"series {each}" for each in table["series"]]
    assert_same(named, {name: each for name, each in table.items() if name != "series"})
    # A series is forecast alone as in company, if it ends with the others.
    last = frame["date"].max()
    alone = frame[frame["series"] == 0]
    if alone.dropna()["date"].max() == frame.dropna()["date"].max() == last:
        expected = {name: each[:5] for name, each in table.items()}
        assert_same(columns(predict(alone)), expected)
    # Intervals are nested around the forecast.
    bounds = ["low_95", "low_80", "forecast", "high_80", "high_95"]
    for row in zip(*(table[name] for name in bounds), strict=True):
        if None not in row:
            assert list(row) == sorted(row)


def test_a_periodic_series_is_exact_with_no_width():
    season = [3.0, 1.0, 4.0, 1.0]
    sales = pd.DataFrame(
        {"date": pd.date_range("2020-01-01", periods=12, freq="QS"), "value": season * 3}
    )
    table = SalesForecaster(horizon=8).fit(sales).predict()
    for name in ("forecast", "low_80", "high_80", "low_95", "high_95"):
        assert table[name].tolist() == season * 2


def test_it_is_a_scikit_learn_estimator():
    forecaster = SalesForecaster(horizon=3, levels=(0.5,))
    assert clone(forecaster).get_params() == forecaster.get_params()
    with pytest.raises(NotFittedError):
        forecaster.predict()
    assert not hasattr(forecaster, "diagnostics_")
    sales = make_sales()
    assert forecaster.fit(sales, **COLUMNS) is forecaster
    again = pickle.loads(pickle.dumps(forecaster))  # noqa: S301 (our own bytes)
    pd.testing.assert_frame_equal(again.predict(), forecaster.predict())
    # What was learnt does not follow a parameter changed later.
    assert "low_90" not in forecaster.set_params(levels=(0.9,)).predict()


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizon": 0},
        {"horizon": 2.5},
        {"unit": "month"},
        {"season_length": 0},
        {"levels": (95,)},
        {"members": "arima"},
        {"members": ("seasonal_naive", "theta")},
        {"members": ()},
        {"members": "seasonal_naive"},
        {"combine": "median"},
        {"non_negative": "yes"},
        {"non_negative": 1},
        {"random_state": "seed"},
    ],
)
def test_wrong_parameters_are_named_at_fit(wrong):
    forecaster = SalesForecaster(**({"horizon": 3} | wrong))
    with pytest.raises(ValueError, match=next(iter(wrong))):
        forecaster.fit(make_sales(), **COLUMNS)


def test_the_members_that_exist_are_named():
    with pytest.raises(ValueError, match="'auto' or a sequence of 'seasonal_naive', got 'ets'"):
        SalesForecaster(horizon=1, members="ets").fit(make_sales(), **COLUMNS)
    named = SalesForecaster(horizon=1, members=["seasonal_naive"]).fit(make_sales(), **COLUMNS)
    assert named.members_ == ("seasonal_naive",)


def test_regressors_are_refused_until_a_member_uses_them():
    forecaster = SalesForecaster(horizon=1).fit(make_sales(), **COLUMNS)
    with pytest.raises(ValueError, match="future holds values of regressors"):
        forecaster.predict(make_sales())


@pytest.mark.parametrize(
    ("role", "name"),
    [("series_col", "status"), ("series_col", "sigma"), ("date_col", "low_80"),
     ("value_col", "fitted")],
)  # fmt: skip
def test_keys_named_like_results_are_refused(role, name):
    sales = make_sales().rename(columns={COLUMNS[role]: name})
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        SalesForecaster(horizon=1).fit(sales, **(COLUMNS | {role: name}))
