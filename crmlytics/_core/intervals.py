"""Confidence intervals of shares and means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def wilson(
    successes: ArrayLike, n: ArrayLike, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson score interval of a share; NaN where nobody was at risk.

    Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical Inference.
    Journal of the American Statistical Association 22, 209-212.
    """
    from scipy.special import ndtri

    x, size = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    z = float(ndtri((1 + level) / 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = x / size
        centre = (share + z * z / (2 * size)) / (1 + z * z / size)
        spread = np.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
        half = z * spread / (1 + z * z / size)
    # The ends at 0 and n are exact; rounding would leave them a hair beyond.
    low = np.where(x == 0, 0.0, centre - half)
    high = np.where(x == size, 1.0, centre + half)
    undefined = ~(size > 0)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def newcombe(
    x: ArrayLike, n: ArrayLike, y: ArrayLike, m: ArrayLike, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interval of the difference of shares x / n - y / m from both Wilson intervals.

    Newcombe, R. G. (1998). Interval Estimation for the Difference between Independent
    Proportions. Statistics in Medicine 17, 873-890 (method 10).
    """
    (l1, u1), (l2, u2) = wilson(x, n, level), wilson(y, m, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.asarray(x, float) / np.asarray(n, float)
        q = np.asarray(y, float) / np.asarray(m, float)
    low = p - q - np.sqrt((p - l1) ** 2 + (u2 - q) ** 2)
    high = p - q + np.sqrt((u1 - p) ** 2 + (q - l2) ** 2)
    return low, high


def student(
    mean: ArrayLike, sd: ArrayLike, n: ArrayLike, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Student's t interval of a mean from its sample standard deviation; NaN where n < 2."""
    from scipy.special import stdtrit

    centre, spread, size = np.broadcast_arrays(
        np.asarray(mean, float), np.asarray(sd, float), np.asarray(n, float)
    )
    enough = size >= 2
    freedom = np.where(enough, size - 1, 1.0)
    half = stdtrit(freedom, (1 + level) / 2) * spread / np.sqrt(np.where(enough, size, 1.0))
    half = np.where(enough, half, np.nan)
    return centre - half, centre + half
