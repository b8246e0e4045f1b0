"""Plots take a computed table and an Axes and return the Axes."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from crmlytics.segmentation import (
    migration_table,
    plot_concentration,
    plot_migration,
    plot_needs,
    plot_profile,
    plot_reach,
    plot_segments,
    plot_whale,
    profile_table,
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


def test_migration_is_a_grid_of_percentages():
    may = pd.DataFrame({"customer_id": [1, 2, 3], "segment": ["A", "A", "B"]})
    june = pd.DataFrame({"customer_id": [1, 2, 4], "segment": ["A", "B", "B"]})
    axes = plot_migration(migration_table(may, june))
    assert [text.get_text() for text in axes.get_yticklabels()] == ["A", "B", "(new)"]
    assert sorted(text.get_text() for text in axes.texts) == ["100", "100", "50", "50"]


def test_a_whale_curve_marks_its_summit():
    axes = plot_whale(value_concentration([6.0, 6.0, 0.0, -2.0], negatives="whale"))
    assert [text.get_text() for text in axes.texts] == ["120 %"]
    assert list(plot_whale(value_concentration([1.0, 2.0])).texts) == []


def test_a_profile_has_an_axis_for_each_kind_of_feature():
    customers = pd.DataFrame(
        {"segment": ["A", "A", "B", "B"], "age": [60, 64, 34, 38], "word": ["x", "y", "y", "y"]}
    )
    found = profile_table(customers, features=["age", "word"])
    axes = plot_profile(found, segment="A")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["word: y", "word: x"]
    assert axes.lines[-1].get_xdata().tolist() == [-50.0, 50.0]
    numbers = plot_profile(found, segment="A", show="numbers")
    assert [text.get_text() for text in numbers.get_yticklabels()] == ["age"]
    with pytest.raises(ValueError, match="no shares of this segment"):
        plot_profile(found, segment="C")


def test_reach_is_drawn_against_chance():
    curve = pd.DataFrame(
        {"reach": [0.1, 1.0], "recall": [0.4, 1.0], "low": [0.3, 0.9], "high": [0.5, 1.0]}
    )
    axes = plot_reach(curve)
    assert axes.lines[-1].get_ydata().tolist() == [40.0, 100.0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["chance", "look-alikes"]


def test_needs_are_indices_about_a_hundred():
    table = pd.DataFrame(
        {"segment": ["A", "A", "B"], "dimension": ["category"] * 3, "value": ["tea", "cups", "tea"],
         "index": [150.0, 50.0, 80.0], "low": [120.0, 40.0, 60.0], "high": [190.0, 70.0, 99.0]}
    )  # fmt: skip
    axes = plot_needs(table, segment="A")
    assert [text.get_text() for text in axes.get_yticklabels()] == ["cups", "tea"]
    assert axes.lines[-1].get_xdata().tolist() == [50.0, 150.0]
    with pytest.raises(ValueError, match="no promotion of this segment"):
        plot_needs(table, segment="A", dimension="promotion")
