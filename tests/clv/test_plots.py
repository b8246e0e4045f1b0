"""The pictures of fits and forecasts: what is drawn, on whose axes, and that nothing is cut off."""

from __future__ import annotations

import datetime as dt
import sys

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel, plots, value_plots
from crmlytics.clv.frequency_fits import frequency_fit_table
from crmlytics.clv.holdouts import holdout_calibration_table, holdout_table
from crmlytics.clv.model_comparison import compare_models
from crmlytics.clv.tracking import tracking_table
from crmlytics.errors import ColumnNotFoundError, MissingDependencyError, NotEnoughDataError
from tests.support.purchases import make_log

figures = pytest.importorskip("matplotlib.figure")

PARAMS = {"r": 0.8, "alpha": 4.0, "a": 0.8, "b": 2.5, "unit": "W"}
MODELS = [
    BetaGeoModel.from_params(**PARAMS),
    ModifiedBetaGeoModel.from_params(**PARAMS),
    NBDModel.from_params(r=0.8, alpha=6.0, unit="W"),
]
SUMMARY = MODELS[0].simulate(400, T=40.0, random_state=1)[["frequency", "recency", "T"]]
SUMMARY = SUMMARY.assign(
    frequency_holdout=MODELS[0].draw_purchases(SUMMARY, t=20, n_draws=1, random_state=2)[0],
    T_holdout=20.0,
)
LOG = make_log(seed=4)
SPAN = {"calibration_end": dt.date(2023, 6, 30), "holdout_end": dt.date(2023, 10, 15)}


def nothing_is_cut_off(ax):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    whole = ax.figure.bbox
    inked = ax.figure.get_tightbbox(canvas.get_renderer()).transformed(ax.figure.dpi_scale_trans)
    return (
        inked.x0 >= -1 and inked.y0 >= -1 and inked.x1 <= whole.x1 + 1 and inked.y1 <= whole.y1 + 1
    )


@pytest.mark.parametrize("cumulative", [False, True])
def test_tracking(engine, cumulative):
    table = tracking_table(engine.make(LOG), MODELS[0], **SPAN, amount_col="amount")
    ax = plots.plot_tracking(table, cumulative=cumulative)
    held = pd.DataFrame(engine.columns(table))
    name = "cumulative_actual" if cumulative else "actual"
    shown = held if cumulative else held[held["complete"]]
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert drawn["actual"].tolist() == shown[name].tolist()
    assert ax.texts[0].get_text().startswith("held out")
    assert nothing_is_cut_off(ax)


def test_tracking_without_a_holdout_has_no_line():
    table = tracking_table(
        LOG, MODELS[0], calibration_end=SPAN["holdout_end"], holdout_end=SPAN["holdout_end"],
        amount_col="amount",
    )  # fmt: skip
    ax = plots.plot_tracking(table[~table["holdout"]])
    assert not ax.texts


def test_frequency_fit():
    table = frequency_fit_table(SUMMARY, MODELS, n_max=5)
    ax = plots.plot_frequency_fit(table)
    heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in ax.containers}
    first = table[table["model"] == "BetaGeoModel"]
    assert heights["actual"] == first["actual"].tolist()
    assert heights["BetaGeoModel"] == first["expected"].tolist()
    assert len(heights) == 4
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1", "2", "3", "4", "5+"]
    assert nothing_is_cut_off(ax)


def test_holdout():
    table = holdout_table(SUMMARY, MODELS)
    ax = plots.plot_holdout(table)
    assert [bar.get_width() for bar in ax.patches] == table["mae"].tolist()
    assert "bias" in ax.texts[0].get_text()
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "naive: own rate goes on"
    assert nothing_is_cut_off(ax)


def test_calibration():
    table = holdout_calibration_table(SUMMARY, MODELS[:2], n_groups=5)
    ax = plots.plot_holdout_calibration(table)
    labels = ax.get_legend_handles_labels()[1]
    assert labels == ["BetaGeoModel", "ModifiedBetaGeoModel"]
    assert nothing_is_cut_off(ax)


def test_models():
    table = compare_models(SUMMARY, MODELS)
    table.loc[0, "converged"] = False
    ax = plots.plot_models(table)
    assert [bar.get_width() for bar in ax.patches] == table["aic_difference"].tolist()
    assert ax.get_yticklabels()[0].get_text().endswith("(not converged)")
    assert nothing_is_cut_off(ax)


def calls():
    log = {"calibration_end": SPAN["calibration_end"], "holdout_end": SPAN["holdout_end"]}
    return {
        plots.plot_tracking: tracking_table(LOG, MODELS[0], **log, amount_col="amount"),
        plots.plot_frequency_fit: frequency_fit_table(SUMMARY, MODELS[0]),
        plots.plot_holdout: holdout_table(SUMMARY, MODELS[0]),
        plots.plot_holdout_calibration: holdout_calibration_table(SUMMARY, MODELS[0]),
        plots.plot_models: compare_models(SUMMARY, MODELS),
    }


def test_the_callers_axes_are_used_and_other_tables_refused():
    for plot, table in calls().items():
        ax = figures.Figure().subplots()
        assert plot(table, ax=ax) is ax
        with pytest.raises(ColumnNotFoundError):
            plot(pd.DataFrame({"something": [1]}), ax=ax)
        with pytest.raises(NotEnoughDataError, match="empty"):
            plot(table.head(0), ax=ax)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingDependencyError, match=r"crmlytics\[plot\]"):
        plots.plot_holdout(holdout_table(SUMMARY, MODELS[0]))
    table = pd.DataFrame({"clv": np.ones(3)})
    with pytest.raises(MissingDependencyError, match=r"crmlytics\[plot\]"):
        value_plots.plot_clv(table)
