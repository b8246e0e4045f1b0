"""Many k-means fits at once, of several data sets and resamples of them, which are weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS, _CANDIDATES = 40, 3
# Squared movement of all centres, in units of the features' variance, below which a fit rests.
_STILL = 1e-4


class Fits(NamedTuple):
    """What is to be fitted: each fit has one data set of `points` and weights of its rows."""

    points: NDArray[Any]  # (sets, rows, features)
    of: NDArray[np.int64]  # (fits,) index of the set
    weights: NDArray[Any]  # (fits, rows)

    def only(self, chosen: NDArray[Any]) -> Fits:
        """Some of the fits."""
        return Fits(self.points, self.of[chosen], self.weights[chosen])


def seeded_centres(fits: Fits, k: int, rng: np.random.Generator) -> NDArray[Any]:
    """Centres of shape (fits, k, features), drawn by greedy k-means++ (Arthur, Vassilvitskii 2007).

    Of several candidates the one that leaves the least inertia becomes the next centre.
    """
    weights, points = fits.weights, fits.points[fits.of]
    every = np.arange(len(weights))
    centres = np.empty((len(weights), k, points.shape[2]), points.dtype)
    chance, nearest = weights, np.full(weights.shape, np.inf, points.dtype)
    for j in range(k):
        total = np.cumsum(chance, axis=1)
        left, reached = np.full(len(weights), np.inf), nearest
        for _ in range(_CANDIDATES if j else 1):
            drawn = (rng.random((len(weights), 1)) * total[:, -1:]).astype(total.dtype)
            chosen = np.minimum((total <= drawn).sum(axis=1), points.shape[1] - 1)
            candidate = points[every, chosen]
            near = np.minimum(nearest, ((points - candidate[:, None]) ** 2).sum(axis=2))
            inertia = (weights * near).sum(axis=1)
            better = inertia < left
            centres[better, j] = candidate[better]
            reached = np.where(better[:, None], near, reached)
            left = np.where(better, inertia, left)
        nearest = reached
        chance = weights * nearest
    return centres


def nearest_centres(fits: Fits, centres: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[Any]]:
    """Label of each row in each fit, and its squared distance; both of shape (fits, rows)."""
    turned = np.ascontiguousarray(fits.points.transpose(0, 2, 1))[fits.of]
    # |x - c|² = |x|² - 2 (xc - |c|²/2): only the bracket decides, and it is one product.
    closeness = centres @ turned - (centres**2).sum(axis=2)[:, :, None] / 2
    best = closeness[:, 0].copy()
    label = np.zeros(best.shape, np.int8)
    for j in range(1, centres.shape[1]):
        np.copyto(label, j, where=closeness[:, j] > best)
        np.maximum(best, closeness[:, j], out=best)
    return label, np.maximum((turned**2).sum(axis=1) - 2 * best, 0)


def lloyd(fits: Fits, centres: NDArray[Any]) -> NDArray[Any]:
    """Move the centres (fits, k, features) to the weighted means of their rows until they rest."""
    centres, clusters = centres.copy(), np.arange(centres.shape[1], dtype=np.int8)[:, None]
    ones = np.ones((*fits.points.shape[:2], 1), fits.points.dtype)
    with_one = np.concatenate([fits.points, ones], axis=2)
    active = np.arange(len(centres))
    for _ in range(_STEPS):
        some, before = fits.only(active), centres[active]
        label, _ = nearest_centres(some, before)
        shares = (label[:, None] == clusters) * some.weights[:, None]
        sums = shares @ with_one[some.of]
        size = sums[:, :, -1:]
        # An empty cluster keeps its centre.
        after = np.where(size > 0, sums[:, :, :-1] / np.where(size > 0, size, 1), before)
        centres[active] = after
        active = active[((after - before) ** 2).sum(axis=(1, 2)) > _STILL]
        if not len(active):
            break
    return centres


def best_labels(
    points: NDArray[Any], weights: NDArray[Any], k: int, starts: int, rng: np.random.Generator
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Label of all rows by the best of several starts, and its inertia.

    Shapes: points (sets, rows, features), weights and labels (sets, resamples, rows), inertia
    (sets, resamples).
    """
    sets, resamples, rows = weights.shape
    fits = Fits(points, np.repeat(np.arange(sets), resamples), weights.reshape(-1, rows))
    best = np.zeros(fits.weights.shape, np.int8)
    least = np.full(len(best), np.inf)
    for _ in range(starts):
        label, far = nearest_centres(fits, lloyd(fits, seeded_centres(fits, k, rng)))
        inertia = (fits.weights * far).sum(axis=1)
        better = inertia < least
        best[better], least[better] = label[better], inertia[better]
    return best.reshape(weights.shape), least.reshape(sets, resamples)
