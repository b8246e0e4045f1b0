"""score_table: hand cases, the M3 competition's scores, loops, engines, origins, refusals."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.evaluation import naive2, score_table
from tests.evaluation import oracles
from tests.support.engines import columns

TRAIN = [[10, 14, 12, 16, 14, 18], [5, 7, 5, 8, 5, 9]]
ACTUAL = [[16, 20], [5, 9]]
BOUNDS = {
    "forecast": [[15.6, 21.0], [5.8, 8.5]],
    "low_80": [[14, 20.5], [5, 8]],
    "high_80": [[17, 22], [6, 9]],
}


def test_by_hand():
    row = score_table(ACTUAL, {"ours": BOUNDS}, train=TRAIN, season_length=2).iloc[0]
    # Scales: changes over 2 periods are 2, 2, 2, 2 and 0, 1, 0, 1.
    assert row["mase"] == pytest.approx((0.7 / 2 + 0.65 / 0.5) / 2)
    assert row["smape"] == pytest.approx(50 * (0.4 / 31.6 + 1 / 41 + 0.8 / 10.8 + 0.5 / 17.5))
    assert (row["wape"], row["bias"]) == (pytest.approx(2.7 / 50), pytest.approx(0.9 / 50))
    # No season at n = 6, so Naive2 says 18 and 9 twice.
    naive = (1 + 2 / 0.5) / 2, 50 * (2 / 34 + 2 / 38 + 4 / 14)
    assert row["owa"] == pytest.approx((row["mase"] / naive[0] + row["smape"] / naive[1]) / 2)
    # 16 in [14, 17], 20 below 20.5, 5 in [5, 6], 9 in [8, 9].
    assert row["coverage_80"] == 0.75
    assert row["msis_80"] == pytest.approx(((3 + 1.5 + 10 * 0.5) / 2 / 2 + (1 + 1) / 2 / 0.5) / 2)
    assert row["pinball_80"] == pytest.approx(row["msis_80"] / 20)
    assert row[["n_series", "n", "n_missing", "n_undefined"]].tolist() == [2, 4, 0, 0]


def test_one_array_is_one_model_and_lengths_may_differ():
    table = score_table([7.0, 9.0], [8.0, 8.0], train=[5.0, 6.0, 8.0], season_length=1)
    assert table["model"].tolist() == ["forecast"]
    assert table["mase"].tolist() == pytest.approx([1 / 1.5])
    column = pd.Series([5.0, 6.0, 8.0], index=[7, 8, 9])
    again = score_table([7.0, 9.0], [8.0, 8.0], train=column, season_length=1)
    pd.testing.assert_frame_equal(again, table)
    ragged = score_table([[7.0], [3.0]], [[8.0], [3.0]], train=[[5, 6, 8], [1, 2]], season_length=1)
    assert ragged["mase"].tolist() == pytest.approx([1 / 1.5 / 2])


def test_what_cannot_be_said_is_null():
    table = score_table([[2.0]], {"a": [[3.0]]}, train=[[2.0, 2.0, 2.0]], season_length=1)
    row = table.iloc[0]
    assert row["n_undefined"] == 1
    assert math.isnan(row["mase"])
    assert math.isnan(row["owa"])
    zero = score_table([[0.0]], [[3.0]], train=[[1.0, 2.0]], season_length=1).iloc[0]
    assert math.isnan(zero["wape"])
    assert math.isnan(zero["bias"])


def test_coverage_of_dependent_points_is_less_certain():
    """Whole series covered or not: as many points as series."""
    rng = np.random.default_rng(0)
    inside = np.repeat(rng.random(50) < 0.8, 12).reshape(50, 12)
    forecast = {"forecast": np.zeros((50, 12)), "low_80": -np.ones((50, 12)),
                "high_80": np.ones((50, 12))}  # fmt: skip
    table = score_table(
        np.where(inside, 0.5, 2.0), {"a": forecast},
        train=rng.normal(size=(50, 9)), season_length=1,
    )  # fmt: skip
    row = table.iloc[0]
    width = row["coverage_80_high"] - row["coverage_80_low"]
    share = row["coverage_80"]
    assert width == pytest.approx(2 * 1.96 * math.sqrt(share * (1 - share) / 50), rel=0.1)


def test_all_models_are_scored_on_the_same_points():
    late = [[np.nan, 21.0], [5.8, 8.5]]
    with pytest.warns(DataQualityWarning, match="1 of 4 points are left out"):
        table = score_table(ACTUAL, {"a": BOUNDS, "b": late}, train=TRAIN, season_length=2)
    assert table["n"].tolist() == [3, 3]
    assert table["n_missing"].tolist() == [0, 1]
    assert table["mase"].nunique() == 1
    assert np.isnan(table["coverage_80"][1])


numbers = st.integers(0, 30)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.lists(numbers, min_size=3, max_size=14),
            st.lists(numbers, min_size=3, max_size=3),
            st.lists(numbers, min_size=3, max_size=3),
            st.lists(numbers, min_size=3, max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
    m=st.integers(1, 4),
)
def test_the_table_is_the_loops(rows, m):
    train, actual, point, width = (list(each) for each in zip(*rows, strict=True))
    low, high = np.array(point) - np.array(width), np.array(point) + np.array(width)
    bounds = {"forecast": point, "low_80": low, "high_80": high}
    row = score_table(actual, {"a": bounds}, train=train, season_length=m).iloc[0]
    q = [oracles.scale_oracle(each, m) for each in train]
    held = [i for i, scale in enumerate(q) if scale is not None]

    def mean(values):
        return sum(values) / len(values) if values else math.nan

    smape = mean([oracles.smape_oracle(y, f) for y, f in zip(actual, point, strict=True)])
    mase = mean([oracles.mae(actual[i], point[i]) / q[i] for i in held])
    msis = mean([oracles.msis_oracle(actual[i], low[i], high[i], 0.8, q[i]) for i in held])
    assert row["n_undefined"] == len(rows) - len(held)
    np.testing.assert_allclose(
        [row["smape"], row["mase"], row["msis_80"]], [smape, mase, msis], rtol=1e-9, atol=1e-12
    )


def long_frames():
    months = pd.date_range("2021-01-01", periods=30, freq="MS")
    rng = np.random.default_rng(3)
    values = rng.gamma(9.0, 2.0, (3, 30)).round(3)
    rows = pd.DataFrame({
        "shop": np.repeat(["b", "a", "c"], 30), "month": np.tile(months, 3), "sales": values.ravel()
    })  # fmt: skip
    rows = rows[~((rows["shop"] == "a") & (rows["month"] < "2021-06-01"))]
    train, actual = rows[rows["month"] < "2023-01-01"], rows[rows["month"] >= "2023-01-01"]
    made = [
        actual.drop(columns="sales").assign(
            forecast=18.0 + i, low_80=12.0 - i, high_80=24.0 + i, name=f"m{i}"
        )
        for i in range(2)
    ]
    return actual, pd.concat(made), train


NAMES = {"series_col": "shop", "date_col": "month", "value_col": "sales"}


def as_arrays():
    actual, forecast, train = long_frames()

    def wide(frame, value):
        return frame.pivot(index="shop", columns="month", values=value).to_numpy()

    models = {
        name: {each: wide(one, each) for each in ("forecast", "low_80", "high_80")}
        for name, one in forecast.groupby("name")
    }
    return wide(actual, "sales"), models, wide(train, "sales")


def test_every_engine_gives_what_the_arrays_give(engine):
    frames = [engine.make(each.sample(frac=1, random_state=0)) for each in long_frames()]
    table = engine.columns(
        score_table(
            frames[0], frames[1], train=frames[2], season_length=12, model_col="name", **NAMES
        )
    )
    actual, models, train = as_arrays()
    expected = columns(score_table(actual, models, train=train, season_length=12))
    assert list(table) == list(expected)
    assert table["model"] == ["m0", "m1"]
    for name in list(table)[1:]:
        np.testing.assert_allclose(table[name], expected[name], rtol=1e-12)


def test_a_mapping_of_frames_and_any_names():
    actual, forecast, train = long_frames()
    apart = {name: one for name, one in forecast.groupby("name")}  # noqa: C416 (names to frames)
    renamed = {"shop": "Магазин", "month": "Месяц", "sales": "Сумма"}
    names = {key: renamed[value] for key, value in NAMES.items()}
    ours = score_table(
        actual.rename(columns=renamed),
        {name: one.rename(columns=renamed) for name, one in apart.items()},
        train=train.rename(columns=renamed), season_length=12, **names,
    )  # fmt: skip
    expected = score_table(
        actual, forecast, train=train, season_length=12, model_col="name", **NAMES
    )
    pd.testing.assert_frame_equal(ours, expected)


def test_rolling_origins_cut_the_history():
    months = pd.date_range("2021-01-01", periods=12, freq="MS")
    history = pd.DataFrame({"date": months, "value": np.arange(12.0) ** 2})
    origins = pd.to_datetime(["2021-08-31", "2021-10-31"])
    forecast = pd.DataFrame({
        "date": pd.to_datetime(["2021-09-01", "2021-10-01", "2021-11-01", "2021-12-01"]),
        "origin": origins.repeat(2), "forecast": [49.0, 49.0, 81.0, 81.0],
    })  # fmt: skip
    row = score_table(history, forecast, train=history, season_length=1, origin_col="origin").iloc[
        0
    ]
    # Scales up to August and October: mean changes 49 / 7 and 81 / 9.
    assert row["mase"] == pytest.approx(((15 + 32) / 2 / 7 + (19 + 40) / 2 / 9) / 2)
    assert row["owa"] == 1.0
    assert row["n_series"] == 2


def test_refusals():
    actual, forecast, train = long_frames()
    options = {"train": train, "season_length": 12, **NAMES}
    with pytest.raises(DataContractError, match=r"rows of forecast repeat .* model_col"):
        score_table(actual, forecast, **options)
    one = forecast[forecast["name"] == "m0"]
    with pytest.raises(DataContractError, match="18 of 18 forecasts are of periods that train"):
        score_table(actual, one, **(options | {"train": pd.concat([train, actual])}))
    with pytest.raises(DataContractError, match="1 of 3 series that are forecast have no value"):
        score_table(actual, one, **(options | {"train": train[train["shop"] != "b"]}))
    with pytest.raises(ColumnNotFoundError, match="forecast"):
        score_table(actual, one.drop(columns="forecast"), **options)
    undated = one.copy()
    undated.iloc[0, undated.columns.get_loc("month")] = pd.NaT
    with pytest.raises(DataContractError, match="1 of 18 values of 'month' are missing"):
        score_table(actual, undated, **options)
    with pytest.raises(NotEnoughDataError, match="none of the 2 known values"):
        score_table([1.0, 2.0], [np.nan, np.nan], train=[1.0, 2.0], season_length=1)
    with pytest.raises(NotEnoughDataError, match="'m0' has no row"):
        score_table(actual, {"m0": one[:0]}, **options)
    with pytest.raises(ValueError, match="holds no model"):
        score_table(actual, {}, **options)
    with pytest.raises(TypeError, match="actual is an array, so forecast must be one, too"):
        score_table([1.0], one, train=[1.0, 2.0], season_length=1)
    with pytest.raises(DataContractError, match="shape"):
        score_table([1.0, 2.0], [1.0], train=[1.0, 2.0], season_length=1)
    with pytest.raises(ValueError, match="benchmark must be one of"):
        score_table([1.0], [1.0], train=[1.0, 2.0], season_length=1, benchmark="naive")


def test_dates_need_no_day_of_the_month():
    history = pd.DataFrame({
        "date": [dt.date(2024, month, 28) for month in range(1, 7)], "value": range(1, 7)
    }).astype({"date": "datetime64[us]", "value": float})  # fmt: skip
    train, actual = history[:4], history[4:]
    forecast = actual.assign(date=lambda f: f["date"] - pd.Timedelta(days=20), forecast=6.0)
    row = score_table(actual, forecast, train=train, season_length=1).iloc[0]
    assert (row["n"], row["mase"]) == (2, 0.5)


@pytest.mark.data
def test_m3_monthly(m3_monthly, golden):
    """The official forecasts' published scores, from the official forecasts."""
    train, actual, models = m3_monthly
    table = score_table(actual, models, train=train, season_length=12, benchmark="NAIVE2")
    found = table.set_index("model")
    published = {
        "ForecastPro": (13.898, 0.8475, 0.8201),
        "THETA": (13.892, 0.8579, 0.8249),
        "ForcX": (14.466, 0.8942, 0.8594),
        "COMB S-H-D": (14.466, 0.8960, 0.8603),
        "DAMPEN": (14.576, 0.9079, 0.8693),
        "RBF": (14.760, 0.9099, 0.8757),
        "B-J auto": (14.796, 0.9137, 0.8786),
        "NAIVE2": (16.891, 1.0369, 1.0),
    }
    for model, scores in published.items():
        golden(
            f"M3 monthly, official forecasts of {model}: sMAPE, MASE, OWA against NAIVE2",
            ours=[
                round(float(found.loc[model, name]), digits)
                for name, digits in (("smape", 3), ("mase", 4), ("owa", 4))
            ],
            published=list(scores),
            source="reference page forecast 4",
            tolerance=1e-9,
        )
    rest = {
        "SMARTFCS": 0.8875, "Auto-ANN": 0.8925, "AAM1": 0.9005, "ARARMA": 0.9058, "HOLT": 0.9059,
        "Flors-Pearc2": 0.9078, "THETAsm": 0.9133, "AutoBox1": 0.9138, "AAM2": 0.9169,
        "SINGLE": 0.9228, "PP-Autocast": 0.9333, "AutoBox3": 0.9551, "Flors-Pearc1": 0.9591,
        "AutoBox2": 0.9876, "WINTER": 1.0332, "ROBUST-Trend": 1.0612,
    }  # fmt: skip
    golden(
        "M3 monthly, the other 16 methods: OWA against NAIVE2",
        ours=found.loc[list(rest), "owa"].round(4).tolist(),
        published=list(rest.values()),
        source="reference page forecast 4",
        tolerance=1e-9,
    )
    both = {"ours": naive2(train, season_length=12, horizon=18), "NAIVE2": models["NAIVE2"]}
    own = score_table(actual, both, train=train, season_length=12, benchmark="NAIVE2")
    golden(
        "M3 monthly: OWA of our Naive2 against the official one",
        ours=round(float(own["owa"][0]), 4),
        published=0.9969,
        source="reference page forecast 1",
        tolerance=1e-9,
    )
