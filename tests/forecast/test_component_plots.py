"""plot_components and plot_seasonal_index: what is drawn where, one series only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("matplotlib")

from crmlytics.forecast import (
    decompose,
    plot_components,
    plot_seasonal_index,
    seasonal_index_table,
)


@pytest.fixture(scope="module")
def sales():
    values = np.tile([10.0, 14, 12, 20], 6) + np.random.default_rng(0).normal(size=24)
    dates = pd.date_range("2019-01-01", periods=24, freq="QS")
    return pd.DataFrame({"date": dates, "value": values})


def test_panels_hold_the_columns(sales):
    parts = decompose(sales)
    drawn = plot_components(parts.sample(frac=1, random_state=0), value_label="sales, EUR")
    for ax, name in zip(drawn, ["value", "trend", "seasonal", "remainder"], strict=True):
        np.testing.assert_allclose(ax.lines[0].get_ydata(), parts[name])
    assert drawn[0].get_ylabel() == "sales, EUR"
    assert drawn[-1].get_xlabel() == "date"
    # One length in the unit of the values, in every panel: the smallest reach.
    bars = [np.ptp(ax.lines[1].get_ydata()) for ax in drawn]
    np.testing.assert_allclose(bars, np.ptp(parts["remainder"]))


def test_multiplied_components_have_no_common_bar(sales):
    drawn = plot_components(decompose(sales, model="multiplicative"))
    assert all(len(ax.lines) == 1 for ax in drawn)


def test_axes_of_the_callers_own(sales):
    from matplotlib.figure import Figure

    axes = Figure().subplots(4, 1)
    assert list(plot_components(decompose(sales), ax=axes)) == list(axes)
    with pytest.raises(ValueError, match="4 axes, one per panel, got 1"):
        plot_components(decompose(sales), ax=axes[0])


def test_indices_and_their_intervals(sales, engine):
    table = seasonal_index_table(engine.make(sales))
    ax = plot_seasonal_index(table, label="index")
    assert ax.lines[1].get_xdata().tolist() == [1, 2, 3, 4]
    expected = seasonal_index_table(sales)
    np.testing.assert_allclose(ax.lines[1].get_ydata(), expected["index"])
    ends = np.array([path.vertices[:, 1] for path in ax.collections[0].get_paths()])
    np.testing.assert_allclose(ends, expected[["low", "high"]])
    assert ax.get_ylabel() == "index"


def test_one_series_per_chart(sales):
    two = pd.concat([sales.assign(series="a"), sales.assign(series="b")])
    with pytest.raises(ValueError, match="24 of 48 rows repeat a date"):
        plot_components(decompose(two, series_col="series"))
    with pytest.raises(ValueError, match="4 of 8 rows repeat a season"):
        plot_seasonal_index(seasonal_index_table(two, series_col="series"))
