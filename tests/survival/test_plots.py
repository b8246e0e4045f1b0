"""plot_survival and plot_cumulative_incidence: what is drawn, and on whose axes."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from crmlytics.errors import ColumnNotFoundError, MissingDependencyError
from crmlytics.survival import (
    cumulative_incidence,
    kaplan_meier,
    plot_cumulative_incidence,
    plot_survival,
)

figures = pytest.importorskip("matplotlib.figure")
OUTCOMES = ["won", "lost", None, "won", "lost", None]


def drawn(ax):
    """The bounding boxes of the figure and of all that is drawn, in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    return ax.figure.bbox, ax.figure.get_tightbbox(canvas.get_renderer()).transformed(
        ax.figure.dpi_scale_trans
    )


def test_lines_are_the_curves(engine, aml):
    curve = kaplan_meier("weeks", "relapse", by="group", data=engine.make(aml))
    local = kaplan_meier("weeks", "relapse", by="group", data=aml)
    ax = plot_survival(curve, unit="weeks")
    assert [line.get_label() for line in ax.lines] == ["Maintained", "Nonmaintained"]
    for line, (_, own) in zip(ax.lines, local.groupby("group"), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), own["time"])
        np.testing.assert_allclose(line.get_ydata(), 100 * own["survival"])
    assert ax.get_xlabel() == "age in weeks"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(
        local["group"].unique()
    )


def test_one_curve_needs_no_legend_and_draws_on_the_callers_axes():
    ax = figures.Figure().subplots()
    assert plot_survival(kaplan_meier([1, 2], [1, 0]), ax=ax) is ax
    assert ax.get_legend() is None
    assert ax.get_xlabel() == "age"


def test_colours_are_causes_and_dashes_are_groups():
    table = cumulative_incidence([1, 2, 3, 4, 5, 6], OUTCOMES, by=list("xxxyyy"))
    lines = {line.get_label(): line for line in plot_cumulative_incidence(table).lines}
    assert sorted(lines) == ["x, lost", "x, won", "y, lost", "y, won"]
    assert lines["x, won"].get_color() == lines["y, won"].get_color()
    assert lines["x, won"].get_color() != lines["x, lost"].get_color()
    assert lines["x, won"].get_linestyle() == lines["x, lost"].get_linestyle()
    assert lines["x, won"].get_linestyle() != lines["y, won"].get_linestyle()


def test_many_groups_can_be_told_apart_and_nothing_is_cut_off():
    groups = [f"a group with a long name {i}" for i in range(12)]
    many = plot_survival(kaplan_meier(range(1, 13), [1, 0] * 6, by=groups))
    styles = {(line.get_color(), line.get_linestyle()) for line in many.lines}
    assert len(styles) == 12
    few = plot_cumulative_incidence(cumulative_incidence(range(1, 7), OUTCOMES), unit="days")
    for ax in (many, few):
        whole, inked = drawn(ax)
        assert inked.x0 >= -1
        assert inked.y0 >= -1
        assert inked.x1 <= whole.x1 + 1
        assert inked.y1 <= whole.y1 + 1


def test_refusals(monkeypatch):
    table = cumulative_incidence([1, 2], [1, 2])
    with pytest.raises(ColumnNotFoundError, match="low"):
        plot_survival(kaplan_meier([1], [1]).drop(columns="low"))
    with pytest.raises(ColumnNotFoundError, match="column cause"):
        plot_cumulative_incidence(kaplan_meier([1], [1]))
    with pytest.raises(ColumnNotFoundError, match="column high"):
        plot_cumulative_incidence(table.drop(columns="high"))
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingDependencyError, match=r"crmlytics\[plot\]"):
        plot_cumulative_incidence(table)
