"""plot_time_to_next: what is drawn, on whose axes, and that no label is cut off."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pytest

from crmlytics.basket import plot_time_to_next, time_to_next_curves
from crmlytics.errors import ColumnNotFoundError
from tests.basket.sequence_oracles import log_of

figures = pytest.importorskip("matplotlib.figure")
ROWS = [
    (f"c{i}", day, item)
    for i in range(12)
    for day, item in ((i, "printer"), (i + 5 + 3 * (i % 4), "ink"), (40 + i, "paper"))
]


def curves(pairs, engine=None):
    log = log_of(ROWS)
    return time_to_next_curves(
        engine.make(log) if engine else log, pairs=pairs, as_of=dt.date(1970, 3, 1)
    )


def test_each_pair_is_a_curve_with_its_interval(engine):
    ax = plot_time_to_next(curves([("printer", "ink"), ("ink", "paper")], engine))
    assert [line.get_label() for line in ax.lines] == [
        "printer → ink  (n = 12)",
        "ink → paper  (n = 12)",
    ]
    assert len(ax.collections) == 2
    table = curves([("printer", "ink")])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * table["share"])
    np.testing.assert_allclose(ax.lines[0].get_xdata(), table["day"])
    assert ax.get_ylabel() == "have bought the next item, %"


def test_nothing_is_cut_off():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    ax = plot_time_to_next(curves([("printer", "ink"), ("ink", "paper"), ("printer", "paper")]))
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    inked = ax.figure.get_tightbbox(canvas.get_renderer()).transformed(ax.figure.dpi_scale_trans)
    whole = ax.figure.bbox
    assert inked.x0 >= -1
    assert inked.y0 >= -1
    assert inked.x1 <= whole.x1 + 1
    assert inked.y1 <= whole.y1 + 1


def test_the_callers_axes_are_used_and_pyplot_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # its import would fail
    ax = figures.Figure().subplots()
    assert plot_time_to_next(curves([("printer", "ink")]), ax=ax) is ax


def test_other_tables_are_refused_and_empty_ones_drawn():
    with pytest.raises(ColumnNotFoundError, match="column first_item"):
        plot_time_to_next(log_of(ROWS))
    assert not plot_time_to_next(curves([("printer", "ink")]).iloc[:0]).lines
