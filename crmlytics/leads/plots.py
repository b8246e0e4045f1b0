"""Pictures of leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import frames
from crmlytics._core.axes import SERIES, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS = ("day", "at_risk", "converted", "conversion", "low", "high")


def plot_conversion(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of leads converted by each day, a line per group, with intervals.

    Parameters
    ----------
    table : frame
        A result of `conversion_curve`; columns that are not its own tell groups apart.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Steps in per cent over the days since the lead came in.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `conversion_curve`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_leads
    >>> from crmlytics.leads import conversion_curve, plot_conversion
    >>> leads = make_leads(200, random_state=0).leads
    >>> curve = conversion_curve(leads, as_of=dt.date(2024, 12, 31), lost_col="lost_at")
    >>> plot_conversion(curve).get_ylabel()
    'converted, %'
    """
    by = [name for name in frames.column_names(table) if name not in _OURS]
    columns = table_columns(table, [*by, "day", "conversion", "low", "high"])
    n = len(columns["day"])
    names = [", ".join(str(columns[name][i]) for name in by) for i in range(n)]
    axes: Axes = axes_or_new(ax, height=3.4)
    for place, name in enumerate(dict.fromkeys(names)):
        own = np.array([one == name for one in names], bool)
        day, share, low, high = (
            columns[each][own].astype(float) for each in ("day", "conversion", "low", "high")
        )
        colour = SERIES[place % len(SERIES)]
        axes.step(day, 100 * share, where="post", color=colour, linewidth=1.5, label=name)
        axes.fill_between(
            day, 100 * low, 100 * high, step="post", color=colour, alpha=0.12, linewidth=0
        )
    axes.set_xlim(left=0.0)
    # Room for the names above the curves, which rise to the right.
    top = axes.get_ylim()[1]
    axes.set_ylim(0.0, top * (1.0 + 0.09 * len(set(names))) if by else top)
    dress(axes, x="days since the lead came in", y="converted, %",
          legend="upper left" if by else None)  # fmt: skip
    return axes
