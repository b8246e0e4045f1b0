"""Pictures of waiting times: the share of customers who have bought the next item, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import SERIES, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Dashes for eyes that see no colours.
_DASHES = ("-", "--", "-.", ":")
_MOST_LETTERS = 40


def plot_time_to_next(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the curves of the time to the next purchase with their intervals.

    Parameters
    ----------
    table : frame
        Result of `time_to_next_curves`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One step curve per pair of items, in the order of the table, each with the band of its
        interval and the number of clocks in the legend.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no table of curves.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.basket import plot_time_to_next, time_to_next_curves
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-05"]),
    ...     "item": ["printer", "ink", "printer"],
    ... })
    >>> ax = plot_time_to_next(time_to_next_curves(
    ...     lines, first_item="printer", next_item="ink", as_of=dt.date(2024, 1, 31)
    ... ))
    >>> ax.get_xlabel()
    'days since the first item'
    """
    needed = ("first_item", "next_item", "day", "n", "share", "low", "high")
    held = table_columns(table, needed)
    ax = axes_or_new(ax, height=3.4)
    pairs = list(zip(held["first_item"].tolist(), held["next_item"].tolist(), strict=True))
    for number, pair in enumerate(dict.fromkeys(pairs)):
        mine = np.array([one == pair for one in pairs])
        order = np.argsort(held["day"][mine], kind="stable")
        day, n, share, low, high = (held[name][mine][order] for name in needed[2:])
        colour = SERIES[number % len(SERIES)]
        label = f"{_short(pair[0])} → {_short(pair[1])}  (n = {int(n[0]):,})"
        ax.step(
            day, 100 * share, where="post", color=colour, label=label, linewidth=1.5,
            linestyle=_DASHES[number % len(_DASHES)],
        )  # fmt: skip
        ax.fill_between(
            day, 100 * low, 100 * high, step="post", color=colour, alpha=0.15, linewidth=0
        )
    dress(ax, x="days since the first item", y="have bought the next item, %")
    ax.set_xlim(left=0)
    ax.set_ylim(0, 100)
    if pairs:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=8, frameon=False)
    return ax


def _short(name: object) -> str:
    text = str(name)
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
