"""Pointwise intervals of a survival probability from Greenwood's sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Interval = Literal["log-log", "log", "plain"]


def bands(
    survival: NDArray[np.float64],
    greenwood: NDArray[np.float64],
    *,
    level: float,
    interval: Interval = "log-log",
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper end; 1 and 1 where the survival is 1, NaN where it is 0."""
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    spread = z * np.sqrt(greenwood)  # of the logarithm of the survival
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if interval == "log":
            low, high = survival * np.exp(-spread), survival * np.exp(spread)
        elif interval == "plain":
            low, high = survival - survival * spread, survival + survival * spread
        else:
            factor = np.exp(spread / -np.log(survival))
            low, high = survival**factor, survival ** (1.0 / factor)
    low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    certain, gone = survival >= 1.0, survival <= 0.0
    low, high = np.where(certain, 1.0, low), np.where(certain, 1.0, high)
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)
