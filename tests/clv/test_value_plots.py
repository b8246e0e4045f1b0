"""The pictures of values and lifetimes: what is drawn, and that nothing is cut off."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import ModifiedBetaGeoModel
from crmlytics.clv.cohort_values import cohort_value_table
from crmlytics.clv.gamma_gamma import GammaGammaModel
from crmlytics.clv.shifted_beta_geometric import ShiftedBetaGeometricModel
from crmlytics.clv.value_plots import plot_clv, plot_payback, plot_survival
from crmlytics.errors import ColumnNotFoundError, NotEnoughDataError
from tests.clv.test_plots import nothing_is_cut_off

figures = pytest.importorskip("matplotlib.figure")

PURCHASES = ModifiedBetaGeoModel.from_params(r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W")
SPEND = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)


def cohort(**options):
    return cohort_value_table(
        PURCHASES, SPEND, n_periods=12, period_unit="M", annual_rate=0.1, margin=0.3, **options
    )


def test_the_share_of_the_best(engine):
    frame = pd.DataFrame({"customer_id": range(5), "clv": [10.0, 60.0, 20.0, 10.0, None]})
    ax = plot_clv(engine.make(frame))
    line = ax.lines[1]
    np.testing.assert_allclose(line.get_xdata(), [0, 25, 50, 75, 100])
    np.testing.assert_allclose(line.get_ydata(), [0, 60, 80, 90, 100])
    assert "48 % of the value" in ax.texts[0].get_text()
    assert nothing_is_cut_off(ax)
    with pytest.raises(NotEnoughDataError, match="no customer has a value above 0"):
        plot_clv(frame.assign(clv=0.0))


def test_payback_marks_the_period():
    table = cohort(level=0.9, n_customers=50, n_draws=100, random_state=1)
    ax = plot_payback(table, acquisition_cost=15, period_unit="M")
    assert ax.get_title(loc="right") == "paid back in period 3"
    assert ax.get_xlabel() == "months since the first purchase"
    assert len(ax.collections) == 1
    assert nothing_is_cut_off(ax)
    ax = plot_payback(cohort(), acquisition_cost=500, period_unit="M")
    assert ax.get_title(loc="right") == "never within 12 months"
    assert not ax.collections


def test_survival():
    model = ShiftedBetaGeometricModel.from_survivors([1000, 869, 743, 653, 593], unit="Y")
    ax = plot_survival(model.survival_table(8))
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * model.survival(np.arange(9)))
    assert nothing_is_cut_off(ax)


def test_the_callers_axes_are_used_and_other_tables_refused():
    ax = figures.Figure().subplots()
    assert plot_payback(cohort(), acquisition_cost=1, period_unit="M", ax=ax) is ax
    with pytest.raises(ColumnNotFoundError, match="clv"):
        plot_clv(pd.DataFrame({"value": [1.0]}), ax=ax)
