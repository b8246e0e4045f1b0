"""Pictures of what a segment buys more than others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks
from crmlytics._core.axes import BLUE, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_needs(
    table: Any,
    *,
    segment: object,
    dimension: Literal["category", "price tier", "promotion"] = "category",
    segment_col: str = "segment",
    ax: Axes | None = None,
) -> Axes:
    """Draw one segment's indices of spend against the rest, with intervals.

    Parameters
    ----------
    table : frame
        A result of `needs_table`.
    segment : scalar
        The segment to draw.
    dimension : {"category", "price tier", "promotion"}
        What to draw.
    segment_col : str
        Column with the segment.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A point with its interval per value, the largest index on top; the line at 100 is the rest.
        Values without an index are left out.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    ValueError
        If the segment has no such rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import plot_needs
    >>> table = pd.DataFrame({
    ...     "segment": ["A"], "dimension": ["category"], "value": ["tea"],
    ...     "index": [150.0], "low": [120.0], "high": [190.0],
    ... })
    >>> plot_needs(table, segment="A").get_xlabel()
    'share of spend, rest = 100'
    """
    checks.word("dimension", dimension, ("category", "price tier", "promotion"))
    columns = table_columns(table, [segment_col, "dimension", "value", "index", "low", "high"])
    here = np.array([str(one) == str(segment) for one in columns[segment_col]], bool)
    index, low, high = (columns[name].astype(float) for name in ("index", "low", "high"))
    rows = np.flatnonzero(here & (columns["dimension"] == dimension) & ~np.isnan(index))
    if not len(rows):
        raise ValueError(
            f"the table has no {dimension} of this segment; see its column {segment_col!r}"
        )
    rows = rows[np.argsort(index[rows], kind="stable")]
    axes: Axes = axes_or_new(ax, height=0.9 + 0.3 * len(rows))
    at = np.arange(len(rows))
    axes.axvline(100, color="#767676", linestyle="--", linewidth=1)
    axes.hlines(at, low[rows], high[rows], color=BLUE, linewidth=1.5)
    axes.plot(index[rows], at, "o", color=BLUE, markersize=5)
    axes.set_yticks(at, [str(name) for name in columns["value"][rows]])
    dress(axes, x="share of spend, rest = 100")
    return axes
