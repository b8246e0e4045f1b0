"""expected_payback: the first crossing of the expected curve, its interval, and never."""

from __future__ import annotations

import pytest

from crmlytics.clv import ModifiedBetaGeoModel
from crmlytics.clv.cohort_values import cohort_value_table
from crmlytics.clv.expected_paybacks import expected_payback
from crmlytics.clv.gamma_gamma import GammaGammaModel

PURCHASES = ModifiedBetaGeoModel.from_params(r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W")
SPEND = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
PLAN = {"n_periods": 12, "period_unit": "M", "annual_rate": 0.1, "margin": 0.3}


def test_it_is_the_first_crossing():
    curve = cohort_value_table(PURCHASES, SPEND, **PLAN)["cumulative_value"]
    for period in (0, 3, 12):
        found = expected_payback(
            PURCHASES, SPEND, acquisition_cost=float(curve[period]) - 1e-9, **PLAN
        )
        assert found.period == period
        # Known parameters and an endless cohort: nothing is uncertain.
        assert (found.low, found.high, found.probability) == (period, period, 1.0)


def test_never_is_a_result():
    found = expected_payback(PURCHASES, SPEND, acquisition_cost=1000, **PLAN)
    assert found.period is found.low is found.high is None
    assert found.probability == 0
    assert str(found).startswith("never within 12 months (interval more than 12 to more than 12")


def test_a_small_cohort_is_uncertain():
    found = expected_payback(
        PURCHASES, SPEND, acquisition_cost=20, **PLAN, n_customers=50, level=0.9, random_state=1
    )
    assert found.low < found.period
    assert found.high is None or found.high > found.period
    assert 0.5 < found.probability < 1
    assert str(found).startswith(f"paid back after {found.period} months (interval {found.low} to")
    again = expected_payback(
        PURCHASES, SPEND, acquisition_cost=20, **PLAN, n_customers=50, level=0.9, random_state=1
    )
    assert again == found


def test_a_negative_cost_is_refused():
    with pytest.raises(ValueError, match="acquisition_cost"):
        expected_payback(PURCHASES, SPEND, acquisition_cost=-1, **PLAN)
