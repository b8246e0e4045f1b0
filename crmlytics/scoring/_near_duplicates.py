"""Columns that say the same twice: shown apart, each half would hide the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature

_ALIKE = 0.95
_MOST_ROWS = 5_000


def group(features: Sequence[Feature]) -> list[list[int]]:
    """Numbers of the features that belong together, in the order of their first.

    Two numbers do if their ranks correlate above 0.95 either way, two categories if Cramér's V is
    above 0.95.
    """
    step = max(1, -(-len(features[0].values) // _MOST_ROWS))
    parent = list(range(len(features)))
    for j, k in _pairs([feature.values[::step] for feature in features], features):
        parent = [parent[j] if root == parent[k] else root for root in parent]
    roots = dict.fromkeys(parent)
    return [[j for j, root in enumerate(parent) if root == one] for one in roots]


def _pairs(values: Sequence[NDArray[Any]], features: Sequence[Feature]) -> list[tuple[int, int]]:
    numbers = [j for j, feature in enumerate(features) if feature.levels is None]
    coded = [j for j, feature in enumerate(features) if feature.levels is not None]
    ranks = {j: _ranks(values[j]) for j in numbers}
    found = [(j, k) for i, j in enumerate(numbers) for k in numbers[i + 1 :]
             if abs(float(ranks[j] @ ranks[k])) > _ALIKE]  # fmt: skip
    found += [(j, k) for i, j in enumerate(coded) for k in coded[i + 1 :]
              if _cramers_v(values[j], values[k]) > _ALIKE]  # fmt: skip
    return sorted(found)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centred ranks of length 1, missing values in the middle; zeros for a constant."""
    from scipy.stats import rankdata

    present = ~np.isnan(values)
    rank = rankdata(values[present])
    centred = np.zeros(len(values))
    centred[present] = rank - rank.mean() if len(rank) else 0.0
    length = float(np.sqrt(centred @ centred))
    return centred / length if length else centred


def _cramers_v(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    rows, columns = int(a.max()) + 1, int(b.max()) + 1
    table = np.bincount(a.astype(np.int64) * columns + b, minlength=rows * columns)
    table = table.reshape(rows, columns)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    least = min(table.shape) - 1
    if least < 1 or table.shape[0] != table.shape[1]:
        return 0.0  # as many levels, or it is no duplicate
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi_square = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi_square / (table.sum() * least)))
