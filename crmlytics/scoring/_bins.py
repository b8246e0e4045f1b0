"""Values in a few bins: cut where the outcome's rate changes, missing and unseen by themselves."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature

MOST_BINS = 6
LEAST_SHARE = 0.03
_LEAST_LEVEL_SHARE = 0.009


class Bins(NamedTuple):
    """Bins of one feature.

    A number x is in the bin of the first of `cuts` that is at least x; then come the last bin and
    "missing". A category has a bin for each of `levels`, then "other" (rare or unseen) and
    "missing".
    """

    name: str
    raw: str
    cuts: tuple[float, ...] | None
    levels: tuple[str, ...] | None

    @property
    def n(self) -> int:
        """How many bins, those of other and missing among them."""
        return len(self.levels) + 2 if self.levels is not None else len(self.cuts or ()) + 2


def learn(feature: Feature, y: NDArray[np.float64], *, monotone: bool) -> Bins:
    """Bins of one feature in the rows learnt from."""
    if feature.levels is not None:
        rows = np.bincount(feature.values, minlength=len(feature.labels))
        often = rows[: len(feature.levels)] >= _LEAST_LEVEL_SHARE * len(y)
        levels = tuple(np.asarray(feature.levels, object)[often].tolist())
        return Bins(feature.name, feature.raw, None, levels)
    present = ~np.isnan(feature.values)
    values, outcome = feature.values[present], y[present]
    cuts = _tree_cuts(values, outcome, n=len(y))
    if monotone:
        cuts = _merged(values, outcome, cuts)
    return Bins(feature.name, feature.raw, tuple(cuts), None)


def assign(bins: Bins, feature: Feature) -> NDArray[np.int64]:
    """Bin of each row."""
    if bins.levels is not None:
        place = {level: i for i, level in enumerate(bins.levels)}
        other = len(bins.levels)
        of_code = [*(place.get(level, other) for level in feature.levels or ()), other, other + 1]
        found: NDArray[np.int64] = np.asarray(of_code, np.int64)[feature.values]
        return found
    cuts = np.asarray(bins.cuts)
    missing = np.isnan(feature.values)
    return np.where(missing, len(cuts) + 1, np.searchsorted(cuts, feature.values, side="left"))


def names(bins: Bins) -> list[str]:
    """What each bin holds, in words."""
    if bins.levels is not None:
        return [*bins.levels, "(other)", "(missing)"]
    cuts = [f"{cut:.6g}" for cut in bins.cuts or ()]
    if not cuts:
        return ["any", "(missing)"]
    between = [f"({low}, {high}]" for low, high in itertools.pairwise(cuts)]
    return [f"≤ {cuts[0]}", *between, f"> {cuts[-1]}", "(missing)"]


def _tree_cuts(values: NDArray[np.float64], y: NDArray[np.float64], *, n: int) -> list[float]:
    from sklearn.tree import DecisionTreeClassifier

    least = max(int(np.ceil(LEAST_SHARE * n)), 1)
    if len(values) < 2 * least or values.min() == values.max():
        return []
    tree = DecisionTreeClassifier(
        criterion="entropy", max_leaf_nodes=MOST_BINS, min_samples_leaf=least, random_state=0
    ).fit(values[:, None], y)
    cuts = tree.tree_.threshold[tree.tree_.feature == 0]
    return sorted({float(cut) for cut in cuts})


def _merged(values: NDArray[np.float64], y: NDArray[np.float64], cuts: list[float]) -> list[float]:
    """Merge neighbours until the rate goes one way: pooling adjacent violators, by size.

    Barlow et al. (1972). Statistical Inference under Order Restrictions, chapter 1.
    """
    cell = np.searchsorted(np.asarray(cuts), values, side="left")
    n = np.bincount(cell, minlength=len(cuts) + 1).astype(np.float64)
    hits = np.bincount(cell, weights=y, minlength=len(cuts) + 1)
    rises = _pooled(n, hits, cuts, 1.0)
    falls = _pooled(n, hits, cuts, -1.0)
    return min((rises, falls), key=lambda found: found[0])[1]


def _pooled(
    n: NDArray[np.float64], hits: NDArray[Any], cuts: list[float], sign: float
) -> tuple[float, list[float]]:
    """Squared error of the pooled rates, and the cuts that are left."""
    blocks: list[list[float]] = []  # n, hits, number of cells
    for size, hit in zip(n, hits, strict=True):
        blocks.append([size, hit, 1])
        while len(blocks) > 1 and _rate(blocks[-2], sign) >= _rate(blocks[-1], sign):
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    ends = np.cumsum([int(block[2]) for block in blocks])
    rate = np.repeat([block[1] / block[0] for block in blocks], [int(b[2]) for b in blocks])
    error = float((n * (hits / n - rate) ** 2).sum())
    return error, [cuts[end - 1] for end in ends[:-1]]


def _rate(block: list[float], sign: float) -> float:
    return sign * block[1] / block[0]
