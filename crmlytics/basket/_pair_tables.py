"""Which pairs of items are frequent: the quick test that spares most joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

# A table of truth values up to this many items (64 MB), sorted keys beyond.
_MOST_ITEMS = 8_192


class PairTable:
    """Frequent pairs of ranks, the lower one first; filled from the highest ranks down."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._table = np.zeros((n, n), bool) if n <= _MOST_ITEMS else None
        self._keys = [np.empty(0, np.int64)]

    def add(self, left: Ints, right: Ints) -> None:
        """Note frequent pairs, ascending, all below those noted before."""
        if self._table is not None:
            self._table[left, right] = True
        else:
            self._keys.append(left * self._n + right)

    def holds(self, left: Ints, right: Ints) -> NDArray[np.bool_]:
        """Whether each pair is frequent."""
        if self._table is not None:
            return self._table[left, right]
        if len(self._keys) > 1:
            self._keys = [np.concatenate(self._keys[::-1])]
        keys, wanted = self._keys[0], left * self._n + right
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        return keys[at] == wanted if len(keys) else np.zeros(len(wanted), bool)
