"""A bar on the error stream if one is wanted, and the same numbers with and without."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import (
    GammaGammaModel,
    ModifiedBetaGeoModel,
    cohort_value_table,
    expected_payback,
)
from crmlytics.clv._progress import progress_bar

PURCHASES = ModifiedBetaGeoModel.from_params(r=0.5, alpha=6.0, a=0.9, b=1.6, unit="W")
SPEND = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
COHORT = {"n_periods": 3, "period_unit": "M", "annual_rate": 0.1, "n_customers": 40, "n_draws": 30}


def test_nothing_is_shown_unasked(capsys):
    with progress_bar(3, unit="customers", shown=False) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")


def test_the_bar_counts_to_the_end(capsys):
    with progress_bar(3, unit="customers", shown=True) as advance:
        advance(2)
        advance(1)
    assert "3/3" in capsys.readouterr().err


@pytest.mark.parametrize("method", ["predictive_interval", "draw_purchases"])
def test_predictions_do_not_depend_on_the_bar(method, capsys):
    frame = PURCHASES.simulate(50, T=30.0, random_state=1)
    quiet, shown = (
        getattr(PURCHASES, method)(frame, t=9, n_draws=60, random_state=2, progress=progress)
        for progress in (False, True)
    )
    np.testing.assert_array_equal(quiet, shown)
    assert "simulated: 100%" in capsys.readouterr().err


def test_cohorts_do_not_depend_on_the_bar(capsys):
    options = COHORT | {"level": 0.9}
    quiet, shown = (
        cohort_value_table(PURCHASES, SPEND, **options, random_state=2, progress=progress)
        for progress in (False, True)
    )
    assert quiet.equals(shown)
    assert "40/40" in capsys.readouterr().err
    quiet, shown = (
        expected_payback(
            PURCHASES, SPEND, acquisition_cost=20.0, **COHORT, random_state=2, progress=progress
        )
        for progress in (False, True)
    )
    assert quiet == shown
    assert "40/40" in capsys.readouterr().err
