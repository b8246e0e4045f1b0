"""Pictures over time: retention curves, revenue retention, times between purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import frames
from crmlytics._core.axes import BLUE, GREY, ORANGE, axes_or_new, dress, table_columns
from crmlytics.retention.gaps import PurchaseGaps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_BAND = 0.2  # how dark an interval is
_MOST_TICKS = 13


def plot_retention_curve(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who stay to each age, with its interval.

    Parameters
    ----------
    table : frame
        Result of `retention_curve`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Per cent against age in periods; a dashed line marks one half. The curve by Kaplan and
        Meier is drawn in steps.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `retention_curve`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_retention_curve, retention_curve
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-11"]),
    ... })
    >>> ax = plot_retention_curve(retention_curve(events, unit="M", as_of=dt.date(2024, 3, 31)))
    >>> ax.get_ylabel()
    'customers who stay, %'
    """
    held = table_columns(table, ("age", "rate", "low", "high"))
    order = np.argsort(held["age"])
    age = held["age"][order]
    rate, low, high = (
        100 * held[name].astype(np.float64)[order] for name in ("rate", "low", "high")
    )
    ax = axes_or_new(ax, height=3.2)
    stepped = "lapsed" in frames.column_names(table)
    ax.fill_between(
        age, low, high, color=BLUE, alpha=_BAND, linewidth=0, step="post" if stepped else None
    )
    ax.plot(
        age, rate, color=BLUE, marker=None if stepped else "o", markersize=4,
        drawstyle="steps-post" if stepped else "default",
    )  # fmt: skip
    ax.axhline(50.0, color=GREY, linewidth=0.8, linestyle="--")
    ax.set_ylim(0.0, 103.0)
    dress(ax, x="age in periods", y="customers who stay, %")
    return ax


