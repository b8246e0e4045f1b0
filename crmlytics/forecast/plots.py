"""Charts of forecasts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.axes import axes_or_new

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Blue and grey of a palette made for colour-blind eyes (Okabe and Ito, 2008).
_FORECAST, _HISTORY = "#0072B2", "#555555"


def plot_forecast(
    table: Any,
    history: Any = None,
    *,
    ax: Any = None,
    date_col: str = "date",
    value_col: str = "value",
    value_label: str | None = None,
) -> Any:
    """Draw one series' forecast with its intervals as a fan, after its history.

    Parameters
    ----------
    table : frame
        What `SalesForecaster.predict` gave, of one series.
    history : frame, optional
        The series forecast, with `date_col` and `value_col`; null values break the line.
    ax : matplotlib Axes, optional
        Where to draw. None: a new figure, found as ``ax.figure`` of the result.
    date_col, value_col : str
        Names of the columns: the period's date, the sales.
    value_label : str, optional
        Text on the vertical axis; put the unit there, such as ``"sales, EUR"``. None: the name
        of the column.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If the table or the history has several rows of one date, as of several series.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import SalesForecaster, plot_forecast
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2022-01-01", periods=8, freq="QS"),
    ...     "value": [10.0, 14.0, 12.0, 20.0, 12.0, 15.0, 13.0, 23.0],
    ... })
    >>> table = SalesForecaster(horizon=4).fit(sales).predict()
    >>> ax = plot_forecast(table, sales, value_label="sales, thousand EUR")
    >>> ax.get_ylabel()
    'sales, thousand EUR'
    """
    ax = axes_or_new(ax, width=7.0, height=3.6)
    levels = _levels(frames.column_names(table))
    bounds = [f"{side}_{percent}" for percent in levels for side in ("low", "high")]
    future = _read(table, date_col, ["forecast", *bounds], "table")
    n_ahead = len(future[date_col])
    if history is not None:
        past = _read(history, date_col, [value_col], "history")
        ax.plot(
            past[date_col], past[value_col], color=_HISTORY, linewidth=1.2, marker=".",
            markersize=2, label="history",
        )  # fmt: skip
        future = _joined(future, past, date_col, value_col)
    # The widest interval first and lightest, so that the narrower ones lie on top of it.
    for i, percent in enumerate(levels):
        shade = 0.18 + 0.22 * i / max(len(levels) - 1, 1)
        # An area needs two dates; one alone is drawn as a bar.
        draw, width = (ax.fill_between, 0) if len(future[date_col]) > 1 else (ax.vlines, 12)
        draw(
            future[date_col], future[f"low_{percent}"], future[f"high_{percent}"],
            color=_FORECAST, alpha=shade, linewidth=width, label=f"{percent} % interval",
        )  # fmt: skip
    ax.plot(
        future[date_col], future["forecast"], color=_FORECAST, linewidth=1.8, marker="o",
        markersize=2.5, markevery=slice(len(future[date_col]) - n_ahead, None), label="forecast",
    )  # fmt: skip
    _dress(ax, value_col if value_label is None else value_label)
    return ax


def _levels(columns: list[str]) -> list[str]:
    """Percentages of the intervals in the table, widest first."""
    found = [match[1] for name in columns if (match := re.fullmatch(r"low_(\d+(?:\.\d+)?)", name))]
    return sorted((level for level in found if f"high_{level}" in columns), key=float)[::-1]


def _read(frame: Any, date_col: str, columns: list[str], what: str) -> dict[str, NDArray[Any]]:
    names = frames.column_names(frame)
    checks.columns(names, {"date_col": date_col})
    checks.columns(names, {"value_col" if what == "history" else what: each for each in columns})
    read = frames.arrays(frames.collect(frames.lazy(frame, [date_col, *columns])))
    dates = read[date_col].astype("datetime64[D]")
    order = np.argsort(dates, kind="stable")
    if repeated := len(dates) - len(np.unique(dates)):
        raise ValueError(
            f"{repeated:,} of {len(dates):,} rows of {what} repeat a date: one chart shows one "
            "series, choose its rows first"
        )
    return {name: values[order] for name, values in (read | {date_col: dates}).items()}


def _joined(
    future: dict[str, NDArray[Any]], past: dict[str, NDArray[Any]], date_col: str, value_col: str
) -> dict[str, NDArray[Any]]:
    """Begin the fan at the last value known before it, where nothing is uncertain."""
    value = past[value_col].astype(np.float64)
    before = np.isfinite(value) & (past[date_col] < future[date_col].min())
    if not before.any():
        return future
    start, known = past[date_col][before][-1], value[before][-1]
    return {
        name: np.concatenate(([start if name == date_col else known], values))
        for name, values in future.items()
    }


def _dress(ax: Any, value_label: str) -> None:
    dates = checks.optional_module("matplotlib.dates", needed_for="plot_forecast")
    ticker = checks.optional_module("matplotlib.ticker", needed_for="plot_forecast")
    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
    ax.set_xlabel("date")
    ax.set_ylabel(value_label)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    # Above the plot, where no line runs through it however narrow the figure is.
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)
