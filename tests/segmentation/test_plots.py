"""Plots take a computed table and an Axes and return the Axes."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from crmlytics.segmentation import (
    plot_concentration,
    plot_segments,
    segment_table,
    value_concentration,
)


@pytest.fixture
def table():
    return segment_table(
        pd.DataFrame(
            {"segment": ["A", "B", "A"], "recency_days": [1, 9, 2], "frequency": [4, 1, 6],
             "monetary": [100.0, 20.0, 300.0]}
        )
    )  # fmt: skip


def test_segments_are_bars_in_percent(table):
    axes = plot_segments(table)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["A", "B"]
    widths = sorted(round(bar.get_width(), 1) for bar in axes.patches)
    assert widths == [4.8, 33.3, 66.7, 95.2]


def test_concentration_ends_in_the_corner():
    axes = plot_concentration(value_concentration([1.0, 2.0, 7.0]))
    x, y = axes.lines[-1].get_data()
    assert (x[-1], y[-1]) == (100, pytest.approx(100))


def test_an_axes_of_ones_own_is_used(table):
    mine = Figure().subplots()
    assert plot_segments(table, ax=mine) is mine
    assert plot_concentration(value_concentration([1.0, 2.0]), ax=mine) is mine
