"""The chart of a backtest: what was said from each origin, beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import axes, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HISTORY = "#555555"


def plot_backtest(
    table: Any, *, date_col: str = "date", value_label: str = "value", ax: Any = None
) -> Any:
    """Draw what came as one line, and from each origin what had been said, with its interval.

    Parameters
    ----------
    table : frame
        What `backtest` gave, of one series. The yardstick's rows are not drawn.
    date_col : str
        Name of the column of dates.
    value_label : str
        Text on the vertical axis; put the unit there, such as ``"sales, EUR"``.
    ax : matplotlib Axes, optional
        Where to draw. None: a new figure, found as ``ax.figure`` of the result.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.

    Raises
    ------
    ColumnNotFoundError
        If the table is no backtest.
    ValueError
        If it has several rows of one origin and date, as of several series.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import SalesForecaster, backtest, plot_backtest
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
    ...     "value": [10.0, 14, 12, 20, 11, 15, 13, 22, 12, 17, 14, 24],
    ... })
    >>> past = backtest(SalesForecaster(horizon=2, levels=(0.8,)), sales, n_origins=2, step=1)
    >>> ax = plot_backtest(past, value_label="sales, thousand EUR")
    >>> ax.get_ylabel()
    'sales, thousand EUR'
    """
    columns = ["origin", date_col, "model", "actual", "forecast"]
    bounds = _narrowest(frames.column_names(table))
    rows = axes.table_columns(table, [*columns, *bounds])
    ours = rows["model"] == "forecaster"
    rows = {name: values[ours] for name, values in rows.items()}
    dates = {name: rows[name].astype("datetime64[D]") for name in ("origin", date_col)}
    _refuse_several(dates["origin"], dates[date_col])
    rows |= dates
    ax = axes.axes_or_new(ax, width=7.0, height=3.6)
    for i, origin in enumerate(np.unique(rows["origin"])):
        from_here = np.flatnonzero(rows["origin"] == origin)
        from_here = from_here[np.argsort(rows[date_col][from_here], kind="stable")]
        _draw_origin(ax, {name: one[from_here] for name, one in rows.items()}, date_col, bounds, i)
    known, first = np.unique(rows[date_col], return_index=True)
    ax.plot(known, rows["actual"][first].astype(float), color=_HISTORY, linewidth=1.4, marker=".",
            markersize=3, label="what came")  # fmt: skip
    axes.dress(ax, x="date", y=value_label, legend="best")
    return ax


def _draw_origin(
    ax: Any, rows: dict[str, NDArray[Any]], date_col: str, bounds: list[str], number: int
) -> None:
    """One forecast; only the first is named, for the others look the same."""
    if bounds:
        percent = bounds[0].removeprefix("low_")
        low, high = (rows[name].astype(float) for name in bounds)
        ax.fill_between(
            rows[date_col], low, high, color=axes.BLUE, alpha=0.13, linewidth=0,
            label=None if number else f"{percent} % interval",
        )  # fmt: skip
    ax.plot(
        rows[date_col], rows["forecast"].astype(float), color=axes.BLUE, linewidth=1.1, marker="o",
        markersize=2, label=None if number else "forecast from an origin",
    )  # fmt: skip


def _narrowest(names: list[str]) -> list[str]:
    """Columns of the narrowest interval, where there is one: wider ones would hide each other."""
    levels = [name.removeprefix("low_") for name in names if name.startswith("low_")]
    paired = [level for level in levels if f"high_{level}" in names]
    if not paired:
        return []
    level = min(paired, key=float)
    return [f"low_{level}", f"high_{level}"]


def _refuse_several(origin: NDArray[Any], date: NDArray[Any]) -> None:
    pairs = np.column_stack([origin.astype(np.int64), date.astype(np.int64)])
    if repeated := len(pairs) - len(np.unique(pairs, axis=0)):
        raise ValueError(
            f"{repeated:,} of {len(pairs):,} rows of table repeat an origin and date: one chart "
            "shows one series, choose its rows first"
        )
