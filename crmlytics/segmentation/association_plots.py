"""A picture of what depends on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DARK = 0.55  # beyond this strength the ground is too dark for black letters


def plot_associations(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how strongly each indicator depends on each characteristic.

    Parameters
    ----------
    table : frame
        A result of `association_table`.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A grid, indicators in rows and characteristics in columns, the darker the stronger. What
        the intervals do not tell from nothing is in brackets.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import association_table, plot_associations
    >>> customers = pd.DataFrame({"revenue": [9, 8, 1, 2], "channel": ["a", "a", "b", "b"]})
    >>> table = association_table(
    ...     customers, indicators=["revenue"], characteristics=["channel"]
    ... )
    >>> plot_associations(table).get_ylabel()
    'indicator'
    """
    columns = table_columns(table, ["indicator", "characteristic", "value", "low", "high"])
    rows = list(dict.fromkeys(columns["indicator"]))
    names = list(dict.fromkeys(columns["characteristic"]))
    value, low, high = (columns[name].astype(float) for name in ("value", "low", "high"))
    strength = np.full((len(rows), len(names)), np.nan)
    at = [rows.index(name) for name in columns["indicator"]]
    to = [names.index(name) for name in columns["characteristic"]]
    strength[at, to] = np.abs(value)
    axes: Axes = axes_or_new(ax, width=2.2 + 0.7 * len(names), height=1.5 + 0.4 * len(rows))
    axes.imshow(strength, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j, one, sure in zip(at, to, value, (low > 0) | (high < 0), strict=True):
        if one == one:
            colour = "white" if abs(one) > _DARK else "black"
            text = f"{one:.2f}" if sure else f"({one:.2f})"
            axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    dress(axes, x="characteristic", y="indicator")
    axes.set_title("strength of association, 0 to 1", fontsize=9, loc="left")
    return axes
