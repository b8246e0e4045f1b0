"""Pictures of what a score rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import BLUE, GREY, ORANGE, VERMILION, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"keep": BLUE, "redundant": ORANGE, "suspect leak": VERMILION, "ignore": GREY}


def plot_drivers(table: Any, *, most: int = 20, ax: Axes | None = None) -> Axes:
    """Draw the importance of each column with its interval, coloured by verdict.

    Parameters
    ----------
    table : frame
        A result of `driver_table`.
    most : int
        Most columns to draw, the most important ones.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A point per column, the most important on top; at 0 a column says nothing.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `driver_table`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from crmlytics.scoring import driver_table, plot_drivers
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"visits": rng.poisson(3, 600), "digit": rng.integers(0, 9, 600)})
    >>> bought = (X["visits"] + rng.normal(0, 3, 600) > 3).astype(int)
    >>> table = driver_table(LogisticRegression(), X, bought, folds=3, random_state=0)
    >>> plot_drivers(table).get_xlabel()
    'rise of the log-loss without the column'
    """
    columns = table_columns(table, ["column", "importance", "low", "high", "verdict"])
    rows = np.arange(min(most, len(columns["column"])))
    axes: Axes = axes_or_new(ax, height=0.9 + 0.27 * len(rows))
    at = rows[::-1]
    axes.axvline(0.0, color="#767676", linestyle="--", linewidth=1)
    for verdict, colour in _COLOURS.items():
        own = columns["verdict"][rows] == verdict
        if not own.any():
            continue
        low, high, value = (columns[name][rows][own] for name in ("low", "high", "importance"))
        axes.hlines(at[own], low, high, color=colour, linewidth=1.5)
        axes.plot(value, at[own], "o", color=colour, markersize=5, label=verdict)
    axes.set_yticks(at, [str(name) for name in columns["column"][rows]])
    dress(axes, x="rise of the log-loss without the column", legend="lower right")
    return axes


def plot_effect(table: Any, *, column: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the outcome's rate by level with its interval, and what the model says.

    Parameters
    ----------
    table : frame
        A result of `effect_table`.
    column : str, optional
        The column to draw; None: the first of the table.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Rates in per cent as points with intervals, the partial dependence as a line.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `effect_table`.
    MissingDependencyError
        If matplotlib is not installed.
    ValueError
        If the table has no such column.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from crmlytics.scoring import effect_table, plot_effect
    >>> X = pd.DataFrame({"visits": np.arange(400) % 4})
    >>> bought = np.arange(400) % 7 < X["visits"]
    >>> model = LogisticRegression().fit(X, bought)
    >>> plot_effect(effect_table(model, X, bought, columns=["visits"])).get_ylabel()
    'with the outcome, %'
    """
    columns = table_columns(table, ["column", "level", "rate", "low", "high", "partial"])
    wanted = columns["column"][0] if column is None else column
    own = columns["column"] == wanted
    if not own.any():
        raise ValueError(f"the table has no column {wanted!r}")
    rate, low, high, partial = (
        100.0 * columns[name][own].astype(float) for name in ("rate", "low", "high", "partial")
    )
    axes: Axes = axes_or_new(ax, height=3.2)
    at = np.arange(int(own.sum()))
    axes.vlines(at, low, high, color=BLUE, linewidth=1.5)
    axes.plot(at, rate, "o", color=BLUE, markersize=5, label="as it is")
    axes.plot(at, partial, "-", color=ORANGE, linewidth=1.5, label="the column by itself")
    axes.set_xticks(at, [str(one) for one in columns["level"][own]], rotation=30, ha="right")
    axes.set_ylim(bottom=0.0)
    dress(axes, x=str(wanted), y="with the outcome, %", legend="best")
    return axes
