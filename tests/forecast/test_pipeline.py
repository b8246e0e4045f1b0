"""The pipeline forecaster: planted truth, laws of probability, tables, refusals."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from crmlytics.datasets import make_pipeline
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.forecast import PipelineForecaster
from tests.forecast.pipelines import random_deals, tiny

AS_OF = dt.date(2024, 11, 15)
SEGMENTS = {"list_price_col": "list_price", "owner_col": "owner", "product_col": "product"}


@pytest.fixture(scope="module")
def pipeline():
    return make_pipeline(random_state=7)


@pytest.fixture(scope="module")
def fitted(pipeline):
    return PipelineForecaster(horizon=3, unit="M", levels=(0.8, 0.95)).fit(
        pipeline.deals, as_of=AS_OF, observed_from=pipeline.truth.start,
        stage_log=pipeline.stage_log, **SEGMENTS,
    )  # fmt: skip


def quiet_fit(forecaster, frame, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return forecaster.fit(frame, **options)


def test_parts_add_up_and_quantiles_are_in_order(fitted):
    table = fitted.predict()
    parts = table[["already_won", "open", "new"]].sum(axis=1)
    np.testing.assert_allclose(parts, table["expected"])
    ordered = table[["low_95", "low_80", "median", "high_80", "high_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    np.testing.assert_allclose(table["commit"], table["low_80"])  # the tenth percentile, both
    assert table["period"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-11-01", "2024-12-01", "2025-01-01",
    ]  # fmt: skip
    assert (table["already_won"].to_numpy()[1:] == 0).all()


def test_what_the_month_has_won_already_is_counted(pipeline, fitted):
    deals = pipeline.deals
    in_month = deals["closed_at"].between("2024-11-01", "2024-11-15 23:59:59")
    won = deals.loc[in_month & (deals["outcome"] == "won"), "amount"].sum()
    assert fitted.predict()["already_won"][0] == pytest.approx(won)
    assert fitted.probability_of(won, period=0) == 1.0


def test_owners_add_up_to_the_total(fitted):
    total = fitted.predict()["expected"]
    owners = fitted.predict(by="owner")
    np.testing.assert_allclose(owners.groupby("period")["expected"].sum(), total)
    whole = fitted.predict(span="horizon")
    assert whole["expected"][0] == pytest.approx(total.sum())
    width = fitted.predict()
    assert (whole["high_80"] - whole["low_80"])[0] < (width["high_80"] - width["low_80"]).sum()


def test_expected_revenue_is_near_the_planted_one(pipeline, fitted):
    promised = pipeline.truth.monthly.set_index("month")["expected_revenue"]
    # The pipeline holds what chance brought: its December is not the average one.
    assert fitted.predict()["expected"][1] == pytest.approx(promised["2024-12-01"], rel=0.15)


def test_open_deals_are_won_lost_or_open(fitted):
    table = fitted.deal_table(within_days=30)
    np.testing.assert_allclose(table[["p_won", "p_lost", "p_open"]].sum(axis=1), 1.0)
    assert (table[["p_won", "p_lost", "p_open"]] >= 0).all().all()
    longer = fitted.deal_table()
    assert (longer["p_won"].to_numpy() > table["p_won"].to_numpy()).all()
    expected = fitted.predict()["open"].sum()
    assert longer["expected_value"].sum() == pytest.approx(expected)
    assert longer["share"].sum() == pytest.approx(1.0)
    assert list(table.columns[:3]) == ["deal_id", "owner", "age_days"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(90, 250))
def test_probabilities_of_any_pipeline_add_up(seed, until):
    frame = random_deals(seed)
    as_of = dt.date(2024, 1, 1) + dt.timedelta(days=until)
    forecaster = PipelineForecaster(horizon=2, unit="W", n_draws=100)
    try:
        quiet_fit(forecaster, frame, as_of=as_of)
    except NotEnoughDataError:
        return
    table = forecaster.deal_table()
    np.testing.assert_allclose(table[["p_won", "p_lost", "p_open"]].sum(axis=1), 1.0)
    assert np.isfinite(forecaster.predict().drop(columns="period")).all().all()


def test_probabilities_of_quotas_fall(fitted):
    quotas = [0.0, 5e5, 7e5, 9e5, 1e12]
    found = [fitted.probability_of(quota) for quota in quotas]
    assert found[0] == 1.0
    assert found[-1] == 0.0
    assert found == sorted(found, reverse=True)
    median = fitted.predict(span="horizon")["median"][0]
    assert fitted.probability_of(median) == pytest.approx(0.5, abs=0.001)
    low = fitted.predict(by="owner", span="horizon").set_index("owner")["commit"]["Owner A"]
    assert fitted.probability_of(low, owner="Owner A") == pytest.approx(0.9, abs=0.001)


def test_the_waterfall_names_its_sources(fitted):
    table = fitted.waterfall_
    assert table["source"].tolist() == ["already won", "open", "new", "repeat"] * 3
    assert table.loc[table["source"] == "repeat", "expected"].isna().all()
    np.testing.assert_allclose(
        table.groupby("period")["expected"].sum(), fitted.predict()["expected"]
    )


def test_the_future_does_not_exist(pipeline):
    deals, log, truth = pipeline
    as_of = dt.date(2024, 6, 30)
    moment = pd.Timestamp("2024-07-01")
    known = deals[deals["created_at"] < moment].copy()
    later = known["closed_at"] >= moment
    known.loc[later, ["closed_at", "outcome"]] = None
    known.loc[later, "amount"] = -1.0
    options = {"as_of": as_of, "observed_from": truth.start} | SEGMENTS
    one = PipelineForecaster(horizon=4, unit="W").fit(deals, stage_log=log, **options)
    two = PipelineForecaster(horizon=4, unit="W").fit(
        known,
        stage_log=log[(log["entered_at"] < moment) & log["deal_id"].isin(known["deal_id"])],
        **options,
    )
    pd.testing.assert_frame_equal(one.predict(), two.predict())


def test_amounts_that_may_know_the_outcome_are_warned_of(pipeline):
    forecaster = PipelineForecaster(horizon=1, unit="M", n_draws=100)
    with pytest.warns(DataQualityWarning, match="deals that closed after as_of are taken as open"):
        forecaster.fit(pipeline.deals, as_of=AS_OF)


def test_money_scales_and_seeds_repeat(pipeline, fitted):
    options = {"as_of": AS_OF, "observed_from": pipeline.truth.start} | SEGMENTS
    deals = pipeline.deals
    base = PipelineForecaster(horizon=2, unit="M").fit(deals, **options).predict()
    dear = deals.assign(amount=deals["amount"] * 1000, list_price=deals["list_price"] * 1000)
    scaled = PipelineForecaster(horizon=2, unit="M").fit(dear, **options).predict()
    np.testing.assert_allclose(
        scaled.drop(columns="period"), base.drop(columns="period") * 1000, rtol=1e-6
    )
    again = clone(PipelineForecaster(horizon=2, unit="M")).fit(deals, **options).predict()
    pd.testing.assert_frame_equal(base, again)


def test_without_arrivals_only_the_open_deals_count(pipeline):
    options = {"as_of": AS_OF, "observed_from": pipeline.truth.start} | SEGMENTS
    forecaster = PipelineForecaster(horizon=2, unit="W", arrivals_per_week=0.0)
    table = forecaster.fit(pipeline.deals, **options).predict()
    assert (table["new"] == 0).all()
    assert (table["open"] > 0).all()


def test_quantiles_and_words_are_yours(pipeline):
    forecaster = PipelineForecaster(horizon=1, unit="M", quantiles={"floor": 0.05})
    quiet_fit(forecaster, pipeline.deals, as_of=AS_OF)
    columns = list(forecaster.predict().columns)
    assert "floor" in columns
    assert "commit" not in columns


def test_diagnostics_tell_the_planted_numbers(pipeline, fitted):
    one = fitted.diagnostics_.iloc[0]
    assert one["deals"] == one["open"] + one["won"] + one["lost"]
    assert one["arrivals_per_week"] == pytest.approx(40.0, rel=0.1)
    assert one["value_ratio"] == pytest.approx(pipeline.truth.discount_mean, abs=0.02)
    factors = fitted.segments_.set_index("segment")["win_factor"]
    assert factors["Owner A"] > factors["Owner E"]
    hazards = fitted.hazards_
    assert hazards["won"][60] == pytest.approx(pipeline.truth.hazards["won"][60], rel=0.5)


def test_every_engine_gives_the_same_tables(engine):
    deals, log, truth = make_pipeline(deals_per_week=3.0, random_state=8)
    options = {"as_of": AS_OF, "observed_from": truth.start} | SEGMENTS
    forecaster = PipelineForecaster(horizon=2, unit="M", n_draws=200)
    forecaster.fit(engine.make(deals), stage_log=engine.make(log), **options)
    other = clone(forecaster).fit(deals, stage_log=log, **options)
    for name in ("predict", "deal_table"):
        found = engine.columns(getattr(forecaster, name)())
        expected = getattr(other, name)()
        assert list(found) == list(expected.columns)
        for column in found:
            if column not in ("period", "deal_id", "owner"):
                np.testing.assert_allclose(found[column], expected[column], rtol=1e-9)
    assert engine.columns(forecaster.waterfall_)["source"][0] == "already won"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizon": 0}, "horizon"),
        ({"unit": "H"}, "unit"),
        ({"levels": (80,)}, "levels"),
        ({"quantiles": {"commit": 10}}, "quantiles"),
        ({"calendar": "auto"}, "calendar"),
        ({"drift": True}, "drift"),
        ({"arrivals_per_week": -1}, "arrivals_per_week"),
        ({"n_draws": 5}, "n_draws"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    forecaster = PipelineForecaster(**({"horizon": 1, "unit": "M"} | options))
    with pytest.raises(ValueError, match=message):
        forecaster.fit(tiny(), as_of=dt.date(2024, 1, 31))


def test_questions_that_make_no_sense_are_refused(fitted):
    with pytest.raises(ValueError, match="below horizon=3"):
        fitted.probability_of(1.0, period=3)
    with pytest.raises(ValueError, match="none of the owners"):
        fitted.probability_of(1.0, owner="Nobody")
    with pytest.raises(ValueError, match="by must be"):
        fitted.predict(by="region")
    alone = PipelineForecaster(horizon=1, unit="M", n_draws=100)
    alone.fit(tiny(), as_of=dt.date(2024, 1, 31))
    with pytest.raises(ValueError, match="pass owner_col"):
        alone.predict(by="owner")


def test_too_little_is_refused_with_what_is_needed():
    forecaster = PipelineForecaster(horizon=1, unit="M", n_draws=100)
    with pytest.raises(NotEnoughDataError, match="no deal was created by as_of"):
        quiet_fit(forecaster, tiny(), as_of=dt.date(2020, 1, 31))
    with pytest.raises(NotEnoughDataError, match="at least 1 is needed"):
        quiet_fit(forecaster, tiny(), as_of=dt.date(2024, 1, 10))
    with pytest.raises(NotEnoughDataError, match="under observation"):
        forecaster.fit(tiny(), as_of=dt.date(2024, 1, 31), observed_from=dt.date(2024, 1, 20))
    with pytest.raises(ValueError, match="lies after as_of"):
        forecaster.fit(tiny(), as_of=dt.date(2024, 1, 31), observed_from=dt.date(2025, 1, 1))
    with pytest.raises(DataContractError, match="time-zone-aware"):
        forecaster.fit(
            tiny(created_at=tiny()["created_at"].dt.tz_localize("UTC")),
            as_of=dt.date(2024, 1, 31),
        )


def test_a_pipeline_without_open_deals_still_expects_new_ones():
    frame = tiny().iloc[:2]
    forecaster = PipelineForecaster(horizon=2, unit="M", n_draws=100)
    table = forecaster.fit(frame, as_of=dt.date(2024, 1, 31)).predict()
    assert (table["open"] == 0).all()
    assert (table["new"] > 0).all()
    assert len(forecaster.deal_table()) == 0
