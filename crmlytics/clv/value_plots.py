"""Pictures of what customers are worth and how long they stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks
from crmlytics._core.axes import BLUE, GREY, ORANGE, VERMILION, axes_or_new, dress
from crmlytics.clv import _drawing as drawing
from crmlytics.clv import _time_units
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_clv(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw which part of the customers holds which part of the value to come.

    Parameters
    ----------
    table : frame
        Result of `clv_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The share of the total value held by the most valuable customers, from none to all; the
        dotted line would be that of equal values. The most valuable fifth is marked.

    Raises
    ------
    ColumnNotFoundError
        If `table` has no column ``clv``.
    NotEnoughDataError
        If no customer has a value above 0.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import plot_clv
    >>> table = pd.DataFrame({"customer_id": ["ann", "bob"], "clv": [21.2, 1.7]})
    >>> plot_clv(table).get_xlabel()
    'customers, % from the most valuable'
    """
    value = drawing.read(table, ("clv",))["clv"].astype(np.float64)
    known = np.sort(value[~np.isnan(value)])[::-1]
    if not known.sum() > 0:
        raise NotEnoughDataError("no customer has a value above 0; there is nothing to draw")
    share = 100.0 * np.concatenate([[0.0], np.cumsum(known)]) / known.sum()
    part = 100.0 * np.arange(len(known) + 1) / len(known)
    ax = axes_or_new(ax, height=3.2)
    ax.plot([0.0, 100.0], [0.0, 100.0], color=GREY, linestyle=":", linewidth=1.0)
    ax.plot(part, share, color=BLUE, linewidth=1.6)
    fifth = float(np.interp(20.0, part, share))
    ax.plot([20.0], [fifth], "o", color=VERMILION, markersize=5)
    ax.annotate(
        f"20 % of the customers:\n{fifth:.0f} % of the value", (20.0, fifth), xytext=(8, -4),
        textcoords="offset points", va="top", fontsize=8,
    )  # fmt: skip
    ax.set_xlim(0.0, 100.0)
    ax.set_ylim(0.0, 102.0)
    dress(ax, x="customers, % from the most valuable", y="customer lifetime value, % of all")
    return ax


def plot_payback(
    table: Any, *, acquisition_cost: float, period_unit: str, ax: Axes | None = None
) -> Axes:
    """Draw the value of a cohort as it adds up, against the cost of winning it.

    Parameters
    ----------
    table : frame
        Result of `cohort_value_table`.
    acquisition_cost : float
        Cost of winning one customer, in the currency of the values.
    period_unit : {"D", "W", "M", "Q", "Y"}
        Unit of the periods, for the axis.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The cumulative value with its interval, if it has one, and the cost; the period of
        payback is marked.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no cohort value table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import plot_payback
    >>> table = pd.DataFrame({
    ...     "period": [0, 1, 2],
    ...     "cumulative_value": [10.0, 16.0, 20.0],
    ...     "low": [9.0, 14.0, 17.0],
    ...     "high": [11.0, 18.0, 23.0],
    ... })
    >>> plot_payback(table, acquisition_cost=15.0, period_unit="Q").get_xlabel()
    'quarters since the first purchase'
    """
    cost = checks.number("acquisition_cost", acquisition_cost, at_least=0)
    unit = _time_units.NAMES[_time_units.word("period_unit", period_unit)]
    held = drawing.read(table, ("period", "cumulative_value", "low", "high"))
    period, value, low, high = (one.astype(np.float64) for one in held.values())
    ax = axes_or_new(ax, height=3.2)
    if np.isfinite(low).any():
        ax.fill_between(period, low, high, color=BLUE, alpha=0.2, linewidth=0.0)
    ax.plot(period, value, color=BLUE, linewidth=1.6, label="cumulative value")
    ax.axhline(cost, color=VERMILION, linewidth=1.2, linestyle="--", label="acquisition cost")
    reached = np.flatnonzero(value >= cost)
    if len(reached):
        at = reached[0]
        ax.plot([period[at]], [value[at]], "o", color=VERMILION, markersize=5)
    said = f"paid back in period {period[reached[0]]:.0f}" if len(reached) else "never within"
    said += "" if len(reached) else f" {period[-1]:.0f} {unit}"
    ax.set_title(said, fontsize=9, loc="right")
    ax.set_ylim(bottom=0.0)
    dress(
        ax,
        x=f"{unit} since the first purchase",
        y="money per customer, at today's value",
        legend="lower right",
    )
    return ax


def plot_survival(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers under contract are left after each renewal.

    Parameters
    ----------
    table : frame
        Result of ``survival_table`` of a contractual model.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Survival with its interval, and the retention rate of each renewal, both in per cent.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no survival table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.clv import ShiftedBetaGeometricModel, plot_survival
    >>> model = ShiftedBetaGeometricModel.from_params(alpha=0.668, beta=3.806, unit="Y")
    >>> plot_survival(model.survival_table(7)).get_xlabel()
    'renewals'
    """
    names = ("period", "survival", "survival_low", "survival_high", "retention_rate")
    held = {name: one.astype(np.float64) for name, one in drawing.read(table, names).items()}
    period = held["period"]
    low, high = 100 * held["survival_low"], 100 * held["survival_high"]
    ax = axes_or_new(ax, height=3.2)
    ax.fill_between(period, low, high, color=BLUE, alpha=0.2, linewidth=0.0)
    ax.plot(period, 100 * held["survival"], color=BLUE, linewidth=1.6, label="survival")
    ax.plot(
        period, 100 * held["retention_rate"], color=ORANGE, linewidth=1.2,
        linestyle="--", label="retention rate",
    )  # fmt: skip
    ax.set_ylim(0.0, 102.0)
    dress(ax, x="renewals", y="customers, %", legend="best")
    return ax
