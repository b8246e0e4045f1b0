"""Sets of baskets as rows of bits: intersected and counted many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 64
_FEW_WORDS = 8


def words_for(n_bits: int) -> int:
    """Words of 64 bits that hold this many bits."""
    return -(-n_bits // _BITS)


def intersect(
    rows: NDArray[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The intersections of pairs of rows, and how many bits each has."""
    both = rows.take(left, axis=0)
    both &= rows.take(right, axis=0)
    return both, count_bits(both)


def count_bits(rows: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Number of bits set in each row."""
    bits = np.bitwise_count(rows)
    total: NDArray[np.int64]
    if rows.shape[1] > _FEW_WORDS:
        total = bits.sum(axis=1, dtype=np.int64)
        return total
    # Many sums of a few numbers each: column by column is several times faster.
    total = bits[:, 0].astype(np.int64)
    for word in range(1, rows.shape[1]):
        total += bits[:, word]
    return total
