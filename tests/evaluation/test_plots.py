"""Plots of scores: what is drawn is what the tables hold."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, NotEnoughDataError
from crmlytics.evaluation import (
    calibration_table,
    gains_table,
    plot_calibration,
    plot_gains,
    plot_profit,
    profit_curve,
)

Y, P = [1, 0, 1, 0, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.2, 0.1]


def test_gains_start_at_nothing_and_end_at_all():
    table = gains_table(Y, P, n_bins=3)
    line = plot_gains(table).lines[1]
    assert line.get_xdata().tolist() == pytest.approx([0, 100 / 3, 200 / 3, 100])
    assert line.get_ydata().tolist() == pytest.approx([0, 50, 100, 100])


def test_calibration_has_a_point_per_bin_on_the_axes_given():
    ax = plt.subplots()[1]
    assert plot_calibration(calibration_table(Y, P, n_bins=2), ax=ax) is ax
    points = ax.containers[0].lines[0]
    assert points.get_xdata().tolist() == pytest.approx([20, 100 * 2.3 / 3])


def test_profit_marks_the_cut_chosen():
    pl = pytest.importorskip("polars")
    table = profit_curve(Y, P, value=200, offer_cost=10, acceptance=0.3)
    ax = plot_profit(pl.from_pandas(table), share=0.5)
    assert ax.lines[0].get_ydata().tolist() == table["profit"].tolist()
    assert ax.lines[-1].get_xdata() == [50, 50]
    assert ax.get_xlabel() == "contacted, highest scores first, %"


@pytest.mark.parametrize("plot", [plot_gains, plot_calibration, plot_profit])
def test_refusals(plot):
    with pytest.raises(ColumnNotFoundError):
        plot(pd.DataFrame({"a": [1]}))


def test_an_empty_table_is_refused():
    with pytest.raises(NotEnoughDataError, match="nothing to draw"):
        plot_gains(gains_table(Y, P).iloc[:0])
