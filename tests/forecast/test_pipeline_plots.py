"""Charts of pipelines carry their units, their quota and every source."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError
from crmlytics.forecast import plot_pipeline, plot_waterfall

TABLE = pd.DataFrame(
    {
        "period": pd.to_datetime(["2024-01-01", "2024-02-01"]),
        "expected": [10.0, 12.0],
        "low_80": [8.0, 9.0],
        "high_80": [12.0, 15.0],
        "low_95": [7.0, 8.0],
        "high_95": [13.0, 17.0],
    }
)
SOURCES = pd.DataFrame(
    {
        "source": ["already won", "open", "new", "repeat", "series"] * 2,
        "expected": [5.0, 3.0, 1.0, np.nan, -0.5, 0.0, 6.0, 2.0, np.nan, 0.5],
    }
)


def test_the_fan_the_quota_and_the_unit():
    ax = plot_pipeline(TABLE, quota=11.0, value_label="revenue, EUR")
    assert ax.get_ylabel() == "revenue, EUR"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2024-01", "2024-02"]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["expected", "quota", "95 % interval", "80 % interval"]
    widest = ax.containers[0].patches[1]
    assert (widest.get_y(), widest.get_height()) == (8.0, 9.0)
    assert ax.get_lines()[1].get_ydata()[0] == 11.0


def test_weeks_are_named_by_their_first_day():
    weeks = TABLE.assign(period=pd.to_datetime(["2024-01-03", "2024-01-10"]))
    ax = plot_pipeline(weeks)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["01-03", "01-10"]
    assert len(ax.get_lines()) == 1, "no quota, no line"


def test_the_waterfall_ends_at_the_total():
    ax = plot_waterfall(SOURCES, value_label="EUR")
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["already won", "open", "new", "series", "expected"], "null is left out"
    heights = [patch.get_height() for container in ax.containers for patch in container]
    assert heights == [5.0, 9.0, 3.0, 0.0, 17.0]
    assert ax.get_ylabel() == "EUR"


def test_given_axes_are_drawn_on():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot_pipeline(TABLE, ax=ax) is ax
    assert plot_waterfall(SOURCES, ax=Figure().subplots()).figure is not None


def test_other_tables_are_refused():
    with pytest.raises(ColumnNotFoundError, match="expected"):
        plot_pipeline(TABLE.drop(columns="expected"))
    with pytest.raises(ValueError, match="1 of 2 rows repeat a period"):
        plot_pipeline(TABLE.assign(period=dt.date(2024, 1, 1)).astype({"period": "datetime64[us]"}))
    with pytest.raises(ValueError, match="quota"):
        plot_pipeline(TABLE, quota=float("nan"))
    with pytest.raises(ColumnNotFoundError, match="source"):
        plot_waterfall(TABLE)
