"""Pictures of the retention tables: the cohort triangle and the bars of growth accounting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.axes import BLUE, GREY, ORANGE, SKY, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_UP = {"retained": BLUE, "resurrected": SKY, "new": ORANGE}
_DOWN = {"churned": GREY}

_DAYS_PER = {"day": 1.0, "week": 7.0, "month": 30.44, "quarter": 91.31, "year": 365.25}
# Up to so many ages a label fits into its cell; beyond, a colour bar says it.
_MOST_LABELLED = 16
_MOST_TICKS = 13


def plot_cohorts(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw a cohort table as a heat map with the rates in per cent.

    Parameters
    ----------
    table : frame
        Result of `cohort_table`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One row per cohort, with its number of customers, and one column per age. Masked cells
        are blank. The colours span the rates after age 0, which is 100 % by definition. Beyond
        16 ages a colour bar takes the place of the labels.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no cohort table.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import cohort_table, plot_cohorts
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-11"]),
    ... })
    >>> ax = plot_cohorts(cohort_table(events, unit="M", as_of=dt.date(2024, 3, 31)))
    >>> ax.get_xlabel()
    'age in months'
    """
    held = table_columns(table, ("cohort", "age", "n", "rate"))
    cohorts, first, row = np.unique(
        held["cohort"].astype("datetime64[D]"), return_index=True, return_inverse=True
    )
    age, rate = held["age"].astype(np.int64), held["rate"].astype(np.float64)
    n_ages = int(age.max()) + 1 if len(age) else 1
    in_days = "from_day" in frames.column_names(table)
    lengths = np.bincount(row, minlength=len(cohorts))
    unit = None if in_days else _cohort_unit(cohorts, n_ages_of=lengths)
    shares = np.full((max(len(cohorts), 1), n_ages), np.nan)
    shares[row, age] = 100 * rate
    ax = axes_or_new(ax, height=1.3 + 0.25 * min(max(len(cohorts), 2), 24))
    later = shares[:, 1:][~np.isnan(shares[:, 1:])]
    top = float(later.max()) if len(later) and later.max() > 0 else 100.0
    # Age 0 tells nothing: neutral, so that the colours are left to the ages that do.
    toned = np.where((np.arange(n_ages) == 0) & ~np.isnan(shares), top + 1.0, shares)
    colours = checks.optional_module("matplotlib", needed_for="drawing").colormaps["YlGnBu"]
    colours = colours.with_extremes(over="#E3E3E3")
    image = ax.imshow(toned, cmap=colours, vmin=0.0, vmax=top, aspect="auto")
    if n_ages <= _MOST_LABELLED:
        _label_cells(ax, shares, dark=0.7 * top)
    else:
        bar = ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=40)
        bar.set_label("active, %", fontsize=8)
        bar.ax.tick_params(labelsize=8)
    ages, rows = _some(n_ages), _some(len(cohorts), most=24)
    sizes = held["n"][first].astype(np.int64)
    starts = _first_days(table) if in_days else np.arange(n_ages)
    ax.set_xticks(ages, [str(starts[each]) for each in ages])
    ax.set_yticks(rows, [f"{_name(cohorts[i], unit)}  ({sizes[i]:,})" for i in rows])
    age_label = "age from day" if in_days else f"age in {unit or 'period'}s"
    dress(ax, x=age_label, y=f"first {unit or 'period'} (customers)")
    ax.set_title("Active customers, % of their cohort", fontsize=10, loc="left")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def plot_growth(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw growth accounting: customers who stayed, returned and came above, those lost below.

    Parameters
    ----------
    table : frame
        Result of `growth_accounting`, of any engine.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it pyplot makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        One stacked bar per period. A period that is not over is pale, and without the bar below:
        whoever has not come yet is not lost.

    Raises
    ------
    ColumnNotFoundError
        If `table` is no growth accounting.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import growth_accounting, plot_growth
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-02-11"]),
    ... })
    >>> ax = plot_growth(growth_accounting(events, unit="M", as_of=dt.date(2024, 3, 31)))
    >>> ax.get_xlabel()
    'month'
    """
    held = table_columns(table, ("period", *_UP, *_DOWN, "complete"))
    order = np.argsort(held["period"])
    period = held["period"].astype("datetime64[D]")[order]
    over = held["complete"].astype(bool)[order]
    unit = _unit(_days(period[1] - period[0])) if len(period) > 1 else None
    ax = axes_or_new(ax, height=3.4)
    place, base = np.arange(len(period)), np.zeros(len(period))
    for name, colour in _UP.items():
        values = held[name].astype(np.float64)[order]
        _bars(ax, place, values, base, over, name, colour)
        base = base + values
    for name, colour in _DOWN.items():
        values = -np.nan_to_num(held[name].astype(np.float64)[order])
        _bars(ax, place, np.where(over, values, 0.0), np.zeros(len(period)), over, name, colour)
    ax.axhline(0.0, color="black", linewidth=0.8)
    shown = _some(len(period))
    names = [_name(period[i], unit) for i in shown]
    ax.set_xticks(shown, names, rotation=45, ha="right", rotation_mode="anchor")
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    dress(ax, x=(unit or "period") + ("" if over.all() else " (pale: not over)"), y="customers")
    ax.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, fontsize=8, frameon=False,
        columnspacing=1.0, handlelength=1.0, handletextpad=0.4, borderaxespad=0.2,
    )  # fmt: skip
    return ax


def _first_days(table: Any) -> NDArray[np.int64]:
    """First day of each bracket, by its number."""
    held = table_columns(table, ("age", "from_day"))
    _, at = np.unique(held["age"].astype(np.int64), return_index=True)
    first: NDArray[np.int64] = held["from_day"].astype(np.int64)[at]
    return first


def _label_cells(ax: Axes, shares: NDArray[np.float64], *, dark: float) -> None:
    size = 8 if shares.shape[1] <= 13 else 7
    for (i, j), share in np.ndenumerate(shares):
        if not np.isnan(share):
            colour = "white" if share > dark and j > 0 else "black"
            ax.text(j, i, f"{share:.0f}", ha="center", va="center", fontsize=size, color=colour)


def _bars(
    ax: Axes,
    place: NDArray[np.int64],
    values: NDArray[np.float64],
    base: NDArray[np.float64],
    over: NDArray[np.bool_],
    name: str,
    colour: str,
) -> None:
    bars = ax.bar(place, values, bottom=base, color=colour, label=name, width=0.8)
    for bar, is_over in zip(bars, over, strict=True):
        if not is_over:
            bar.set_alpha(0.4)


def _some(n: int, *, most: int = _MOST_TICKS) -> NDArray[np.int64]:
    """Evenly spaced positions, so few that their labels do not touch."""
    return np.arange(0, n, -(-n // most) if n else 1)


def _cohort_unit(cohorts: NDArray[Any], *, n_ages_of: NDArray[np.int64]) -> str | None:
    """Read the unit off the triangle: a cohort that starts k units later has k ages fewer."""
    if len(cohorts) < 2 or n_ages_of[0] == n_ages_of[-1]:
        return None
    return _unit(_days(cohorts[-1] - cohorts[0]) / float(n_ages_of[0] - n_ages_of[-1]))


def _unit(days: float) -> str:
    return min(_DAYS_PER, key=lambda unit: abs(_DAYS_PER[unit] - days))


def _days(span: np.timedelta64) -> float:
    return float(span / np.timedelta64(1, "D"))


def _name(start: np.datetime64, unit: str | None) -> str:
    text = str(start)
    if unit == "year":
        return text[:4]
    if unit == "quarter":
        return f"{text[:4]}-Q{(int(text[5:7]) + 2) // 3}"
    return text[:7] if unit == "month" else text
