"""Pictures of how well models fit and forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import BLACK, BLUE, GREY, SERIES, axes_or_new, dress
from crmlytics.clv import _drawing as drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_tracking(table: Any, *, cumulative: bool = False, ax: Axes | None = None) -> Axes:
    """Draw repeat purchases through time: what happened, and what the model expects.

    Parameters
    ----------
    table : frame
        Result of `tracking_table`, of any engine.
    cumulative : bool
        Draw sums from the start instead of the purchases of each period.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Two lines over the periods; a dotted line marks where the time held out begins. A last
        period that is not over is left out of the purchases per period.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no tracking table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.clv import plot_tracking
    >>> table = pd.DataFrame({
    ...     "period": pd.to_datetime(["2024-01-01", "2024-02-01"]),
    ...     "actual": [0, 1],
    ...     "expected": [0.2, 0.9],
    ...     "cumulative_actual": [0, 1],
    ...     "cumulative_expected": [0.2, 1.1],
    ...     "holdout": [False, True],
    ...     "complete": [True, True],
    ... })
    >>> plot_tracking(table).get_ylabel()
    'repeat purchases'
    """
    names = ("cumulative_actual", "cumulative_expected") if cumulative else ("actual", "expected")
    held = drawing.read(table, ("period", *names, "holdout", "complete"))
    order = np.argsort(held["period"])
    period = held["period"].astype("datetime64[D]")[order]
    shown = np.ones(len(period), bool) if cumulative else held["complete"].astype(bool)[order]
    ax = axes_or_new(ax, height=3.2)
    actual, expected = (held[name].astype(np.float64)[order] for name in names)
    ax.plot(period[shown], actual[shown], color=BLACK, linewidth=1.2, label="actual")
    ax.plot(
        period[shown], expected[shown], color=BLUE, linewidth=1.6, linestyle="--",
        label="expected",
    )  # fmt: skip
    out = held["holdout"].astype(bool)[order]
    if out.any() and not out.all():
        start = period[out][0]
        ax.axvline(start, color=GREY, linewidth=1.0, linestyle=":")
        ax.annotate(
            "held out →", (start, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -3),
            textcoords="offset points", va="top", fontsize=8, color="#555555",
        )  # fmt: skip
    ax.set_ylim(bottom=0.0)
    drawing.date_axis(ax)
    dress(
        ax,
        x="start of the period",
        y="repeat purchases" + (" so far" if cumulative else ""),
        legend="best",
    )
    return ax


def plot_frequency_fit(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers bought 0, 1, 2 … times, and how many the models expect.

    Parameters
    ----------
    table : frame
        Result of `frequency_fit_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A group of bars for each number of repeat purchases, the last with a plus for more.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no frequency fit table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.clv import ModifiedBetaGeoModel, frequency_fit_table, plot_frequency_fit
    >>> model = ModifiedBetaGeoModel.from_params(r=0.5, alpha=6.0, a=0.9, b=1.6, unit="W")
    >>> summary = model.simulate(1000, T=39, random_state=1)
    >>> plot_frequency_fit(frequency_fit_table(summary, model)).get_ylabel()
    'customers'
    """
    held = drawing.read(table, ("model", "frequency", "or_more", "actual", "expected"))
    models = list(dict.fromkeys(held["model"].tolist()))
    first = held["model"] == models[0]
    frequency = held["frequency"][first].astype(np.int64)
    more = held["or_more"][first].astype(bool)
    ax = axes_or_new(ax, height=3.2)
    width = 0.8 / (len(models) + 1)
    left = frequency - 0.4 + width / 2.0
    ax.bar(left, held["actual"][first].astype(np.float64), width, color=BLACK, label="actual")
    for i, model in enumerate(models):
        expected = held["expected"][held["model"] == model].astype(np.float64)
        colour = SERIES[i % len(SERIES)]
        ax.bar(left + (i + 1) * width, expected, width, color=colour, label=str(model))
    labels = [f"{n}+" if up else str(n) for n, up in zip(frequency, more, strict=True)]
    ax.set_xticks(frequency, labels)
    dress(ax, x="repeat purchases", y="customers", legend="best")
    return ax


