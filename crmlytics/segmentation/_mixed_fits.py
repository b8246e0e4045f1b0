"""Prototypes of numbers and categories: distances, seeds and batch steps on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Mixed(NamedTuple):
    """Rows of numbers (features, rows) and of category codes (columns, rows), each from 0."""

    numbers: NDArray[np.float64]
    codes: NDArray[np.int64]
    n_levels: tuple[int, ...]
    gamma: float

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.numbers.shape[1])


class Prototypes(NamedTuple):
    """Means (k, features) and modes (k, columns)."""

    means: NDArray[np.float64]
    modes: NDArray[np.int64]


class MixedFit(NamedTuple):
    """Where one start ended."""

    prototypes: Prototypes
    cost: float
    n_iter: int
    converged: bool


def distances(data: Mixed, prototypes: Prototypes) -> NDArray[np.float64]:
    """Squared distance plus gamma times the mismatches, of shape (k, rows)."""
    means, modes = prototypes
    far = -2 * (means @ data.numbers)
    far += (means**2).sum(axis=1)[:, None]
    far += (data.numbers**2).sum(axis=0)
    np.maximum(far, 0, out=far)
    for code, levels, mode in zip(data.codes, data.n_levels, modes.T, strict=True):
        # A table by level, read by code: one look-up per cell, whatever the number of levels.
        far += (data.gamma * (mode[:, None] != np.arange(levels))).take(code, axis=1)
    return far


def nearest(far: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Label of each row, the first of equals, and its distance."""
    label, least = np.zeros(far.shape[1], np.int64), far[0].copy()
    for j in range(1, len(far)):
        np.copyto(label, j, where=far[j] < least)
        np.minimum(least, far[j], out=least)
    return label, least


def seeds(data: Mixed, k: int, rng: np.random.Generator) -> Prototypes:
    """Rows drawn as k-means++ draws them, with the mixed distance for the squared one."""
    chance = np.ones(data.n_rows)
    chosen: list[int] = []
    for _ in range(k):
        total = np.cumsum(chance)
        at = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
        chosen.append(min(at, data.n_rows - 1))
        one = Prototypes(data.numbers[:, chosen[-1:]].T, data.codes[:, chosen[-1:]].T)
        far = distances(data, one)[0]
        chance = far if len(chosen) == 1 else np.minimum(chance, far)
    return Prototypes(data.numbers[:, chosen].T.copy(), data.codes[:, chosen].T.copy())


def centred(data: Mixed, label: NDArray[np.int64], before: Prototypes) -> Prototypes:
    """Means and modes of each cluster, the lowest code of equals; an empty one stays."""
    k = len(before.means)
    size = np.bincount(label, minlength=k)
    filled = size > 0
    means, modes = before.means.copy(), before.modes.copy()
    for at, column in enumerate(data.numbers):
        sums = np.bincount(label, weights=column, minlength=k)
        means[filled, at] = sums[filled] / size[filled]
    for at, (code, levels) in enumerate(zip(data.codes, data.n_levels, strict=True)):
        table = np.bincount(label * levels + code, minlength=k * levels).reshape(k, levels)
        modes[filled, at] = table.argmax(axis=1)[filled]
    return Prototypes(means, modes)


def fit_once(data: Mixed, start: Prototypes, max_iter: int) -> MixedFit:
    """Assign and centre in turns until no row changes its cluster."""
    prototypes = start
    label, far = nearest(distances(data, prototypes))
    for step in range(1, max_iter + 1):
        prototypes = _refilled(data, centred(data, label, prototypes), label, far)
        again, far = nearest(distances(data, prototypes))
        if np.array_equal(again, label):
            return MixedFit(prototypes, float(far.sum()), step, True)
        label = again
    return MixedFit(prototypes, float(far.sum()), max_iter, False)


def _refilled(
    data: Mixed, prototypes: Prototypes, label: NDArray[np.int64], far: NDArray[np.float64]
) -> Prototypes:
    """Put the prototype of each empty cluster on one of the rows farthest from their own."""
    empty = np.flatnonzero(np.bincount(label, minlength=len(prototypes.means)) == 0)
    if len(empty):
        farthest = np.argsort(-far, kind="stable")[: len(empty)]
        prototypes.means[empty] = data.numbers[:, farthest].T
        prototypes.modes[empty] = data.codes[:, farthest].T
    return prototypes
