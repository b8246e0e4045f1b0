"""Pictures of what sets a segment apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks
from crmlytics._core.axes import BLUE, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_AXIS = {
    "shares": "difference of the share from the rest, percentage points",
    "numbers": "difference of the mean from the rest, standard deviations",
}


def plot_profile(
    table: Any,
    *,
    segment: object,
    show: Literal["shares", "numbers"] = "shares",
    segment_col: str = "segment",
    ax: Axes | None = None,
) -> Axes:
    """Draw how one segment differs from the rest, with intervals.

    Parameters
    ----------
    table : frame
        A result of `profile_table`.
    segment : scalar
        The segment to draw.
    show : {"shares", "numbers"}
        Draw the values of categorical features, or the numbers: their units differ.
    segment_col : str
        Column with the segment.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A point with its interval per row, the largest on top; the line at 0 is the rest.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    ValueError
        If the segment has no such rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import plot_profile, profile_table
    >>> customers = pd.DataFrame({"segment": ["A", "A", "B", "B"], "age": [60, 64, 34, 38]})
    >>> table = profile_table(customers, features=["age"])
    >>> plot_profile(table, segment="A", show="numbers").get_xlabel()
    'difference of the mean from the rest, standard deviations'
    """
    checks.word("show", show, tuple(_AXIS))
    needed = [segment_col, "feature", "level", "effect", "low", "high"]
    columns = table_columns(table, needed)
    named = np.array([isinstance(value, str) for value in columns["level"]], bool)
    here = np.array([str(one) == str(segment) for one in columns[segment_col]], bool)
    rows = np.flatnonzero(here & (named == (show == "shares")))
    if not len(rows):
        raise ValueError(f"the table has no {show} of this segment; see its column {segment_col!r}")
    factor = 100.0 if show == "shares" else 1.0
    effect, low, high = (
        factor * columns[name][rows].astype(float) for name in ("effect", "low", "high")
    )
    order = np.argsort(effect, kind="stable")
    axes: Axes = axes_or_new(ax, height=0.9 + 0.3 * len(rows))
    at = np.arange(len(rows))
    axes.axvline(0, color="#767676", linestyle="--", linewidth=1)
    axes.hlines(at, low[order], high[order], color=BLUE, linewidth=1.5)
    axes.plot(effect[order], at, "o", color=BLUE, markersize=5)
    names = [
        f"{columns['feature'][row]}: {columns['level'][row]}"
        if named[row]
        else str(columns["feature"][row])
        for row in rows[order]
    ]
    axes.set_yticks(at, names)
    dress(axes, x=_AXIS[show])
    return axes
