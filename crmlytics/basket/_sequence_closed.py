"""Closed sequences: those that no longer sequence with equal support contains."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._sequence_elements import Elements
    from crmlytics.basket._sequence_levels import Patterns

_ROWS_AT_ONCE = 1_000


def closed_by_steps(patterns: Patterns, elements: Elements) -> NDArray[np.bool_]:
    """Mark the closed patterns where dropping any item keeps a pattern frequent.

    Then a longer pattern with equal support implies one that is longer by one item, so dropping
    one item from each pattern finds them all.
    """
    closed = np.ones(len(patterns.counts), bool)
    shorter: NDArray[Any] | None = None
    for n_items in range(1, int(patterns.n_items.max(initial=0)) + 1):
        rows = np.flatnonzero(patterns.n_items == n_items)
        tokens = _tokens(patterns, elements, rows, n_items)
        if shorter is not None:
            below = np.flatnonzero(patterns.n_items == n_items - 1)
            finder = _Rows(shorter)
            for column in range(n_items):
                place = finder.find(_without(tokens, column))
                same = patterns.counts[below[place]] == patterns.counts[rows]
                closed[below[place[same & (place >= 0)]]] = False
        shorter = tokens
    return closed


def closed_by_comparison(patterns: Patterns, elements: Elements) -> NDArray[np.bool_]:
    """Mark the closed patterns by comparing all of equal support, for limited gaps.

    Under a largest gap the pattern between two others need not be frequent, so no single step
    leads from one to the other.
    """
    from scipy.sparse import csr_array

    names = _element_items(elements)
    closed = np.ones(len(patterns.counts), bool)
    order = np.lexsort((patterns.n_items, patterns.counts))
    edges = np.flatnonzero(np.diff(patterns.counts[order], prepend=-1, append=-1))
    for low, high in itertools.pairwise(edges.tolist()):
        group = order[low:high]
        if len(group) < 2:
            continue
        written = [
            [names[symbol] for symbol in patterns.symbols[row] if symbol >= 0] for row in group
        ]
        sets = [sorted({item for element in one for item in element}) for one in written]
        sizes = np.array([len(one) for one in sets])
        where = np.repeat(np.arange(len(group)), sizes)
        flat = np.array([item for one in sets for item in one], np.int64)
        held = csr_array(
            (np.ones(len(flat), np.int32), (where, flat)), shape=(len(group), int(flat.max()) + 1)
        )
        n_items = patterns.n_items[group]
        for start in range(0, len(group), _ROWS_AT_ONCE):
            shared = (held[start : start + _ROWS_AT_ONCE] @ held.T).tocoo()
            one, other = shared.coords[0] + start, shared.coords[1]
            likely = (shared.data == sizes[one]) & (n_items[one] < n_items[other])
            for a, b in zip(one[likely].tolist(), other[likely].tolist(), strict=True):
                if closed[group[a]] and _contains(written[b], written[a]):
                    closed[group[a]] = False
    return closed


def _contains(longer: list[frozenset[int]], shorter: list[frozenset[int]]) -> bool:
    """Tell whether the elements of one pattern lie, in order, within those of the other."""
    rest = iter(longer)
    return all(any(element <= candidate for candidate in rest) for element in shorter)


def _element_items(elements: Elements) -> list[frozenset[int]]:
    """Item codes of each symbol."""
    held: list[frozenset[int]] = []
    for parent, item in zip(elements.parent.tolist(), elements.item.tolist(), strict=True):
        held.append((held[parent] if parent >= 0 else frozenset()) | {item})
    return held


def _tokens(
    patterns: Patterns, elements: Elements, rows: NDArray[np.int64], n_items: int
) -> NDArray[np.int64]:
    """Write the items of each pattern in a row: 2 · item, + 1 where an element begins."""
    largest = int(elements.size.max())
    items = np.full((len(elements.size) + 1, largest), -1)  # the last row is no symbol
    for size in range(1, largest + 1):
        mine = np.flatnonzero(elements.size == size)
        items[mine, : size - 1] = items[elements.parent[mine], : size - 1]
        items[mine, size - 1] = elements.item[mine]
    begins = np.arange(largest) == 0
    table = np.where(items >= 0, 2 * items + begins, -1)[patterns.symbols[rows]]
    flat = table.reshape(len(rows), -1)
    return flat[flat >= 0].reshape(len(rows), n_items)


def _without(tokens: NDArray[np.int64], column: int) -> NDArray[np.int64]:
    """Drop one item; if it began an element that goes on, the next item begins it."""
    rest = np.delete(tokens, column, axis=1)
    if column < rest.shape[1]:
        rest[:, column] |= tokens[:, column] & 1
    return rest


class _Rows:
    """Finds rows of whole numbers among known ones: by their hash, then number by number."""

    def __init__(self, known: NDArray[np.int64]) -> None:
        self.known = known
        for seed in range(100):
            self.factor = np.random.default_rng(seed).integers(
                1, 2**63, known.shape[1], dtype=np.uint64
            )
            hashed = self._hash(known)
            self.order = np.argsort(hashed)
            self.hashed = hashed[self.order]
            if (self.hashed[1:] != self.hashed[:-1]).all():
                return
        raise AssertionError("rows repeat")

    def _hash(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        mixed = (rows.astype(np.uint64) + np.uint64(1)) * self.factor
        mixed ^= mixed >> np.uint64(29)
        hashed: NDArray[np.uint64] = (mixed * self.factor).sum(axis=1, dtype=np.uint64)
        return hashed

    def find(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each row among the known ones, -1 where it is not."""
        at = np.minimum(np.searchsorted(self.hashed, self._hash(rows)), len(self.hashed) - 1)
        place = self.order[at]
        return np.where((self.known[place] == rows).all(axis=1), place, -1)
