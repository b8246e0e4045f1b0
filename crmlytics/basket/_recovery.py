"""All itemsets and their counts, recovered from the closed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.basket import _trie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def all_from_closed(
    sets: Sequence[NDArray[np.int32]], counts: Sequence[NDArray[np.int64]]
) -> list[_trie.Level]:
    """Levels of all subsets of the closed sets; a count is the largest over closed supersets.

    `sets` holds one table of ascending item codes per size, 1 first.
    """
    tables: list[NDArray[np.int32]] = []
    found: list[NDArray[np.int64]] = []
    below = np.empty((0, len(sets) + 1), np.int32)
    below_counts = np.empty(0, np.int64)
    for held, count in zip(reversed(sets), reversed(counts), strict=True):
        size = held.shape[1]
        dropped = [np.delete(below, j, axis=1) for j in range(size + 1)]
        rows = np.concatenate([held, *dropped])
        every = np.concatenate([count, np.tile(below_counts, size + 1)])
        below, below_counts = _largest(rows, every)
        tables.append(below)
        found.append(below_counts)
    return _levels_of(tables[::-1], found[::-1])


def _largest(
    rows: NDArray[np.int32], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Distinct rows in ascending order, each with its largest count."""
    if not len(rows):
        return rows, counts
    order = np.lexsort((-counts, *rows.T[::-1]))
    rows, counts = rows[order], counts[order]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return rows[first], counts[first]


def _levels_of(
    tables: Sequence[NDArray[np.int32]], counts: Sequence[NDArray[np.int64]]
) -> list[_trie.Level]:
    levels: list[_trie.Level] = []
    for size, (rows, count) in enumerate(zip(tables, counts, strict=True), start=1):
        parent = np.full(len(rows), -1, np.int32)
        if size > 1:
            # Rows ascend, so those of one parent stand together, in the order of the parents.
            changes = np.ones(len(rows), bool)
            changes[1:] = (rows[1:, :-1] != rows[:-1, :-1]).any(axis=1)
            n_items = int(tables[0].max(initial=0)) + 1
            heads = _trie.find(levels, rows[changes][:, :-1], n_items)
            parent = heads[np.cumsum(changes) - 1].astype(np.int32)
        levels.append(_trie.Level(parent, rows[:, -1].copy(), count))
    return levels
