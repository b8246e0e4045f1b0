"""Pictures of how well a model ranks, whether its probabilities hold, and what acting earns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import BLACK, BLUE, GREY, ORANGE, axes_or_new, dress, table_columns
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def plot_gains(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of events captured against the share of rows contacted.

    Parameters
    ----------
    table : frame
        Result of `gains_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The gains in percent, and the line of contacting in random order.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `gains_table`.
    NotEnoughDataError
        If it is empty.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.evaluation import gains_table, plot_gains
    >>> table = gains_table([1, 0, 1, 0, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.2, 0.1], n_bins=3)
    >>> plot_gains(table).get_ylabel()
    'events captured, %'
    """
    held = _read(table, ("contacted", "captured"))
    ax = axes_or_new(ax, height=3.4)
    order = np.argsort(held["contacted"])
    contacted, captured = (
        np.concatenate(([0.0], 100.0 * held[name][order])) for name in ("contacted", "captured")
    )
    ax.plot([0, 100], [0, 100], color=GREY, linewidth=1.0, linestyle=":", label="random order")
    ax.plot(contacted, captured, color=BLUE, linewidth=1.6, marker="o", markersize=3, label="score")
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 102)
    dress(ax, x="contacted, highest scores first, %", y="events captured, %", legend="lower right")
    return ax


def plot_calibration(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share that came about against the mean probability of each bin.

    Parameters
    ----------
    table : frame
        Result of `calibration_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Points with the intervals of the shares, in percent, and the line of perfect calibration.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `calibration_table`.
    NotEnoughDataError
        If it is empty.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.evaluation import calibration_table, plot_calibration
    >>> table = calibration_table([0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.7, 0.7, 0.7], n_bins=2)
    >>> plot_calibration(table).get_xlabel()
    'mean probability, %'
    """
    held = _read(table, ("predicted", "observed", "low", "high"))
    predicted, observed, low, high = (100.0 * values for values in held.values())
    ax = axes_or_new(ax, height=3.4)
    most = 1.05 * float(np.nanmax([predicted.max(), high.max()]))
    ax.plot([0, most], [0, most], color=GREY, linewidth=1.0, linestyle=":", label="perfect")
    ax.errorbar(
        predicted, observed, yerr=[observed - low, high - observed], color=BLUE, fmt="o",
        markersize=4, linewidth=1.0, label="bins of the model",
    )  # fmt: skip
    ax.set_xlim(0, most)
    ax.set_ylim(0, most)
    dress(ax, x="mean probability, %", y="came about, %", legend="upper left")
    return ax


def plot_profit(table: Any, *, share: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the profit against the share contacted, with its interval.

    Parameters
    ----------
    table : frame
        Result of `profit_curve`, of any engine.
    share : float, optional
        Share contacted by a cut chosen beforehand, a fraction, to be marked.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The profit in the unit of the money, over the share contacted in percent.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `profit_curve`.
    NotEnoughDataError
        If it is empty.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.evaluation import plot_profit, profit_curve
    >>> table = profit_curve(
    ...     [1, 0, 1, 0], [0.9, 0.4, 0.4, 0.1], value=200, offer_cost=10, contact_cost=1,
    ...     acceptance=0.3,
    ... )
    >>> plot_profit(table, share=0.25).get_ylabel()
    'profit'
    """
    held = _read(table, ("share", "profit", "low", "high"))
    order = np.argsort(held["share"])
    contacted, profit, low, high = (values[order] for values in held.values())
    ax = axes_or_new(ax, height=3.2)
    ax.fill_between(100 * contacted, low, high, color=BLUE, alpha=0.15, linewidth=0)
    ax.plot(100 * contacted, profit, color=BLUE, linewidth=1.6)
    ax.axhline(0.0, color=BLACK, linewidth=0.6)
    if share is not None:
        ax.axvline(100 * share, color=ORANGE, linewidth=1.2, linestyle="--", label="chosen cut")
    ax.set_xlim(0, 100)
    legend = None if share is None else "best"
    dress(ax, x="contacted, highest scores first, %", y="profit", legend=legend)
    return ax


def _read(table: Any, needed: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    held = table_columns(table, needed)
    if not len(held[needed[0]]):
        raise NotEnoughDataError("the table is empty; there is nothing to draw")
    return {name: values.astype(np.float64) for name, values in held.items()}
