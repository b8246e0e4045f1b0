"""Pictures of what reaching more of a pool is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics._core.axes import BLUE, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_reach(curve: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of hidden seeds found by reaching a share of the pool, against chance.

    Parameters
    ----------
    curve : frame
        The attribute ``curve_`` of a fitted `LookAlike`.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Reach against recall, both in percent, with the interval as a band.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import plot_reach
    >>> curve = pd.DataFrame({
    ...     "reach": [0.1, 1.0], "recall": [0.4, 1.0], "low": [0.3, 0.9], "high": [0.5, 1.0]
    ... })
    >>> plot_reach(curve).get_ylabel()
    'hidden seeds found, %'
    """
    columns = table_columns(curve, ["reach", "recall", "low", "high"])
    reach, recall, low, high = (100 * column.astype(float) for column in columns.values())
    axes: Axes = axes_or_new(ax, height=3.2)
    axes.plot([0, 100], [0, 100], color="#767676", linestyle="--", linewidth=1, label="chance")
    axes.fill_between(reach, low, high, color=BLUE, alpha=0.15, linewidth=0)
    axes.plot(reach, recall, color=BLUE, linewidth=2, label="look-alikes")
    axes.set(xlim=(0, 100), ylim=(0, 100))
    dress(axes, x="pool reached, %", y="hidden seeds found, %", legend="lower right")
    return axes
