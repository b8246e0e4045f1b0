"""Charts of pipeline forecasts: what each period will bring, and where it comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import axes, checks, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plot_pipeline(
    table: Any, *, quota: float | None = None, value_label: str = "revenue", ax: Any = None
) -> Any:
    """Draw the expected revenue of each period with its intervals, and the quota as a line.

    Parameters
    ----------
    table : frame
        What `PipelineForecaster.predict` gave, of all owners together, or the ``forecast`` of
        `revenue_forecast`.
    quota : float, optional
        Revenue to reach in every period.
    value_label : str
        Text on the vertical axis; put the unit there, such as ``"revenue, EUR"``.
    ax : matplotlib Axes, optional
        Where to draw. None: a new figure, found as ``ax.figure`` of the result.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.

    Raises
    ------
    ColumnNotFoundError
        If the table is no forecast of a pipeline.
    ValueError
        If the table has several rows of one period, as of several owners.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_pipeline
    >>> from crmlytics.forecast import PipelineForecaster, plot_pipeline
    >>> deals, _, truth = make_pipeline(random_state=0)
    >>> forecaster = PipelineForecaster(horizon=3, unit="M").fit(
    ...     deals, as_of=truth.end, observed_from=truth.start, list_price_col="list_price"
    ... )
    >>> ax = plot_pipeline(forecaster.predict(), quota=250_000, value_label="revenue, EUR")
    >>> ax.get_ylabel()
    'revenue, EUR'
    """
    names = frames.column_names(table)
    levels = _levels(names)
    bounds = [f"{side}_{percent}" for percent in levels for side in ("low", "high")]
    held = axes.table_columns(table, ["period", "expected", *bounds])
    dates = held["period"].astype("datetime64[D]")
    if repeated := len(dates) - len(np.unique(dates)):
        raise ValueError(
            f"{repeated:,} of {len(dates):,} rows repeat a period: one chart shows one forecast, "
            "choose an owner's rows first"
        )
    ax = axes.axes_or_new(ax, width=6.4, height=3.2)
    place = np.arange(len(dates))
    for i, percent in enumerate(levels):
        ax.bar(
            place, held[f"high_{percent}"] - held[f"low_{percent}"], bottom=held[f"low_{percent}"],
            width=0.5, color=axes.BLUE, alpha=0.25 + 0.2 * i, linewidth=0,
            label=f"{percent} % interval",
        )  # fmt: skip
    ax.plot(
        place, held["expected"], linestyle="none", marker="o", markersize=5, color=axes.BLUE,
        label="expected",
    )  # fmt: skip
    if quota is not None:
        quota = checks.number("quota", quota)
        ax.axhline(quota, color=axes.VERMILION, linewidth=1.4, linestyle="--", label="quota")
    ax.set_xticks(place, _period_names(dates))
    ax.set_ylim(bottom=0)
    _money(ax.yaxis)
    axes.dress(ax, x="period from", y=value_label, legend="best")
    return ax


def plot_waterfall(table: Any, *, value_label: str = "revenue", ax: Any = None) -> Any:
    """Draw how the sources of expected revenue, summed over the periods, build up to its total.

    Parameters
    ----------
    table : frame
        `PipelineForecaster.waterfall_` or the ``waterfall`` of `revenue_forecast`: ``source`` and
        ``expected``. Sources without a value are left out.
    value_label : str
        Text on the vertical axis; put the unit there.
    ax : matplotlib Axes, optional
        Where to draw. None: a new figure, found as ``ax.figure`` of the result.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.

    Raises
    ------
    ColumnNotFoundError
        If the table is no waterfall.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_pipeline
    >>> from crmlytics.forecast import PipelineForecaster, plot_waterfall
    >>> deals, _, truth = make_pipeline(random_state=0)
    >>> forecaster = PipelineForecaster(horizon=3, unit="M").fit(
    ...     deals, as_of=truth.end, observed_from=truth.start, list_price_col="list_price"
    ... )
    >>> ax = plot_waterfall(forecaster.waterfall_)
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['already won', 'open', 'new', 'expected']
    """
    held = axes.table_columns(table, ["source", "expected"])
    expected = held["expected"].astype(np.float64)
    known = np.isfinite(expected)
    names = list(dict.fromkeys(held["source"][known].tolist()))
    sums = [float(expected[known & (held["source"] == name)].sum()) for name in names]
    upto = np.cumsum([0.0, *sums])
    ax = axes.axes_or_new(ax, width=6.4, height=3.2)
    colours = [axes.BLUE if amount >= 0 else axes.VERMILION for amount in sums]
    ax.bar(range(len(sums)), sums, bottom=upto[:-1], color=colours, width=0.6)
    ax.bar(len(sums), upto[-1], color=axes.GREY, width=0.6)
    for place, height in enumerate(upto[1:]):
        ax.plot([place, place + 1], [height, height], color=axes.BLACK, linewidth=0.6)
    ax.set_xticks(range(len(sums) + 1), [*names, "expected"])
    _money(ax.yaxis)
    axes.dress(ax, x="source", y=value_label)
    return ax


def _levels(names: list[str]) -> list[str]:
    """Percentages of the intervals in the table, widest first."""
    found = [match[1] for name in names if (match := re.fullmatch(r"low_(\d+(?:\.\d+)?)", name))]
    return sorted((level for level in found if f"high_{level}" in names), key=float)[::-1]


def _period_names(dates: NDArray[np.datetime64]) -> list[str]:
    """Months as such, other periods by their first day."""
    if (dates == dates.astype("datetime64[M]")).all():
        return [str(one) for one in dates.astype("datetime64[M]")]
    return [str(one)[5:] for one in dates]


def _money(axis: Any) -> None:
    ticker = checks.optional_module("matplotlib.ticker", needed_for="drawing")
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
