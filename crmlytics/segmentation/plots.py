"""Pictures of segments and of concentration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics._core import frames
from crmlytics._core.axes import SKY, VERMILION, axes_or_new, dress

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlytics.segmentation.concentration import ValueConcentration

_CUSTOMERS, _REVENUE = SKY, VERMILION


def plot_segments(table: object, *, segment_col: str = "segment", ax: Axes | None = None) -> Axes:
    """Draw each segment's share of the customers beside its share of the revenue.

    Parameters
    ----------
    table : frame
        A result of `segment_table`.
    segment_col : str
        Column with the segment.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Horizontal bars in percent, the largest revenue on top.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import plot_segments
    >>> table = pd.DataFrame({
    ...     "segment": ["Loyal", "Lost"], "share": [0.4, 0.6], "revenue_share": [0.9, 0.1]
    ... })
    >>> plot_segments(table).get_xlabel()
    'share of all, %'
    """
    columns = frames.arrays(frames.collect(frames.lazy(table)))
    names = [str(name) for name in columns[segment_col]]
    axes: Axes = axes_or_new(ax, height=0.9 + 0.36 * len(names))
    rows = range(len(names))
    bars = (("revenue", "revenue_share", _REVENUE, -0.2), ("customers", "share", _CUSTOMERS, 0.2))
    for label, column, colour, shift in bars:
        at = [row + shift for row in rows]
        axes.barh(at, 100 * columns[column], height=0.38, color=colour, label=label)
    axes.set_yticks(list(rows), names)
    axes.invert_yaxis()
    dress(axes, x="share of all, %", legend="lower right")
    return axes


def plot_whale(found: ValueConcentration, *, ax: Axes | None = None) -> Axes:
    """Draw the whale curve: how value adds up from the best customer to the worst.

    Parameters
    ----------
    found : ValueConcentration
        A result of `value_concentration`, with ``negatives="whale"`` if there are any.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Cumulative share of customers (best first) against cumulative share of value, which rises
        above 100 % where the last customers cost money.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.segmentation import plot_whale, value_concentration
    >>> plot_whale(value_concentration([9.0, 2.0, -1.0], negatives="whale")).get_ylabel()
    'share of value, %'
    """
    axes: Axes = axes_or_new(ax, height=3.2)
    customers, value = (100 * found.whale[name].to_numpy() for name in ("customers", "value"))
    axes.axhline(100, color="#767676", linestyle="--", linewidth=1)
    axes.plot(customers, value, color=_REVENUE, linewidth=2)
    if found.n_at_peak < found.n and found.peak_share == found.peak_share:
        peak = (100 * found.n_at_peak / found.n, 100 * found.peak_share)
        axes.plot(*peak, "o", color=_REVENUE, markersize=5)
        axes.annotate(
            f"{peak[1]:.0f} %", peak, xytext=(0, -14), textcoords="offset points", fontsize=9
        )
    axes.set(xlim=(0, 100))
    axes.set_ylim(bottom=0)
    dress(axes, x="customers from the best to the worst, %", y="share of value, %")
    return axes


def plot_concentration(found: ValueConcentration, *, ax: Axes | None = None) -> Axes:
    """Draw the Lorenz curve of the customers' value against perfect equality.

    Parameters
    ----------
    found : ValueConcentration
        A result of `value_concentration`.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Cumulative share of customers (poorest first) against cumulative share of value.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.segmentation import plot_concentration, value_concentration
    >>> plot_concentration(value_concentration([1.0, 2.0, 7.0])).get_ylabel()
    'share of value, %'
    """
    axes: Axes = axes_or_new(ax, height=3.2)
    customers, value = (100 * found.lorenz[name].to_numpy() for name in ("customers", "value"))
    axes.plot([0, 100], [0, 100], color="#767676", linestyle="--", linewidth=1)
    axes.annotate("equality", (46, 50), fontsize=9, color="#595959", ha="right")
    axes.plot(customers, value, color=_REVENUE, linewidth=2)
    axes.fill_between(customers, value, customers, color=_REVENUE, alpha=0.12)
    # No curve ever comes above the diagonal.
    axes.annotate(f"Gini {found.gini:.2f}", (4, 90), fontsize=10)
    axes.set(xlim=(0, 100), ylim=(0, 100))
    dress(axes, x="customers from the smallest to the largest, %", y="share of value, %")
    return axes
