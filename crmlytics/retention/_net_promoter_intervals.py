"""Intervals of a difference of two shares of one sample: promoters less detractors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NpsInterval = Literal["adjusted_wald", "score", "wald"]
INTERVALS: tuple[NpsInterval, ...] = ("adjusted_wald", "score", "wald")

# Bisection halves an interval of width 2 so often: to the last bit of a float.
_HALVINGS = 60


def net_interval(
    promoters: Any, passives: Any, detractors: Any, *, level: float, interval: NpsInterval
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper end of p - d, as fractions, of counts of one shape."""
    from scipy.special import ndtri

    up, flat, down = (np.asarray(each, np.float64) for each in (promoters, passives, detractors))
    z = float(ndtri((1 + level) / 2))
    if interval == "score":
        return _score(up, down, up + flat + down, z)
    if interval == "adjusted_wald":
        up, flat, down = up + 0.75, flat + 1.5, down + 0.75
    n = up + flat + down
    net = (up - down) / n
    half = z * np.sqrt(np.maximum((up + down) / n - net**2, 0.0) / n)
    return np.clip(net - half, -1.0, 1.0), np.clip(net + half, -1.0, 1.0)


def _score(
    up: NDArray[np.float64], down: NDArray[np.float64], n: NDArray[np.float64], z: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Differences that a score test does not refuse: Tango (1998), by bisection on both sides."""
    net = (up - down) / n
    ends = []
    for limit in (-1.0, 1.0):
        inside, outside = net.copy(), np.full_like(net, limit)
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            kept = _test_statistic(up, down, n, middle) <= z
            inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
        ends.append(inside)
    return ends[0], ends[1]


def _test_statistic(
    up: NDArray[np.float64],
    down: NDArray[np.float64],
    n: NDArray[np.float64],
    net: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Distance of the observed difference from `net` in standard errors under `net`."""
    # The share of detractors that is likeliest when promoters exceed them by `net`.
    b = (2 * n - up + down) * net - up - down
    root = np.sqrt(np.maximum(b**2 + 8 * n * down * net * (1 - net), 0.0))
    share = np.maximum((root - b) / (4 * n), 0.0)
    variance = np.maximum(n * (2 * share + net * (1 - net)), 0.0)
    distance = np.abs(up - down - n * net)
    found = np.where(distance > 0, np.inf, 0.0)
    np.divide(distance, np.sqrt(variance), out=found, where=variance > 0)
    return found
