"""How closely two raw columns go together, and which of them form groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawColumn

_MOST_LEVELS = 50


def associations(columns: Sequence[RawColumn]) -> NDArray[np.float64]:
    """Matrix of associations between 0 and 1.

    Two numbers: Spearman's rank correlation; a number and names: the correlation ratio of its
    ranks; names: Cramér's V, corrected for chance (Bergsma 2013).
    """
    ranks = [_ranks(column) for column in columns]
    codes = [_codes(column) for column in columns]
    found: NDArray[np.float64] = np.eye(len(columns))
    for i in range(len(columns)):
        for j in range(i):
            a, b = ranks[i], ranks[j]
            if a is not None and b is not None:
                value = _correlation(a, b)
            elif a is not None:
                value = _ratio(a, codes[j])
            elif b is not None:
                value = _ratio(b, codes[i])
            else:
                value = _corrected_v(codes[i], codes[j])
            found[i, j] = found[j, i] = value
    return found


def groups(found: NDArray[np.float64], together: float) -> NDArray[np.int64]:
    """Number the groups in which every pair is associated by `together` or more."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(found) < 2:
        return np.zeros(len(found), np.int64)
    distance = squareform(np.clip(1.0 - found, 0.0, 1.0), checks=False)
    tree = linkage(distance, method="complete")
    label = fcluster(tree, 1.0 - together, criterion="distance")
    first = pd.unique(label)
    order = {one: place for place, one in enumerate(first)}
    return np.array([order[one] for one in label], np.int64)


def _ranks(column: RawColumn) -> NDArray[np.float64] | None:
    """Centred ranks; missing ones in the middle. None for names."""
    if column.kind == "text":
        return None
    ranked = pd.Series(column.values).rank()
    centred = (ranked - ranked.mean()).fillna(0.0)
    return np.asarray(centred, np.float64)


def _codes(column: RawColumn) -> NDArray[np.int64]:
    """Levels of names by frequency, the rarest together; missing is one of them."""
    if column.kind != "text":
        return np.zeros(len(column.values), np.int64)
    code = column.values.astype(np.int64) + 1
    size = np.bincount(code)
    order = np.argsort(-size, kind="stable")
    place = np.empty(len(size), np.int64)
    place[order] = np.minimum(np.arange(len(size)), _MOST_LEVELS)
    return place[code]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return abs(float(a @ b)) / spread if spread > 0 else 0.0


def _ratio(a: NDArray[np.float64], code: NDArray[np.int64]) -> float:
    n = np.bincount(code)
    total = np.bincount(code, weights=a)
    between = float((total[n > 0] ** 2 / n[n > 0]).sum())
    whole = float(a @ a)
    # Levels explain (k - 1) / (n - 1) by chance.
    chance = (np.count_nonzero(n) - 1) / max(len(a) - 1, 1)
    share = between / whole if whole > 0 else 0.0
    return float(np.sqrt(np.clip((share - chance) / max(1.0 - chance, 1e-12), 0.0, 1.0)))


def _corrected_v(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    width = int(b.max()) + 1
    counts = np.bincount(a * width + b, minlength=(int(a.max()) + 1) * width)
    table = counts.reshape(-1, width).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return 0.0
    n = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    rows, columns = table.shape
    phi2 = ((table - expected) ** 2 / expected).sum() / n
    phi2 = max(phi2 - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    return float(np.sqrt(min(phi2 / max(least - 1, 1e-12), 1.0)))
