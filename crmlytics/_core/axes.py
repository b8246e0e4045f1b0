"""What all pictures share: axes to draw on, columns to draw, colours, and one way to dress them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics._core import checks, frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The colours that Okabe and Ito (2008) chose for colour-blind readers.
BLUE, SKY, ORANGE, GREEN = "#0072B2", "#56B4E9", "#E69F00", "#009E73"
VERMILION, PURPLE, YELLOW, BLACK = "#D55E00", "#CC79A7", "#F0E442", "#000000"
#: For what is there to compare with, and does not speak itself.
GREY = "#999999"
#: In the order in which several things of one kind are drawn.
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW)

_LABELS, _SMALL = 9, 8  # points


def axes_or_new(ax: Any, *, width: float = 5.2, height: float) -> Any:
    """Return `ax`, or the axes of a new pyplot figure, which a notebook shows by itself.

    Sizes are in inches; narrow, so that 8-point letters stay readable on a telephone.
    """
    if ax is not None:
        return ax
    pyplot = checks.optional_module("matplotlib.pyplot", needed_for="drawing")
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def table_columns(table: object, needed: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Columns of a computed table of any engine as arrays, in the order of `needed`."""
    checks.columns(frames.column_names(table), {f"column {name}": name for name in needed})
    return frames.arrays(frames.collect(frames.lazy(table, list(needed))))


def dress(ax: Any, *, x: str, y: str = "", legend: str | None = None) -> None:
    """Name the axes, make letters small, take the box away; `legend` is where to put one."""
    ax.set_xlabel(x, fontsize=_LABELS)
    ax.set_ylabel(y, fontsize=_LABELS)
    ax.tick_params(labelsize=_SMALL)
    ax.spines[["top", "right"]].set_visible(False)
    if legend is not None:
        ax.legend(loc=legend, fontsize=_SMALL, frameon=False)
