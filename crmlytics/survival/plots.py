"""Pictures of survival curves and of cumulative incidences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.axes import SERIES, axes_or_new, dress
from crmlytics.survival import _curves as curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_DASHES = ("-", "--", ":", "-.")


def plot_survival(curve: Any, *, unit: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw survival curves as steps, with their intervals as bands.

    Parameters
    ----------
    curve : frame
        Result of `kaplan_meier`, of any engine; a line for each group.
    unit : str, optional
        The unit of the durations, such as ``"days"``, for the axis.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The share still open in per cent over the age, from the first age at which the group was
        under observation to its last.

    Raises
    ------
    ColumnNotFoundError
        If `curve` is no result of `kaplan_meier`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.survival import kaplan_meier, plot_survival
    >>> curve = kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0])
    >>> plot_survival(curve, unit="months").get_xlabel()
    'age in months'
    """
    held = curves.read_curve(curve, ("time", "survival", "low", "high"))
    ax = axes_or_new(ax, height=3.4)
    names = _names(held, list(held.values))
    style = [(SERIES[i % len(SERIES)], _dash(i // len(SERIES))) for i in range(held.n_groups)]
    _steps(ax, held, "survival", names, style)
    dress(
        ax, x=_age(unit), y="still open, %", legend="lower left" if len(held.values) else None
    )  # fmt: skip
    return ax


def plot_cumulative_incidence(
    table: Any, *, unit: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the shares that have ended of each cause as steps, with their intervals as bands.

    Parameters
    ----------
    table : frame
        Result of `cumulative_incidence`, of any engine; a colour for each cause, a dash for each
        group.
    unit : str, optional
        The unit of the durations, such as ``"days"``, for the axis.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The share ended of each cause in per cent over the age.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no result of `cumulative_incidence`.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> from crmlytics.survival import cumulative_incidence, plot_cumulative_incidence
    >>> shares = cumulative_incidence([1, 2, 3, 4], ["won", None, "lost", None])
    >>> plot_cumulative_incidence(shares, unit="days").get_ylabel()
    'ended, %'
    """
    needed = ("time", "cumulative_incidence", "low", "high")
    checks.columns(frames.column_names(table), {"column cause": "cause"})
    held = curves.read_curve(table, needed, results=curves.SHARES)
    ax = axes_or_new(ax, height=3.4)
    _, cause = np.unique(held.values["cause"].astype(str), return_inverse=True)
    others = [name for name in held.values if name != "cause"]
    _, group = np.unique(_names(held, others), return_inverse=True)
    style = [
        (SERIES[c % len(SERIES)], _dash(g)) for c, g in zip(cause, group, strict=True)
    ]  # fmt: skip
    names = _names(held, [*others, "cause"])
    _steps(ax, held, "cumulative_incidence", names, style)
    dress(ax, x=_age(unit), y="ended, %", legend="upper left")
    return ax


def _steps(
    ax: Axes, held: curves.Curve, value: str, names: list[str], style: list[tuple[str, str]]
) -> None:
    starts = np.searchsorted(held.group, np.arange(held.n_groups + 1))
    for i, (colour, dash) in enumerate(style):
        own = slice(starts[i], starts[i + 1])
        time = held.time[own]
        share, low, high = (
            100 * held.rows[name][own].astype(np.float64) for name in (value, "low", "high")
        )
        ax.step(
            time, share, where="post", color=colour, linestyle=dash, linewidth=1.5, label=names[i]
        )
        ax.fill_between(time, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
    ax.set_ylim(0.0, 102.0)
    ax.set_xlim(left=0.0)


def _names(held: curves.Curve, columns: list[str]) -> list[str]:
    texts: list[NDArray[Any]] = [held.values[name].astype(str) for name in columns]
    if not texts:
        return [""] * held.n_groups
    return [", ".join(parts) for parts in zip(*texts, strict=True)]


def _dash(i: int) -> str:
    return _DASHES[i % len(_DASHES)]


def _age(unit: str | None) -> str:
    return f"age in {unit}" if unit else "age"
