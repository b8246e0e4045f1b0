"""cohort_value_table: a case by hand, the models' own expectation, the intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel
from crmlytics.clv.cohort_values import cohort_value_table
from crmlytics.clv.gamma_gamma import GammaGammaModel

PURCHASES = ModifiedBetaGeoModel.from_params(r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W")
SPEND = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
PLAN = {"n_periods": 12, "period_unit": "M", "annual_rate": 0.1}


@pytest.fixture(scope="module")
def fitted():
    frame = PURCHASES.simulate(2000, T=60, random_state=1)
    money = SPEND.simulate(2000, frequency=frame["frequency"], random_state=2)
    return (
        ModifiedBetaGeoModel(unit="W").fit(frame),
        GammaGammaModel().fit(money[["frequency", "monetary_value"]]),
    )


def test_by_hand():
    # r = alpha = 1: one purchase a year; p = 1, q = 2, gamma = 3: a mean spend of 3.
    purchases = NBDModel.from_params(r=1, alpha=1, unit="Y")
    spend = GammaGammaModel.from_params(p=1, q=2, gamma=3)
    table = cohort_value_table(
        purchases, spend, n_periods=2, period_unit="Y", annual_rate=0.25, margin=0.5
    )
    assert table["period"].tolist() == [0, 1, 2]
    assert table["expected_purchases"].tolist() == pytest.approx([0, 1, 1])
    assert table["revenue"].tolist() == pytest.approx([3, 3, 3])
    assert table["value"].tolist() == pytest.approx([1.5, 1.2, 0.96])
    assert table["cumulative_value"].tolist() == pytest.approx([1.5, 2.7, 3.66])
    without = cohort_value_table(
        purchases, spend, n_periods=2, period_unit="Y", annual_rate=0.25, margin=0.5,
        first_purchase=False,
    )  # fmt: skip
    assert without["cumulative_value"].tolist() == pytest.approx([0, 1.2, 2.16])


def test_the_sum_is_the_expectation():
    table = cohort_value_table(PURCHASES, SPEND, **PLAN)
    year = PURCHASES.expected_purchases_new_customer(365.25 / 7)
    assert table["expected_purchases"].sum() == pytest.approx(year, rel=1e-12)


def test_intervals_narrow_with_the_cohort(fitted):
    widths = []
    for n in (20, 500, None):
        table = cohort_value_table(
            *fitted, **PLAN, level=0.9, n_customers=n, n_draws=400, random_state=1
        )
        inside = (table["low"] <= table["cumulative_value"]) & (
            table["cumulative_value"] <= table["high"]
        )
        assert inside.all()
        widths.append((table["high"] - table["low"]).iloc[-1])
    assert widths[0] > 2 * widths[1] > 2 * widths[2] > 0


@pytest.mark.parametrize("kind", [BetaGeoModel, ModifiedBetaGeoModel])
def test_simulated_cohorts_have_the_expected_mean(kind):
    model = kind.from_params(r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W")
    from crmlytics.clv._cohort_plans import read_plan

    plan = read_plan(model, SPEND, 6, "M", 0.1, 0.3, first_purchase=True)
    rng = np.random.default_rng(1)
    curves = plan.curves(model, SPEND, rng, n_customers=200, n_draws=500)
    expected = cohort_value_table(
        model, SPEND, n_periods=6, period_unit="M", annual_rate=0.1, margin=0.3
    )["cumulative_value"]
    error = curves.std(axis=0) / np.sqrt(500)
    assert (np.abs(curves.mean(axis=0) - expected) < 4 * error).all()
    np.testing.assert_allclose(plan.expected(model, SPEND), expected, rtol=1e-12)


def test_what_is_not_defined_is_refused():
    heavy = GammaGammaModel.from_params(p=6, q=0.9, gamma=15)
    with pytest.raises(ValueError, match="mean spend of new customers is infinite"):
        cohort_value_table(PURCHASES, heavy, **PLAN)
    known = BetaGeoModel.from_params(
        r=0.5, alpha=6, a=0.9, b=1.6, unit="W", covariates_purchase=["age"],
        coefficients={"purchase[age]": 0.1},
    )  # fmt: skip
    with pytest.raises(ValueError, match="without covariates"):
        cohort_value_table(known, SPEND, **PLAN)
    for options, says in (
        ({"n_periods": 0}, "n_periods"),
        ({"period_unit": "month"}, "period_unit"),
        ({"annual_rate": -1}, "annual_rate"),
        ({"level": 90}, "level"),
        ({"n_customers": 0}, "n_customers"),
    ):
        with pytest.raises(ValueError, match=says):
            cohort_value_table(PURCHASES, SPEND, **(PLAN | options))


def test_without_a_level_there_is_no_interval():
    table = cohort_value_table(PURCHASES, SPEND, **PLAN)
    assert isinstance(table, pd.DataFrame)
    assert table[["low", "high"]].isna().all(axis=None)
