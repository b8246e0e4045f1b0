"""Pipeline, history and repeat purchases add up, and nobody is counted twice."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.datasets import make_pipeline
from crmlytics.errors import DataContractError
from crmlytics.forecast import PipelineForecaster, SalesForecaster, revenue_forecast

AS_OF = dt.date(2024, 12, 15)


@pytest.fixture(scope="module")
def world():
    deals, _, truth = make_pipeline(deals_per_week=15.0, random_state=11)
    pipeline = PipelineForecaster(horizon=3, unit="M", n_draws=300).fit(
        deals, as_of=AS_OF, observed_from=truth.start, list_price_col="list_price",
        customer_col="customer_id",
    )  # fmt: skip
    return deals, pipeline


def repeat_of(deals):
    """Two customers without an open deal, one with."""
    known = deals[deals["created_at"] < "2024-12-16"]
    open_now = known["closed_at"].isna() | (known["closed_at"] >= "2024-12-16")
    busy = set(known.loc[open_now, "customer_id"])
    free = sorted(set(known["customer_id"]) - busy)[:2]
    who = [*free, min(busy)]
    return pd.DataFrame({"customer_id": who, "expected_revenue": [100.0, 50.0, 7_000.0]})


def test_sources_add_up_and_weights_are_shares(world):
    found = revenue_forecast(world[1])
    table = found.forecast
    np.testing.assert_allclose(
        found.waterfall.groupby("period")["expected"].sum(), table["expected"]
    )
    mixed = table["weight"] * table["pipeline"] + (1 - table["weight"]) * table["series"]
    np.testing.assert_allclose(table["expected"], mixed)
    assert table["weight"].between(0, 1).all()
    assert (table["low_80"] <= table["median"]).all()
    assert (table["median"] <= table["high_80"]).all()
    assert table["repeat"].isna().all()
    assert found.n_cutoffs > 3
    assert found[3:] == (0, 0)


def test_customers_with_an_open_deal_do_not_count_twice(world):
    deals, pipeline = world
    without, found = (revenue_forecast(pipeline, repeat=each) for each in (None, repeat_of(deals)))
    assert found.customers == 2
    assert found.customers_with_open_deal == 1
    assert found.forecast["repeat"].sum() == pytest.approx(150.0)
    # December has 16 days left, January and February 31 and 28.
    np.testing.assert_allclose(found.forecast["repeat"], 150.0 * np.array([16, 31, 28]) / 75)
    for name in ("expected", "low_80", "high_80", "median"):
        np.testing.assert_allclose(
            found.forecast[name], without.forecast[name] + found.forecast["repeat"]
        )


def test_a_short_history_leaves_the_pipeline_alone():
    deals, _, truth = make_pipeline(
        deals_per_week=15.0, start=dt.date(2024, 11, 1), random_state=12
    )
    pipeline = PipelineForecaster(horizon=2, unit="M", n_draws=300).fit(
        deals, as_of=truth.end, observed_from=truth.start, list_price_col="list_price"
    )
    found = revenue_forecast(pipeline)
    assert found.n_cutoffs == 0
    assert found.forecast["series"].isna().all()
    np.testing.assert_allclose(found.forecast["expected"], pipeline.predict()["expected"])
    np.testing.assert_allclose(found.forecast["low_80"], pipeline.predict()["low_80"])


def test_the_future_of_the_pipeline_is_not_looked_at(world):
    deals, pipeline = world
    known = deals[deals["created_at"] < "2024-12-16"].copy()
    later = known["closed_at"] >= "2024-12-16"
    known.loc[later, ["closed_at", "outcome"]] = None
    again = PipelineForecaster(horizon=3, unit="M", n_draws=300).fit(
        known, as_of=AS_OF, observed_from=dt.date(2023, 1, 1), list_price_col="list_price",
        customer_col="customer_id",
    )  # fmt: skip
    pd.testing.assert_frame_equal(
        revenue_forecast(pipeline).forecast, revenue_forecast(again).forecast
    )


def test_the_combination_is_no_worse_than_the_worse_of_both():
    """Where quarters repeat, history knows what hazards do not; together they are safe."""
    errors = {"combined": 0.0, "pipeline": 0.0, "series": 0.0}
    deals, _, truth = make_pipeline(deals_per_week=20.0, seasonality=1.0, random_state=13)
    won = deals[deals["outcome"] == "won"]
    for month in (4, 8):
        as_of = dt.date(2024, month, 30)
        pipeline = PipelineForecaster(horizon=3, unit="M", n_draws=100).fit(
            deals, as_of=as_of, observed_from=truth.start, list_price_col="list_price"
        )
        table = revenue_forecast(pipeline, n_cutoffs=4).forecast
        for row in table.itertuples():
            inside = won["closed_at"].dt.to_period("M") == row.period.to_period("M")
            actual = won.loc[inside, "amount"].sum()
            errors["combined"] += abs(row.expected - actual)
            errors["pipeline"] += abs(row.pipeline - actual)
            errors["series"] += abs(row.series - actual)
    assert errors["combined"] < max(errors["pipeline"], errors["series"])


def test_every_engine_takes_part(engine):
    if engine.name == "pyspark":
        pytest.skip("the pipeline's own tests read from Spark")
    deals, _, truth = make_pipeline(deals_per_week=4.0, random_state=14)
    pipeline = PipelineForecaster(horizon=1, unit="M", n_draws=100)
    options = {
        "as_of": AS_OF, "observed_from": truth.start, "list_price_col": "list_price",
        "customer_col": "customer_id",
    }  # fmt: skip
    pipeline.fit(engine.make(deals), **options)
    found = revenue_forecast(pipeline, repeat=engine.make(repeat_of(deals)), n_cutoffs=2)
    assert found.customers == 2
    expected = revenue_forecast(
        PipelineForecaster(horizon=1, unit="M", n_draws=100).fit(deals, **options),
        repeat=repeat_of(deals), n_cutoffs=2,
    )  # fmt: skip
    columns = engine.columns(found.forecast)
    np.testing.assert_allclose(columns["expected"], expected.forecast["expected"])
    assert engine.columns(found.waterfall)["source"][-1] == "series"


def test_what_makes_no_sense_is_refused(world):
    deals, pipeline = world
    repeat = repeat_of(deals)
    with pytest.raises(DataContractError, match="1 of 4 rows of repeat repeat a customer"):
        revenue_forecast(pipeline, repeat=pd.concat([repeat, repeat.iloc[:1]]))
    with pytest.raises(DataContractError, match="1 of 3 values of 'expected_revenue' are negative"):
        revenue_forecast(pipeline, repeat=repeat.assign(expected_revenue=[1.0, -1.0, 0.0]))
    with pytest.raises(TypeError, match="SalesForecaster"):
        revenue_forecast(pipeline, series="naive")
    with pytest.raises(ValueError, match="n_cutoffs"):
        revenue_forecast(pipeline, n_cutoffs=0)
    nameless = PipelineForecaster(horizon=1, unit="M", n_draws=100).fit(
        deals, as_of=dt.date(2024, 12, 31), list_price_col="list_price"
    )
    with pytest.raises(ValueError, match="pass customer_col"):
        revenue_forecast(nameless, repeat=repeat)
    one = revenue_forecast(pipeline, series=SalesForecaster(horizon=9), n_cutoffs=1)
    assert len(one.forecast) == 3, "the pipeline's horizon holds"
