"""plot_cohorts and plot_growth: what is drawn, on whose axes, and that no label is cut off."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pytest

from crmlytics.errors import ColumnNotFoundError
from crmlytics.retention import cohort_table, growth_accounting, plot_cohorts, plot_growth
from tests.support.purchases import make_log

figures = pytest.importorskip("matplotlib.figure")
AS_OF = dt.date(2023, 10, 15)
LOG = make_log(seed=1)


def drawn(ax):
    """The bounding boxes of the figure and of all that is drawn, in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    return ax.figure.bbox, ax.figure.get_tightbbox(canvas.get_renderer()).transformed(
        ax.figure.dpi_scale_trans
    )


@pytest.mark.parametrize(
    ("unit", "name"),
    [("D", "day"), ("W", "week"), ("M", "month"), ("Q", "quarter"), ("Y", "year")],
)
def test_the_axes_name_the_unit_and_nothing_is_cut_off(unit, name):
    cohorts = plot_cohorts(cohort_table(LOG, unit=unit, as_of=AS_OF))
    assert cohorts.get_xlabel() == f"age in {name}s"
    assert cohorts.get_ylabel() == f"first {name} (customers)"
    growth = plot_growth(growth_accounting(LOG, unit=unit, as_of=AS_OF))
    assert growth.get_xlabel().startswith(name)
    for ax in (cohorts, growth):
        whole, inked = drawn(ax)
        assert inked.x0 >= -1
        assert inked.y0 >= -1
        assert inked.x1 <= whole.x1 + 1
        assert inked.y1 <= whole.y1 + 1


def test_cells_show_rates_and_masked_cells_are_blank(engine, four_users):
    table = cohort_table(engine.make(four_users), unit="M", as_of=dt.date(2024, 4, 29))
    ax = plot_cohorts(table)
    assert [text.get_text() for text in ax.texts] == ["100", "50", "50"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2024-01-01  (4)"]
    assert ax.get_xlabel() == "age in periods", "one cohort does not tell the unit"


def test_bars_are_the_table_and_the_open_period_has_no_losses(engine):
    table = growth_accounting(engine.make(LOG), unit="M", as_of=AS_OF)
    ax = plot_growth(table)
    heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in ax.containers}
    found = engine.columns(table)
    for name in ("new", "retained", "resurrected"):
        assert heights[name] == found[name]
    assert heights["churned"] == [-(n or 0) for n in found["churned"][:-1]] + [0]
    tops = [bars[3].get_y() + bars[3].get_height() for bars in ax.containers[:3]]
    assert max(tops) == found["active"][3]


def test_many_ages_get_a_colour_bar_in_place_of_labels():
    ax = plot_cohorts(cohort_table(LOG, unit="W", as_of=AS_OF))
    assert not ax.texts
    assert len(ax.figure.axes) == 2


def test_the_callers_axes_are_used_and_pyplot_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # its import would fail
    ax = figures.Figure().subplots()
    assert plot_cohorts(cohort_table(LOG, unit="Q", as_of=AS_OF), ax=ax) is ax
    ax = figures.Figure().subplots()
    assert plot_growth(growth_accounting(LOG, unit="Q", as_of=AS_OF), ax=ax) is ax


def test_empty_tables_draw_empty_axes():
    none = LOG.iloc[:0]
    assert not plot_cohorts(cohort_table(none, unit="M", as_of=AS_OF)).texts
    assert not np.concatenate(
        [
            list(bars)
            for bars in plot_growth(growth_accounting(none, unit="M", as_of=AS_OF)).containers
        ]
    ).size


def test_other_tables_are_refused():
    with pytest.raises(ColumnNotFoundError, match="column cohort"):
        plot_cohorts(LOG)
    with pytest.raises(ColumnNotFoundError, match="column period"):
        plot_growth(LOG)


def test_brackets_are_labelled_by_their_first_day(engine):
    table = cohort_table(engine.make(LOG), unit="M", as_of=AS_OF, brackets=(0, 1, 7, 30))
    ax = plot_cohorts(table)
    assert ax.get_xlabel() == "age from day"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "7"]
