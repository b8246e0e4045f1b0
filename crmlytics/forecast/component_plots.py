"""Charts of decomposed series and of seasonal indices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import axes, checks, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


def plot_components(
    components: Any,
    *,
    ax: Any = None,
    date_col: str = "date",
    value_col: str = "value",
    value_label: str | None = None,
) -> Any:
    """Draw one series and its trend, season and remainder, one below the other.

    Parameters
    ----------
    components : frame
        What `decompose` gave, of one series.
    ax : sequence of matplotlib Axes, optional
        Where to draw: one for the value and one per component. None: a new figure.
    date_col, value_col : str
        Names of the columns: the date, the value.
    value_label : str, optional
        What the value is and its unit, such as ``"sales, EUR"``. None: the name of the column.

    Returns
    -------
    ndarray of matplotlib Axes
        The axes drawn on, from the value down.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    ValueError
        If the table has several rows of one date, as of several series, or `ax` has too few axes.

    Notes
    -----
    Every panel has a scale of its own; where the components add up to the value, the bars at the
    right are of one length in its unit, so that a long bar marks a component of little weight.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import decompose, plot_components
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
    ...     "value": [10.0, 14, 12, 20, 12, 16, 14, 22, 14, 18, 16, 24],
    ... })
    >>> drawn = plot_components(decompose(sales), value_label="sales, thousand EUR")
    >>> [ax.get_ylabel() for ax in drawn]
    ['sales, thousand EUR', 'trend', 'seasonal', 'remainder']
    """
    names = frames.column_names(components)
    seasons = [name for name in names if re.fullmatch(r"seasonal(_\d+)?", name)]
    shown = [value_col, "trend", *(seasons or ["seasonal"]), "remainder"]
    table = _of_one_series(axes.table_columns(components, [date_col, *shown]), date_col)
    drawn = _panels(ax, len(shown))
    bar = min(_reach(table[name]) for name in shown) if _add_up(table, shown) else float("nan")
    for panel, name in zip(drawn, shown, strict=True):
        panel.plot(table[date_col], table[name], color=axes.BLUE, linewidth=1.2)
        last = panel is drawn[-1]
        label = (value_label or value_col) if name == value_col else name
        axes.dress(panel, x="date" if last else "", y=label)
        if np.isfinite(bar) and bar > 0:
            _draw_bar(panel, table[name], bar)
    return drawn


def plot_seasonal_index(table: Any, *, ax: Any = None, label: str = "index (1 = the trend)") -> Any:
    """Draw one series' seasonal indices with their intervals.

    Parameters
    ----------
    table : frame
        What `seasonal_index_table` gave, of one series.
    ax : matplotlib Axes, optional
        Where to draw. None: a new figure.
    label : str
        Text on the vertical axis; for additive indices put the unit there.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    ValueError
        If the table has several rows of one season, as of several series.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import plot_seasonal_index, seasonal_index_table
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
    ...     "value": [10.0, 14, 12, 20, 12, 16, 14, 22, 14, 18, 16, 24],
    ... })
    >>> ax = plot_seasonal_index(seasonal_index_table(sales))
    >>> ax.get_xlabel()
    'season'
    """
    wanted = ["season", "index", "low", "high"]
    one = _of_one_series(axes.table_columns(table, wanted), "season")
    ax = axes.axes_or_new(ax, height=3.2)
    known = np.isfinite(one["index"])
    middle = 1.0 if not known.any() or abs(float(one["index"][known].mean()) - 1) < 0.01 else 0.0
    ax.axhline(middle, color=axes.GREY, linewidth=0.8)
    ax.vlines(one["season"], one["low"], one["high"], color=axes.BLUE, linewidth=2, alpha=0.5)
    ax.plot(one["season"], one["index"], "o", color=axes.BLUE, markersize=5)
    if len(one["season"]) <= 12:
        ax.set_xticks(one["season"])
    axes.dress(ax, x="season", y=label)
    return ax


def _of_one_series(table: dict[str, NDArray[Any]], key: str) -> dict[str, NDArray[Any]]:
    order = np.argsort(table[key], kind="stable")
    if repeated := len(order) - len(np.unique(table[key])):
        raise ValueError(
            f"{repeated:,} of {len(order):,} rows repeat a {key}: one chart shows one series, "
            "choose its rows first"
        )
    return {name: values[order] for name, values in table.items()}


def _panels(ax: Any, n: int) -> Any:
    if ax is None:
        pyplot = checks.optional_module("matplotlib.pyplot", needed_for="plot_components")
        return pyplot.subplots(
            n, 1, figsize=(5.2, 1.4 * n + 0.4), sharex=True, layout="constrained"
        )[1]
    given = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(given) != n:
        raise ValueError(f"ax must hold {n} axes, one per panel, got {len(given)}")
    return given


def _add_up(table: dict[str, NDArray[Any]], shown: list[str]) -> bool:
    """Whether the first column is the sum of the others, as additive components are."""
    total = np.sum([table[name] for name in shown[1:]], axis=0)
    known = np.isfinite(total) & np.isfinite(table[shown[0]])
    return bool(np.allclose(total[known], table[shown[0]][known], rtol=1e-6))


def _reach(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.ptp(known)) if len(known) else float("nan")


def _draw_bar(panel: Any, values: NDArray[np.float64], length: float) -> None:
    known = values[np.isfinite(values)]
    middle = (float(known.min()) + float(known.max())) / 2
    # x in parts of the panel's width, y in the unit of the data.
    panel.plot(
        [1.01, 1.01], [middle - length / 2, middle + length / 2], color=axes.GREY, linewidth=4,
        transform=panel.get_yaxis_transform(), clip_on=False, solid_capstyle="butt",
    )  # fmt: skip
