"""What the pictures of this package share: tables that may not be empty, and axes of dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics._core import axes, checks
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


def read(table: Any, needed: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Columns of a computed table as arrays, in the order of `needed`."""
    held = axes.table_columns(table, needed)
    if not len(held[needed[0]]):
        raise NotEnoughDataError("the table is empty; there is nothing to draw")
    return held


def date_axis(ax: Axes) -> None:
    """Few, short dates."""
    dates = checks.optional_module("matplotlib.dates", needed_for="drawing")
    locator = dates.AutoDateLocator(minticks=3, maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
