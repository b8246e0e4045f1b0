"""Do customers who buy more often spend more or less? The Gamma-Gamma model assumes neither."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class IndependenceCheck(NamedTuple):
    """Correlation of the number of repeat purchases with the mean spend.

    Attributes
    ----------
    n : float
        Customers with repeat purchases.
    pearson, pearson_low, pearson_high : float
        Pearson's correlation and its 95 % interval (Fisher's z); NaN where it is undefined.
    spearman, spearman_low, spearman_high : float
        Spearman's rank correlation and its 95 % interval (Bonett and Wright), which large
        spenders do not sway.
    """

    n: float
    pearson: float
    pearson_low: float
    pearson_high: float
    spearman: float
    spearman_low: float
    spearman_high: float


def independence(x: Floats, m: Floats, weights: Floats) -> IndependenceCheck:
    """Correlate frequency with spend, each row counted by its weight."""
    n = float(weights.sum())
    pearson = _correlation(x, m, weights)
    spearman = _correlation(_ranks(x, weights), _ranks(m, weights), weights)
    return IndependenceCheck(
        n,
        pearson,
        *_interval(pearson, n, 1.0),
        spearman,
        *_interval(spearman, n, 1.0 + spearman * spearman / 2.0),
    )


def _correlation(x: Floats, y: Floats, weights: Floats) -> float:
    a, b = x - np.average(x, weights=weights), y - np.average(y, weights=weights)
    spread = float((weights * a * a).sum()) * float((weights * b * b).sum())
    return float((weights * a * b).sum()) / math.sqrt(spread) if spread > 0 else float("nan")


def _interval(correlation: float, n: float, variance: float) -> tuple[float, float]:
    """Transform to arctanh, where the variance is about `variance` / (n - 3), and back."""
    if not n > 3 or np.isnan(correlation):
        return float("nan"), float("nan")
    half = float(ndtri(0.975)) * np.sqrt(variance / (n - 3.0))
    with np.errstate(divide="ignore"):
        centre = np.arctanh(np.clip(correlation, -1.0, 1.0))
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Mean rank of each value, equal ones sharing it; a row of weight w counts as w rows."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] > ordered[:-1]]))
    size = np.add.reduceat(weights[order], starts)
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(np.cumsum(size) - size / 2.0, np.diff(np.append(starts, len(values))))
    return ranks
