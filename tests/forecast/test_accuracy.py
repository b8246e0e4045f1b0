"""Members on the M3 competition's 1,428 monthly series, scored as its forecasts are."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.evaluation import compare_forecasts, score_table
from crmlytics.forecast.members import GOOD_FIVE, MEMBERS
from crmlytics.forecast.theta import dynamic_theta

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def forecasts(m3_monthly):
    """Forecasts of the good five, of their mean, and of the Theta method without a prior."""
    train, _, _ = m3_monthly
    run = {name: MEMBERS[name](train, season_length=12, horizon=18).forecast for name in GOOD_FIVE}
    run["five"] = np.mean(list(run.values()), axis=0)
    run["theta, no prior"] = dynamic_theta(train, season_length=12, horizon=18, prior=None).forecast
    return run


@pytest.fixture(scope="module")
def scores(m3_monthly, forecasts):
    train, actual, official = m3_monthly
    table = score_table(
        actual, official | forecasts, train=train, season_length=12, benchmark="NAIVE2"
    )
    return table.set_index("model")


def test_theta_scores_as_the_prototype_did(scores, golden):
    row = scores.loc["theta, no prior"]
    golden(
        "M3 monthly, dynamic optimised Theta with its two fixes: sMAPE, MASE, OWA",
        ours=[float(row[name]) for name in ("smape", "mase", "owa")],
        published=[13.736, 0.8506, 0.8168],
        source="reference page forecast 5.2 (a prototype apart from this library)",
        tolerance=0.003,  # the prototype's search and test of seasonality differ in details
    )


def test_the_mean_of_five_beats_every_official_method(m3_monthly, forecasts, scores):
    train, actual, official = m3_monthly
    assert scores.loc["five", "owa"] <= 0.808
    assert scores.loc["five", "owa"] < scores.loc[list(official), "owa"].min()
    # The mean is better than any of its members: what a combination is for.
    assert scores.loc["five", "owa"] < scores.loc[list(GOOD_FIVE), "owa"].min()
    models = {name: (official | forecasts)[name] for name in ("five", "ForecastPro", "NAIVE2")}
    table = compare_forecasts(
        actual, models, train=train, season_length=12, reference="ForecastPro",
        benchmark="NAIVE2", n_resamples=500, random_state=0,
    )  # fmt: skip
    difference = table[(table["model"] == "five") & (table["measure"] == "owa")].iloc[0]
    assert difference["high"] < 0
