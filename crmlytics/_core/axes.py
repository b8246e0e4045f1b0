"""Axes to draw on, where the caller brings none."""

from __future__ import annotations

from typing import Any

from crmlytics._core import checks


def axes_or_new(ax: Any, *, width: float = 5.2, height: float) -> Any:
    """Return `ax`, or the axes of a new pyplot figure, which a notebook shows by itself.

    Sizes are in inches; narrow, so that 8-point letters stay readable on a telephone.
    """
    if ax is not None:
        return ax
    pyplot = checks.optional_module("matplotlib.pyplot", needed_for="drawing")
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]
