"""What the pictures of this package share: reading tables, colours, and axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics._core import checks, frames
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

# Okabe and Ito's colours, told apart by colour-blind eyes.
ACTUAL = "#000000"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
GREY = "#999999"


def read(table: Any, needed: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Columns of a computed table as arrays, in the order of `needed`."""
    checks.columns(frames.column_names(table), {f"column {name}": name for name in needed})
    held = frames.arrays(frames.collect(frames.lazy(table, needed)))
    if not len(held[needed[0]]):
        raise NotEnoughDataError("the table is empty; there is nothing to draw")
    return held


def date_axis(ax: Axes) -> None:
    """Few, short dates."""
    dates = checks.optional_module("matplotlib.dates", needed_for="drawing")
    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def finish(ax: Axes, *, legend: bool = True, where: str = "best") -> None:
    """Small letters, no box, and a legend."""
    ax.tick_params(labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    if legend:
        ax.legend(loc=where, fontsize=8, frameon=False)