def plot_revenue_retention(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw gross and net revenue retention by period, with their intervals.

    Parameters
    ----------
    table : frame
        Result of `revenue_retention`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Per cent against the period; a dashed line marks 100 %, where the money before is all
        there again.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `revenue_retention`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_revenue_retention, revenue_retention
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-01-10", "2024-02-11"]),
    ...     "amount": [10.0, 20.0, 15.0],
    ... })
    >>> ax = plot_revenue_retention(
    ...     revenue_retention(events, unit="M", as_of=dt.date(2024, 2, 29))
    ... )
    >>> ax.get_ylabel()
    'revenue kept, %'
    """
    names = [f"{rate}{end}" for rate in ("grr", "nrr") for end in ("", "_low", "_high")]
    held = table_columns(table, ("period", *names))
    order = np.argsort(held["period"])
    start = held["period"].astype("datetime64[D]")[order]
    place = np.arange(len(start))
    ax = axes_or_new(ax, height=3.2)
    for rate, colour, label in (("grr", BLUE, "gross (GRR)"), ("nrr", ORANGE, "net (NRR)")):
        middle, low, high = (
            100 * held[f"{rate}{end}"].astype(np.float64)[order] for end in ("", "_low", "_high")
        )
        ax.fill_between(place, low, high, color=colour, alpha=_BAND, linewidth=0)
        ax.plot(place, middle, color=colour, marker="o", markersize=4, label=label)
    ax.axhline(100.0, color=GREY, linewidth=0.8, linestyle="--")
    ax.set_ylim(bottom=0.0)
    _dates(ax, start)
    dress(ax, x="first day of the period", y="revenue kept, %")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize=8, frameon=False)
    return ax


def plot_purchase_gaps(gaps: PurchaseGaps, *, ax: Axes | None = None) -> Axes:
    """Draw the share of gaps that a next purchase has ended by so many days.

    Parameters
    ----------
    gaps : PurchaseGaps
        Result of `purchase_gaps`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Per cent against days, with the interval; grey lines mark the median of the curve and,
        dotted, that of the closed gaps alone.

    Raises
    ------
    TypeError
        If `gaps` is no result of `purchase_gaps`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_purchase_gaps, purchase_gaps
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-11"]),
    ... })
    >>> ax = plot_purchase_gaps(purchase_gaps(events, as_of=dt.date(2024, 3, 31)))
    >>> ax.get_xlabel()
    'days since the purchase'
    """
    if not isinstance(gaps, PurchaseGaps):
        raise TypeError(f"gaps must be a result of purchase_gaps, got {type(gaps).__name__}")
    held = table_columns(gaps.curve, ("time", "survival", "low", "high"))
    bought, low, high = (
        100 * (1.0 - held[name].astype(np.float64)) for name in ("survival", "high", "low")
    )
    ax = axes_or_new(ax, height=3.2)
    ax.fill_between(held["time"], low, high, color=BLUE, alpha=_BAND, linewidth=0, step="post")
    ax.plot(held["time"], bought, color=BLUE, drawstyle="steps-post")
    lines = (
        (gaps.median_days, "-", "median"),
        (gaps.observed_median_days, ":", "closed gaps only"),
    )
    for median, style, label in lines:
        if np.isfinite(median):
            ax.axvline(
                median,
                color=GREY,
                linewidth=1.0,
                linestyle=style,
                label=f"{label}: {median:g} days",
            )
    ax.set_ylim(0.0, 103.0)
    dress(ax, x="days since the purchase", y="bought again, %", legend="lower right")
    return ax


def plot_repeat_rate(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who bought a second time, observed and estimated.

    Parameters
    ----------
    table : frame
        Result of `repeat_rate`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Per cent against days since the first purchase: the estimate with its interval, and the
        observed share as rings, which lie below it.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `repeat_rate`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_repeat_rate, repeat_rate
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-11"]),
    ... })
    >>> table = repeat_rate(events, as_of=dt.date(2024, 3, 31), within_days=[30, 60])
    >>> plot_repeat_rate(table).get_xlabel()
    'days since the first purchase'
    """
    names = ("within_days", "observed_rate", "rate", "low", "high")
    held = {name: values.astype(np.float64) for name, values in table_columns(table, names).items()}
    order = np.argsort(held["within_days"])
    days = held["within_days"][order]
    observed, rate, low, high = (100 * held[name][order] for name in names[1:])
    ax = axes_or_new(ax, height=3.2)
    spread = np.stack((rate - low, high - rate)).clip(min=0.0)
    ax.errorbar(days, rate, yerr=spread, color=BLUE, marker="o", markersize=4, label="Kaplan-Meier")
    ax.plot(
        days, observed, color=GREY, marker="o", markerfacecolor="white", markersize=4,
        linestyle="", label="observed",
    )  # fmt: skip
    ax.set_ylim(0.0, 103.0)
    dress(ax, x="days since the first purchase", y="bought again, %", legend="upper left")
    return ax


def plot_stickiness(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw stickiness window by window, with its interval.

    Parameters
    ----------
    table : frame
        Result of `stickiness`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Per cent against the last day of the window.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `stickiness`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_stickiness, stickiness
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-11"]),
    ... })
    >>> ax = plot_stickiness(stickiness(events, as_of=dt.date(2024, 3, 31)))
    >>> ax.get_xlabel()
    'last day of the window'
    """
    held = table_columns(table, ("end", "stickiness", "low", "high"))
    order = np.argsort(held["end"])
    place = np.arange(len(order))
    middle, low, high = (
        100 * held[name].astype(np.float64)[order] for name in ("stickiness", "low", "high")
    )
    ax = axes_or_new(ax, height=3.2)
    ax.fill_between(place, low, high, color=BLUE, alpha=_BAND, linewidth=0)
    ax.plot(place, middle, color=BLUE, marker="o", markersize=4)
    ax.set_ylim(bottom=0.0)
    _dates(ax, held["end"].astype("datetime64[D]")[order])
    dress(ax, x="last day of the window", y="daily of all active, %")
    return ax


def _dates(ax: Axes, days: NDArray[Any]) -> None:
    """Label evenly spaced places with dates, so few that they do not touch."""
    shown = np.arange(0, len(days), -(-len(days) // _MOST_TICKS) if len(days) else 1)
    ax.set_xticks(
        shown, [str(days[i]) for i in shown], rotation=45, ha="right", rotation_mode="anchor"
    )
