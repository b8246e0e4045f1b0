"""Axes to draw on, columns to draw, and the dress of all pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics._core import axes
from crmlytics.errors import ColumnNotFoundError

figures = pytest.importorskip("matplotlib.figure")


@pytest.fixture
def ax():
    return figures.Figure().subplots()


def test_given_axes_are_taken(ax):
    assert axes.axes_or_new(ax, height=1.0) is ax


def test_new_axes_have_the_size(ax):
    from matplotlib import pyplot as plt

    new = axes.axes_or_new(None, width=4.0, height=2.0)
    assert tuple(new.figure.get_size_inches()) == (4.0, 2.0)
    plt.close(new.figure)


def test_columns_come_as_arrays_in_order(engine):
    table = engine.make(pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"]}))
    held = axes.table_columns(table, ("c", "a"))
    assert list(held) == ["c", "a"]
    assert sorted(held["a"].tolist()) == [1, 2]


def test_a_missing_column_is_named():
    with pytest.raises(ColumnNotFoundError, match="rate"):
        axes.table_columns(pd.DataFrame({"age": [1]}), ("age", "rate"))


def test_dress_names_the_axes_and_draws_no_box(ax):
    ax.plot([0, 1], [0, 1], label="line")
    axes.dress(ax, x="weeks", y="customers", legend="upper left")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weeks", "customers")
    assert not ax.spines["top"].get_visible()
    assert not ax.spines["right"].get_visible()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["line"]


def test_no_legend_unless_asked_for(ax):
    ax.plot([0, 1], [0, 1], label="line")
    axes.dress(ax, x="weeks")
    assert ax.get_legend() is None
    assert ax.get_ylabel() == ""


def test_colours_of_a_series_differ():
    assert len(set(axes.SERIES)) == len(axes.SERIES) == 7
    assert np.isin(axes.BLUE, axes.SERIES)
