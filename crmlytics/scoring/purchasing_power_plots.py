"""A picture of how spend depends on what is known of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import BLUE, GREY, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_purchasing_power(
    table: Any, *, verdicts: tuple[str, ...] = ("keep",), ax: Axes | None = None
) -> Axes:
    """Draw the effect of each level on spend, with intervals.

    Parameters
    ----------
    table : frame
        A result of `purchasing_power_table`.
    verdicts : tuple of str
        Characteristics of which verdicts to draw.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A point with its interval per level, in the order of the table; the line at 1 is the base.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `purchasing_power_table`.
    MissingDependencyError
        If matplotlib is not installed.
    ValueError
        If no characteristic has such a verdict.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.scoring import plot_purchasing_power, purchasing_power_table
    >>> customers = pd.DataFrame({
    ...     "trade": ["bakery"] * 60 + ["hotel"] * 40,
    ...     "spend": [100.0, 0.0, 140.0] * 20 + [300.0, 260.0] * 20,
    ... })
    >>> table = purchasing_power_table(
    ...     customers, amount_col="spend", characteristics=["trade"]
    ... )
    >>> plot_purchasing_power(table).get_xlabel()
    'spend, times the base'
    """
    needed = ["characteristic", "level", "base", "effect", "low", "high", "verdict"]
    columns = table_columns(table, needed)
    shown = np.array([verdict in verdicts for verdict in columns["verdict"]], bool)
    effect, low, high = (columns[name].astype(float) for name in ("effect", "low", "high"))
    rows = np.flatnonzero(shown & np.isfinite(effect) & (effect > 0))
    if not len(rows):
        raise ValueError(f"no characteristic of the table has a verdict of {', '.join(verdicts)}")
    axes: Axes = axes_or_new(ax, height=0.9 + 0.3 * len(rows))
    at = np.arange(len(rows))[::-1]
    is_base = columns["level"][rows] == columns["base"][rows]
    axes.axvline(1.0, color="#767676", linestyle="--", linewidth=1)
    axes.hlines(at, low[rows], high[rows], color=BLUE, linewidth=1.5)
    axes.plot(effect[rows][~is_base], at[~is_base], "o", color=BLUE, markersize=5)
    axes.plot(effect[rows][is_base], at[is_base], "o", color=GREY, markersize=5)
    axes.set_xscale("log")
    _plain_ticks(axes, float(np.nanmin(low[rows])), float(np.nanmax(high[rows])))
    of = columns["characteristic"]
    # The characteristic stands at the first of its levels only: labels leave room for the points.
    names = [
        str(columns["level"][row])
        if i and of[rows[i - 1]] == of[row]
        else f"{of[row]}: {columns['level'][row]}"
        for i, row in enumerate(rows)
    ]
    axes.set_yticks(at, names)
    dress(axes, x="spend, times the base")
    return axes


def _plain_ticks(axes: Axes, low: float, high: float) -> None:
    """Mark multiples that people use, few enough to be read."""
    marks = [
        0.01,
        0.02,
        0.05,
        0.1,
        0.2,
        0.33,
        0.5,
        0.67,
        0.8,
        1,
        1.25,
        1.5,
        2,
        3,
        5,
        10,
        20,
        50,
        100,
    ]
    held = [mark for mark in marks if low * 0.9 <= mark <= high * 1.1] or [1]
    step = max(1, -(-len(held) // 4))
    centre = held.index(1) if 1 in held else 0
    held = [mark for i, mark in enumerate(held) if (i - centre) % step == 0]
    axes.set_xticks(held, [f"{mark:g}" for mark in held])
    axes.minorticks_off()
