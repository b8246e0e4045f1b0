"""Numbers as smooth bends: quantile scale first, so that skewed amounts spread evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_QUANTILES = 200
N_KNOTS = 5
#: Cubic B-splines on five evenly spaced knots.
N_BASES = N_KNOTS + 2


def quantiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evenly spaced quantiles of values none of which is missing."""
    return np.quantile(values, np.linspace(0.0, 1.0, min(N_QUANTILES, max(len(values), 2))))


def to_quantile_scale(
    values: NDArray[np.float64], cuts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Place of each value among the quantiles `cuts`, 0 to 1; ties get the middle of their run."""
    scale = np.linspace(0.0, 1.0, len(cuts))
    with np.errstate(over="ignore", invalid="ignore"):  # cuts may lie a hair apart
        upper = np.interp(values, cuts, scale)
        lower = 1.0 - np.interp(-values, -cuts[::-1], scale)
    place = np.clip(np.nan_to_num(0.5 * (upper + lower), nan=0.5), 0.0, 1.0)
    # The ends are exact even where many values share them.
    place[values <= cuts[0]] = 0.0
    place[values >= cuts[-1]] = 1.0
    return place


def bases(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cubic B-splines at places between 0 and 1: shape (n, `N_BASES`), each row sums to 1."""
    found = np.zeros((len(place), N_BASES))
    first, weights = weights_of(place)
    rows = np.arange(len(place))
    for k in range(4):
        found[rows, first + k] = weights[k]
    return found


def weights_of(
    place: NDArray[np.float64],
) -> tuple[NDArray[np.int64], tuple[NDArray[np.float64], ...]]:
    """First of the four splines that are not 0 at each place, and their values.

    De Boor, C. (1978). A Practical Guide to Splines, chapter IX: uniform knots.
    """
    steps = place * (N_KNOTS - 1)
    first = np.clip(steps.astype(np.int64), 0, N_KNOTS - 2)
    f = steps - first
    square, cube = f * f, f * f * f
    return first, (
        (1.0 - f) ** 3 / 6.0,
        (3.0 * cube - 6.0 * square + 4.0) / 6.0,
        (-3.0 * cube + 3.0 * square + 3.0 * f + 1.0) / 6.0,
        cube / 6.0,
    )


def curve(place: NDArray[np.float64], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the splines, each times its height: `bases(place) @ heights` without the matrix."""
    first, weights = weights_of(place)
    total = weights[0] * heights[first]
    for k in range(1, 4):
        total += weights[k] * heights[first + k]
    return total