def plot_holdout(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the mean absolute error of each forecast of what was held out.

    Parameters
    ----------
    table : frame
        Result of `holdout_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per model, naive rules in grey, with the bias of the total beside it.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no holdout table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import plot_holdout
    >>> table = pd.DataFrame({"model": ["NBDModel"], "mae": [0.6], "bias": [0.58]})
    >>> plot_holdout(table).get_xlabel()
    'mean absolute error, purchases per customer'
    """
    held = drawing.read(table, ("model", "mae", "bias"))
    names = [str(name) for name in held["model"]]
    mae, bias = held["mae"].astype(np.float64), held["bias"].astype(np.float64)
    ax = axes_or_new(ax, height=1.0 + 0.32 * max(len(names), 2))
    place = np.arange(len(names))
    colours = [GREY if name.startswith("naive") else BLUE for name in names]
    ax.barh(place, mae, color=colours, height=0.7)
    for at, error, off in zip(place, mae, bias, strict=True):
        said = f" {error:.2f}" + ("" if np.isnan(off) else f", bias {100 * off:+.0f} %")
        ax.text(error, float(at), said, va="center", fontsize=8)
    ax.set_yticks(place, names)
    ax.invert_yaxis()
    ax.set_xlim(0.0, 1.5 * float(np.nanmax(mae)) if np.nanmax(mae) > 0 else 1.0)
    dress(ax, x="mean absolute error, purchases per customer")
    return ax


def plot_holdout_calibration(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw forecast against outcome in groups of customers.

    Parameters
    ----------
    table : frame
        Result of `holdout_calibration_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A point per group with its interval; on the dotted line forecast and outcome agree.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no calibration table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import plot_holdout_calibration
    >>> table = pd.DataFrame({
    ...     "model": ["NBDModel"] * 2,
    ...     "predicted": [0.4, 1.5],
    ...     "actual": [0.3, 1.7],
    ...     "low": [0.2, 1.2],
    ...     "high": [0.4, 2.2],
    ... })
    >>> plot_holdout_calibration(table).get_xlabel()
    'predicted purchases per customer'
    """
    held = drawing.read(table, ("model", "predicted", "actual", "low", "high"))
    ax = axes_or_new(ax, height=3.6)
    values = {name: held[name].astype(np.float64) for name in held if name != "model"}
    top = float(np.nanmax([*values["predicted"], *values["actual"], *values["high"]]))
    ax.plot([0.0, top], [0.0, top], color=GREY, linestyle=":", linewidth=1.0)
    marks = "osD^vPX"
    for i, model in enumerate(dict.fromkeys(held["model"].tolist())):
        of = {name: one[held["model"] == model] for name, one in values.items()}
        reach = np.abs(np.stack([of["actual"] - of["low"], of["high"] - of["actual"]]))
        ax.errorbar(
            of["predicted"], of["actual"], yerr=np.nan_to_num(reach), label=str(model),
            color=SERIES[i % len(SERIES)], marker=marks[i % len(marks)],
            markersize=4, linewidth=1.0, capsize=2,
        )  # fmt: skip
    ax.set_xlim(left=0.0)
    ax.set_ylim(bottom=0.0)
    dress(ax, x="predicted purchases per customer", y="actual", legend="best")
    return ax


def plot_models(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how much worse than the best each model describes the customers.

    Parameters
    ----------
    table : frame
        Result of `compare_models`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One bar per model; a model that did not converge is marked.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no comparison of models.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import plot_models
    >>> table = pd.DataFrame({
    ...     "model": ["ModifiedBetaGeoModel", "NBDModel"],
    ...     "aic_difference": [0.0, 359.0],
    ...     "converged": [True, True],
    ... })
    >>> plot_models(table).get_xlabel()
    'AIC above the best'
    """
    held = drawing.read(table, ("model", "aic_difference", "converged"))
    worse = held["aic_difference"].astype(np.float64)
    names = [
        str(name) + ("" if done else " (not converged)")
        for name, done in zip(held["model"], held["converged"], strict=True)
    ]
    ax = axes_or_new(ax, height=1.0 + 0.32 * max(len(names), 2))
    place = np.arange(len(names))
    ax.barh(place, worse, color=BLUE, height=0.7)
    for at, value in zip(place, worse, strict=True):
        ax.text(value, float(at), f" {value:,.1f}", va="center", fontsize=8)
    ax.set_yticks(place, names)
    ax.invert_yaxis()
    ax.set_xlim(0.0, 1.2 * float(worse.max()) if worse.max() > 0 else 1.0)
    dress(ax, x="AIC above the best")
    return ax
