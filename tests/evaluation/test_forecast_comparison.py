"""compare_forecasts: M3's published intervals, power and size, origins, engines, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import NotEnoughDataError
from crmlytics.evaluation import compare_forecasts, score_table
from tests.evaluation.test_forecast_scores import NAMES, as_arrays, long_frames
from tests.support.engines import columns


def noisy(n_series, spread, seed=0):
    rng = np.random.default_rng(seed)
    train, actual = rng.normal(100, 5, (n_series, 20)), rng.normal(100, 5, (n_series, 4))
    models = {name: actual + rng.normal(0, sd, actual.shape) for name, sd in spread.items()}
    return actual, models, train


def test_scores_are_those_of_the_score_table():
    actual, models, train = noisy(30, {"a": 3.0, "b": 4.0, "c": 5.0})
    table = compare_forecasts(
        actual, models, train=train, season_length=4, reference="b", random_state=0
    )
    scores = score_table(actual, models, train=train, season_length=4).set_index("model")
    assert table["model"].tolist() == ["a"] * 3 + ["c"] * 3
    for row in table.itertuples():
        assert row.score == pytest.approx(scores.loc[row.model, row.measure])
        assert row.reference_score == pytest.approx(scores.loc["b", row.measure])
        assert row.difference == pytest.approx(row.score - row.reference_score)
        assert row.low < row.difference < row.high


def test_a_real_difference_is_seen_and_no_difference_is_not():
    actual, models, train = noisy(200, {"good": 3.0, "same": 3.0, "bad": 5.0})
    table = compare_forecasts(
        actual, models, train=train, season_length=1, reference="good", random_state=0
    )
    ends = table.set_index(["model", "measure"])
    assert (ends.loc["bad", "low"] > 0).all()
    assert (ends.loc["same", "low"] < 0).all()
    assert (ends.loc["same", "high"] > 0).all()


def test_the_width_is_that_of_the_paired_mean():
    """MASE with one scale for all is a mean: the interval is the normal one of its pairs."""
    actual, models, train = noisy(400, {"a": 3.0, "b": 3.5})
    train[:] = np.tile([0.0, 1.0], 10)  # scale 1
    table = compare_forecasts(
        actual, models, train=train, season_length=1, reference="b", random_state=1,
        n_resamples=4000,
    )  # fmt: skip
    row = table[table["measure"] == "mase"].iloc[0]
    error = {name: np.abs(actual - one).mean(axis=1) for name, one in models.items()}
    paired = error["a"] - error["b"]
    half = 1.96 * paired.std(ddof=1) / np.sqrt(400)
    assert row["difference"] == pytest.approx(paired.mean())
    # 4,000 draws place the ends to about 2 % of the width.
    assert (row["high"] - row["low"]) / 2 == pytest.approx(half, rel=0.06)


def test_origins_of_a_series_are_drawn_together():
    """The same series forecast five times over is no more evidence than once."""
    actual, models, train = noisy(40, {"a": 3.0, "b": 4.0})
    names = [f"s{i:02d}" for i in range(40)]
    dates = pd.date_range("2020-01-01", periods=24, freq="MS")

    def long(values, when, column):
        return pd.DataFrame({
            "series": np.repeat(names, values.shape[1]), "date": np.tile(when, 40),
            column: values.ravel(),
        })  # fmt: skip

    history = pd.concat([long(train, dates[:20], "value"), long(actual, dates[20:], "value")])
    forecast = {name: long(one, dates[20:], "forecast") for name, one in models.items()}
    options = {"season_length": 1, "reference": "b", "series_col": "series", "random_state": 0}
    once = compare_forecasts(
        history, forecast, train=history[history["date"] < dates[20]], **options
    )
    again = {
        name: pd.concat([one.assign(origin=dates[i]) for i in range(15, 20)])
        for name, one in forecast.items()
    }
    often = compare_forecasts(history, again, train=history, origin_col="origin", **options)
    assert often["n_series"].tolist() == [40] * 3
    smape = often["measure"] == "smape"
    ours, first = (each[smape].iloc[0] for each in (often, once))
    for end in ("difference", "low", "high"):
        assert ours[end] == pytest.approx(first[end], rel=1e-9)


def test_every_engine_gives_what_the_arrays_give(engine):
    frames = [engine.make(each) for each in long_frames()]
    options = {"season_length": 12, "reference": "m0", "random_state": 0}
    table = engine.columns(
        compare_forecasts(
            frames[0], frames[1], train=frames[2], model_col="name", **options, **NAMES
        )
    )
    actual, models, train = as_arrays()
    expected = columns(compare_forecasts(actual, models, train=train, **options))
    assert list(table) == list(expected)
    for name, values in table.items():
        if isinstance(values[0], float):
            np.testing.assert_allclose(values, expected[name], rtol=1e-12)
        else:
            assert values == expected[name]


def test_refusals():
    actual, models, train = noisy(5, {"a": 1.0, "b": 2.0})
    options = {"train": train, "season_length": 1}
    with pytest.raises(ValueError, match="reference must be one of 'a', 'b'"):
        compare_forecasts(actual, models, reference="c", **options)
    with pytest.raises(NotEnoughDataError, match="at least 2"):
        compare_forecasts(actual, models["a"], reference="a", **options)
    with pytest.raises(NotEnoughDataError, match="diebold_mariano"):
        compare_forecasts(
            actual[:1], {name: one[:1] for name, one in models.items()}, reference="a",
            train=train[:1], season_length=1,
        )  # fmt: skip


@pytest.mark.data
def test_m3_monthly(m3_monthly):
    """THETA and ForecastPro, the best of the competition, do not differ; NAIVE2 is worse."""
    train, actual, models = m3_monthly
    chosen = {name: models[name] for name in ("ForecastPro", "THETA", "NAIVE2")}
    table = compare_forecasts(
        actual, chosen, train=train, season_length=12, reference="ForecastPro", benchmark="NAIVE2",
        random_state=0,
    ).set_index(["model", "measure"])  # fmt: skip
    assert table.loc[("THETA", "owa"), "difference"] == pytest.approx(0.8249 - 0.8201, abs=1e-4)
    assert table.loc[("THETA", "owa"), "low"] < 0 < table.loc[("THETA", "owa"), "high"]
    assert table.loc[("NAIVE2", "owa"), "low"] > 0.15
