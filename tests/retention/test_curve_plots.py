"""Pictures over time: what is drawn, on whose axes, that no label is cut off."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pytest

from crmlytics import retention
from crmlytics.errors import ColumnNotFoundError
from tests.retention.test_plots import drawn
from tests.support.purchases import make_log, quiet

figures = pytest.importorskip("matplotlib.figure")
AS_OF = dt.date(2023, 10, 15)
LOG = make_log(seed=1, refunds=0.0)

DRAWN = {
    "plot_retention_curve": lambda log: quiet(
        retention.retention_curve, log, unit="M", as_of=AS_OF
    ),
    "plot_revenue_retention": lambda log: retention.revenue_retention(log, unit="M", as_of=AS_OF),
    "plot_purchase_gaps": lambda log: retention.purchase_gaps(log, as_of=AS_OF),
    "plot_repeat_rate": lambda log: retention.repeat_rate(
        log, as_of=AS_OF, within_days=[30, 90, 180]
    ),
    "plot_stickiness": lambda log: retention.stickiness(log, as_of=AS_OF),
}


@pytest.mark.parametrize("name", DRAWN)
def test_each_engine_is_drawn_and_nothing_is_cut_off(engine, name):
    ax = getattr(retention, name)(DRAWN[name](engine.make(LOG)))
    whole, inked = drawn(ax)
    assert inked.x0 >= -1
    assert inked.y0 >= -1
    assert inked.x1 <= whole.x1 + 1
    assert inked.y1 <= whole.y1 + 1
    assert ax.get_ylabel().endswith("%")


@pytest.mark.parametrize("name", DRAWN)
def test_the_callers_axes_are_used_and_pyplot_is_not(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # its import would fail
    ax = figures.Figure().subplots()
    assert getattr(retention, name)(DRAWN[name](LOG), ax=ax) is ax


@pytest.mark.parametrize("name", [name for name in DRAWN if name != "plot_purchase_gaps"])
def test_other_tables_are_refused(name):
    with pytest.raises(ColumnNotFoundError, match="column"):
        getattr(retention, name)(LOG)


def test_what_are_no_gaps_is_refused():
    with pytest.raises(TypeError, match="result of purchase_gaps"):
        retention.plot_purchase_gaps(LOG)


def test_lines_are_the_tables():
    curve = DRAWN["plot_retention_curve"](LOG)
    line = retention.plot_retention_curve(curve).lines[0]
    assert line.get_ydata() == pytest.approx(100 * curve["rate"])
    lapses = retention.retention_curve(
        LOG, unit="M", as_of=AS_OF, method="kaplan_meier", lapse_after=2
    )
    assert retention.plot_retention_curve(lapses).lines[0].get_drawstyle() == "steps-post"
    money = DRAWN["plot_revenue_retention"](LOG)
    lines = retention.plot_revenue_retention(money).lines
    for line, name in zip(lines, ("grr", "nrr"), strict=False):
        assert line.get_label() == {"grr": "gross (GRR)", "nrr": "net (NRR)"}[name]
        assert np.asarray(line.get_ydata()) == pytest.approx(100 * money[name], nan_ok=True)


def test_the_medians_of_the_gaps_are_marked():
    gaps = DRAWN["plot_purchase_gaps"](LOG)
    labels = [line.get_label() for line in retention.plot_purchase_gaps(gaps).lines]
    assert f"median: {gaps.median_days:g} days" in labels
    assert f"closed gaps only: {gaps.observed_median_days:g} days" in labels


def test_empty_tables_draw_empty_axes():
    none = LOG.iloc[:0]
    curve = retention.retention_curve(none, unit="M", as_of=AS_OF)
    assert not len(retention.plot_retention_curve(curve).lines[0].get_xdata())
    money = retention.revenue_retention(none, unit="M", as_of=AS_OF)
    assert not len(retention.plot_revenue_retention(money).lines[0].get_xdata())
