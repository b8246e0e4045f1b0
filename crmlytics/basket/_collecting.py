"""Itemsets as they are found: counted against the limit, put in order at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.basket._trie import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Part = tuple[Ints, Ints, Ints]


class Collector:
    """Gathers levels of sets, block after block of leading items, the last block first."""

    def __init__(self, ones: Ints, max_itemsets: int) -> None:
        self._ones = ones  # counts of the single items, by rank
        self._most = max_itemsets
        self._blocks: list[list[list[Part]]] = []
        self._sizes: list[int] = []
        self._by_level = [0]
        self._found(1, len(ones))

    def start_block(self) -> None:
        """Begin a block; its sets stand before all those collected so far."""
        self._blocks.append([])
        self._sizes = []

    def add(self, size: int, parent: Ints, item: Ints, count: Ints) -> int:
        """Add sets of one size, ascending by parent and item; the place of the first in the block.

        Parents are ranks for pairs, and places in the block for larger sets.
        """
        block = self._blocks[-1]
        if len(block) < size - 1:
            block.append([])
            self._sizes.append(0)
        block[size - 2].append((parent, item, count))
        first = self._sizes[size - 2]
        self._sizes[size - 2] += len(item)
        self._found(size, len(item))
        return first

    def levels(self) -> list[Level]:
        """All sets, ascending by parent and item within a level."""
        n = len(self._ones)
        if not n:
            return []
        done = [Level(np.full(n, -1, np.int32), np.arange(n, dtype=np.int32), self._ones)]
        blocks = self._blocks[::-1]
        for depth in range(max((len(block) for block in blocks), default=0)):
            parts, before = [], 0
            for block in blocks:
                if depth and len(block) >= depth:
                    shift = before
                    before += sum(len(item) for _, item, _ in block[depth - 1])
                else:
                    shift = 0
                if len(block) > depth:
                    parts += [(parent + shift, *rest) for parent, *rest in block[depth]]
            parent, item, count = (np.concatenate(one) for one in zip(*parts, strict=True))
            done.append(Level(parent.astype(np.int32), item.astype(np.int32), count))
        return done

    def _found(self, size: int, n: int) -> None:
        self._by_level += [0] * (size + 1 - len(self._by_level))
        self._by_level[size] += n
        if (total := sum(self._by_level)) > self._most:
            raise TooManyError(total, self._by_level[1:], self._a_higher_count())

    def _a_higher_count(self) -> int:
        """The least count that at most half of the sets found reach."""
        parts = [part[2] for block in self._blocks for level in block for part in level]
        return int(np.median(np.concatenate([self._ones, *parts]))) + 1


class TooManyError(Exception):
    """More sets than allowed: the number, by size, and a min_count that leaves half of them."""

    def __init__(self, total: int, by_size: list[int], higher: int) -> None:
        super().__init__(total)
        self.total, self.by_size, self.higher = total, by_size, higher
