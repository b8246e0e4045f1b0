"""How stable k clusters are under resampling, and how stable they would be without structure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.segmentation import _cluster_fits

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Starts of each fit; the same for data and noise, so that a poor search favours neither.
_STARTS = 3
#: Resamples of each data set of noise: fewer than of the data, which makes its means vary more
#: and so the threshold higher, never lower.
_NULL_BOOTSTRAPS = 6
#: A little above 1, so that perfect agreement has a logarithm.
_CEILING = 1.001
#: Lest a k at which noise is always equally stable decides by rounding.
_LEAST_SPREAD = 1e-3
#: From here on Hennig (2007) calls a cluster highly stable. His 0.75 lets one planted cluster too
#: many pass.
JACCARD_FLOOR = 0.85


class Agreement(NamedTuple):
    """How far resampled fits agree with the fit on all rows."""

    ari: float
    jaccard: NDArray[np.float64]  # of each cluster


class Stability(NamedTuple):
    """Agreement of resampled fits, and the share of the variance that the clusters explain."""

    ari: float
    jaccard: NDArray[np.float64]
    explained: float


def stability(
    points: NDArray[Any], k: int, n_bootstraps: int, rng: np.random.Generator
) -> list[Stability]:
    """Refit on bootstrap samples, assign all rows, and compare with the fit on all rows.

    `points` are several data sets of one size, (sets, rows, features); each gets its stability.
    """
    sets, rows, _ = points.shape
    whole = np.ones((sets, 1, rows), points.dtype)
    label, inertia = _cluster_fits.best_labels(points, whole, k, _STARTS, rng)
    drawn = rng.multinomial(rows, np.full(rows, 1 / rows), size=(sets, n_bootstraps))
    weights = drawn.astype(points.dtype)
    again, _ = _cluster_fits.best_labels(points, weights, k, _STARTS, rng)
    total = ((points - points.mean(axis=1, keepdims=True)) ** 2).sum(axis=(1, 2))
    return [
        Stability(*agreement(one[0], others, k), explained=float(1 - left / whole_spread))
        for one, others, left, whole_spread in zip(
            label, again, inertia[:, 0], total.astype(np.float64), strict=True
        )
    ]


def agreement(label: NDArray[Any], again: NDArray[Any], k: int) -> Agreement:
    """Mean adjusted Rand index, and mean Jaccard similarity of each cluster with its best match.

    `label` has the shape (rows,), `again` (resamples, rows).
    """
    shift = k * k * np.arange(len(again))[:, None]
    cells = label.astype(np.int64) * k + again + shift
    counts = np.bincount(cells.ravel(), minlength=len(again) * k * k)
    table = counts.reshape(len(again), k, k).astype(np.float64)
    mine, theirs = table.sum(axis=2), table.sum(axis=1)
    union = mine[:, :, None] + theirs[:, None, :] - table
    jaccard = (table / np.maximum(union, 1)).max(axis=2).mean(axis=0)
    return Agreement(float(_adjusted_rand(table, mine, theirs).mean()), jaccard)


def _adjusted_rand(
    table: NDArray[np.float64], mine: NDArray[np.float64], theirs: NDArray[np.float64]
) -> NDArray[np.float64]:
    def pairs(counts: NDArray[np.float64]) -> NDArray[np.float64]:
        return counts * (counts - 1) / 2

    both = pairs(table).sum(axis=(1, 2))
    first, second = pairs(mine).sum(axis=1), pairs(theirs).sum(axis=1)
    expected = first * second / pairs(mine.sum(axis=1))
    most = (first + second) / 2
    gap = most - expected
    return np.where(gap > 0, (both - expected) / np.where(gap > 0, gap, 1), 1.0)


class Judged(NamedTuple):
    """What the data reach for each k, and what no data set of noise passes; arrays over `ks`."""

    jaccard: NDArray[np.float64]
    reached: NDArray[np.float64]  # (ks, 2): adjusted Rand index, share explained
    gaussian: NDArray[np.float64]  # (ks, 2) thresholds
    box: NDArray[np.float64]
    gaussian_mean: NDArray[np.float64]
    box_mean: NDArray[np.float64]

    @property
    def stable(self) -> NDArray[np.bool_]:
        """Which k beat noise of both kinds in one of the two and have no unstable cluster."""
        beyond = (self.reached > np.maximum(self.gaussian, self.box)).any(axis=1)
        usual = np.maximum(self.gaussian_mean, self.box_mean)[:, 0]
        stabler = (self.reached[:, 0] >= usual) & (self.jaccard >= JACCARD_FLOOR)
        return np.asarray(beyond & stabler)


def judge(
    points: NDArray[Any], ks: range, n_bootstraps: int, n_null: int, rng: np.random.Generator
) -> Judged:
    """Stability of the data for each k beside that of Gaussian and of uniform noise."""
    found = [stability(points[None], k, n_bootstraps, rng)[0] for k in ks]
    means, thresholds = [], []
    for noise in (gaussian_noise, box_noise):
        sets = np.array([noise(points, rng) for _ in range(n_null)])
        null = np.stack([_null(sets, k, rng) for k in ks], axis=1)
        means.append(null.mean(axis=0))
        thresholds.append(_joint_threshold(null))
    return Judged(
        np.array([one.jaccard.min() for one in found]),
        np.array([[one.ari, one.explained] for one in found]),
        *thresholds,
        *means,
    )


def _null(sets: NDArray[Any], k: int, rng: np.random.Generator) -> NDArray[np.float64]:
    # A few sets at a time bound the memory: about 4 MB for each array.
    at_once = max(1, 1_000_000 // (sets.shape[1] * _NULL_BOOTSTRAPS * k))
    parts = (sets[at : at + at_once] for at in range(0, len(sets), at_once))
    found = [one for part in parts for one in stability(part, k, _NULL_BOOTSTRAPS, rng)]
    return np.array([[one.ari, one.explained] for one in found])


def _joint_threshold(null: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each k and measure the value that no data set of noise passes for any of them.

    The largest standardised value over all keeps the whole search near the level 1/(n_null + 1).
    """
    # Both measures end at 1, near which noise may come: their spread is judged in log(1 - x).
    height = -np.log(_CEILING - null)
    mean, spread = height.mean(axis=0), height.std(axis=0, ddof=1) + _LEAST_SPREAD
    worst = ((height - mean) / spread).max()
    return np.asarray(_CEILING - np.exp(-(mean + worst * spread)))


def gaussian_noise(points: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """As many points from one Gaussian with the same covariance."""
    return _shaped(points, rng.standard_normal(points.shape))


def box_noise(points: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """As many points, uniform in a box along the principal axes, with the same covariance."""
    return _shaped(points, rng.uniform(-np.sqrt(3), np.sqrt(3), points.shape))


def _shaped(points: NDArray[Any], noise: NDArray[np.float64]) -> NDArray[Any]:
    variance, axes = np.linalg.eigh(np.atleast_2d(np.cov(points, rowvar=False)))
    shaped: NDArray[Any] = (noise * np.sqrt(np.maximum(variance, 0))) @ axes.T
    return shaped.astype(points.dtype)
