"""Pictures of moves between segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DARK = 0.55  # beyond this share the ground is too dark for black letters


def plot_migration(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw where the customers of each segment went, a row of percentages per segment.

    Parameters
    ----------
    table : frame
        A result of `migration_table`.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A grid of shares in percent: the segment before in rows, after in columns.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import migration_table, plot_migration
    >>> may = pd.DataFrame({"customer_id": [1, 2, 3], "segment": ["A", "A", "B"]})
    >>> june = pd.DataFrame({"customer_id": [1, 2, 4], "segment": ["A", "B", "B"]})
    >>> plot_migration(migration_table(may, june)).get_xlabel()
    'segment after'
    """
    columns = table_columns(table, ["segment_before", "segment_after", "rate"])
    rows = list(dict.fromkeys(columns["segment_before"]))
    names = list(dict.fromkeys(columns["segment_after"]))
    share = np.full((len(rows), len(names)), np.nan)
    at = [rows.index(name) for name in columns["segment_before"]]
    to = [names.index(name) for name in columns["segment_after"]]
    share[at, to] = columns["rate"]
    axes: Axes = axes_or_new(ax, width=1.8 + 0.55 * len(names), height=1.4 + 0.36 * len(rows))
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.argwhere(share > 0):
        colour = "white" if share[i, j] > _DARK else "black"
        axes.text(
            j, i, f"{100 * share[i, j]:.0f}", ha="center", va="center", color=colour, fontsize=8
        )
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    dress(axes, x="segment after", y="segment before")
    axes.set_title("customers who went there, % of the row", fontsize=9, loc="left")
    return axes
