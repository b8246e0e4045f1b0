"""Pictures of customers compared: active days, wallets, loyalty, satisfaction and what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.axes import BLUE, GREY, SERIES, axes_or_new, dress, table_columns
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FIFTHS = ("lowest", "2nd", "middle", "4th", "highest")


def plot_active_days(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers were active on how many days of the window.

    Parameters
    ----------
    table : frame
        Result of `active_days_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Per cent of the active customers against their days, one bar per number of days.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `active_days_table`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import active_days_table, plot_active_days
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-02-09", "2024-02-10", "2024-02-11"]),
    ... })
    >>> ax = plot_active_days(active_days_table(events, as_of=dt.date(2024, 2, 29)))
    >>> ax.get_xlabel()
    'active days of 28'
    """
    held = table_columns(table, ("active_days", "rate", "low", "high"))
    rate, low, high = (100 * held[name].astype(np.float64) for name in ("rate", "low", "high"))
    ax = axes_or_new(ax, height=3.2)
    spread = np.stack((rate - low, high - rate)).clip(min=0.0)
    ax.bar(held["active_days"], rate, color=BLUE, yerr=spread, ecolor=GREY, error_kw={"lw": 0.8})
    width = int(held["active_days"].max()) if len(rate) else 0
    dress(ax, x=f"active days of {width}", y="of the active customers, %")
    return ax


def plot_share_of_wallet(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how our share of the wallet is spread over the customers.

    Parameters
    ----------
    table : frame
        Result of `share_of_wallet`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Customers by their share in tenths; a dashed line marks the share of all together.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `share_of_wallet`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_share_of_wallet, share_of_wallet
    >>> customers = pd.DataFrame(
    ...     {"customer_id": ["ann", "bob"], "amount": [30.0, 45.0], "wallet": [120.0, 60.0]}
    ... )
    >>> ax = plot_share_of_wallet(share_of_wallet(customers, wallet_col="wallet"))
    >>> ax.get_xlabel()
    'our share of the wallet, %'
    """
    held = table_columns(table, ("spend", "wallet", "share_of_wallet"))
    shares = 100 * held["share_of_wallet"].astype(np.float64)
    ax = axes_or_new(ax, height=3.2)
    ax.hist(shares[~np.isnan(shares)], bins=[10.0 * i for i in range(11)], color=BLUE, rwidth=0.9)
    total = float(held["wallet"].sum())
    dress(ax, x="our share of the wallet, %", y="customers")
    if total > 0:
        ours = 100 * float(held["spend"].sum()) / total
        ax.axvline(ours, color=GREY, linestyle="--", linewidth=1.0, label=f"all: {ours:.0f} %")
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=8, frameon=False)
    return ax


def plot_loyalty_index(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the mean scores of the components in each fifth of the customers.

    Parameters
    ----------
    table : frame
        Result of `loyalty_index`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One group of bars per fifth of the customers by their index, one colour per component:
        what makes the index high or low.

    Raises
    ------
    ColumnNotFoundError
        If `table` has no ``loyalty_index``.
    DataContractError
        If it has no scores.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.retention import loyalty_index, plot_loyalty_index
    >>> customers = pd.DataFrame({"customer_id": ["ann", "bob"], "frequency": [9, 2]})
    >>> ax = plot_loyalty_index(loyalty_index(customers, weights={"frequency": 1}))
    >>> ax.get_ylabel()
    'mean score'
    """
    names = frames.column_names(table)
    checks.columns(names, {"column loyalty_index": "loyalty_index"})
    scores = [name for name in names if name.endswith("_score")]
    if not scores:
        raise DataContractError("the table has no scores; pass a result of loyalty_index")
    held = table_columns(table, ("loyalty_index", *scores))
    ranks = np.argsort(np.argsort(held["loyalty_index"], kind="stable"), kind="stable")
    fifth = ranks * len(_FIFTHS) // max(len(ranks), 1)
    n = np.maximum(np.bincount(fifth, minlength=len(_FIFTHS)), 1)
    ax = axes_or_new(ax, height=3.2)
    width = 0.8 / len(scores)
    for i, name in enumerate(scores):
        mean = np.bincount(fifth, weights=held[name].astype(np.float64), minlength=len(_FIFTHS)) / n
        place = np.arange(len(_FIFTHS)) - 0.4 + (i + 0.5) * width
        label = name.removesuffix("_score")
        ax.bar(place, mean, width=width, color=SERIES[i % len(SERIES)], label=label)
    ax.axhline(0.0, color="black", linewidth=0.8)
    ax.set_xticks(range(len(_FIFTHS)), _FIFTHS)
    dress(ax, x="fifth of the customers by the index", y="mean score")
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=8, frameon=False)
    return ax


def plot_satisfaction_retention(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who came back by what they had answered, with intervals.

    Parameters
    ----------
    table : frame
        Result of `satisfaction_retention_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One point with its interval per group, the number of customers below its name.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `satisfaction_retention_table`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import plot_satisfaction_retention, satisfaction_retention_table
    >>> surveys = pd.DataFrame({
    ...     "customer_id": ["ann", "bob"],
    ...     "score": [10, 3],
    ...     "answered_at": pd.to_datetime(["2024-01-10", "2024-01-12"]),
    ... })
    >>> events = pd.DataFrame(
    ...     {"customer_id": ["ann", "ann"], "date": pd.to_datetime(["2024-01-05", "2024-02-01"])}
    ... )
    >>> table = satisfaction_retention_table(
    ...     surveys, events, as_of=dt.date(2024, 6, 30), horizon_days=90
    ... )
    >>> plot_satisfaction_retention(table).get_ylabel()
    'bought again, %'
    """
    first = "score" if "score" in frames.column_names(table) else "group"
    held = table_columns(table, (first, "n", "rate", "low", "high"))
    rate, low, high = (100 * held[name].astype(np.float64) for name in ("rate", "low", "high"))
    place = np.arange(len(rate))
    ax = axes_or_new(ax, height=3.2)
    spread = np.stack((rate - low, high - rate)).clip(min=0.0)
    ax.errorbar(place, rate, yerr=spread, color=BLUE, marker="o", linestyle="", capsize=3)
    labels = [f"{group}\n({int(n):,})" for group, n in zip(held[first], held["n"], strict=True)]
    ax.set_xticks(place, labels)
    ax.set_xlim(-0.5, max(len(rate), 1) - 0.5)
    ax.set_ylim(0.0, 103.0)
    dress(ax, x="answer (customers)", y="bought again, %")
    return ax
