"""Pairs of items that many baskets hold, counted 64 baskets at a time.

Laying out every pair of a basket costs its size squared. Where items are in an eighth of all
baskets and more, intersecting their rows of bits costs less, however large the baskets are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.basket import _bit_rows
from crmlytics.basket._projection import Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._projection import Ints, Ranked

# One byte per basket and row while bits are moved.
_MOST_BYTES = 1 << 23


def item_bits(table: Ranked, head: int) -> NDArray[np.uint64]:
    """One row of bits over all baskets per rank from `head` on."""
    rows = np.zeros((table.n - head, _bit_rows.words_for(table.n_baskets)), np.uint64)
    present = np.zeros(rows.shape[1] * 64, np.uint8)
    for row, rank in enumerate(range(head, table.n)):
        held = table.baskets[table.starts[rank] : table.starts[rank + 1]]
        present[held] = 1
        rows[row] = np.packbits(present, bitorder="little").view(np.uint64)
        present[held] = 0
    return rows


def frequent_pairs(
    table: Ranked,
    bits: NDArray[np.uint64],
    begin: int,
    stop: int,
    *,
    min_count: int,
    apart: Ints,
    with_rows: bool,
) -> Pairs:
    """Frequent pairs whose rarer item has a rank in ``begin … stop - 1``, all of them in `bits`."""
    head = table.n - len(bits)
    widest = int(table.starts[stop] - table.starts[stop - 1])
    # Rows over the baskets of the rarer item only, unless these are most of all baskets.
    narrow = 2 * widest < table.n_baskets
    words = _bit_rows.words_for(widest) if narrow else bits.shape[1]
    right, counts, rows = [], [], [np.empty((0, words), np.uint64)]
    for rank in range(begin, stop):
        both = bits[rank + 1 - head :] & bits[rank - head]
        count = _bit_rows.count_bits(both)
        count[apart[apart // table.n == rank] % table.n - rank - 1] = 0
        often = np.flatnonzero(count >= min_count)
        right.append(often + rank + 1)
        counts.append(count[often])
        if with_rows and len(often) > 1:
            held = table.baskets[table.starts[rank] : table.starts[rank + 1]]
            rows.append(_projected(both[often], held, words) if narrow else both[often])
    sizes = [len(one) for one in right]
    return Pairs(
        left=np.repeat(np.arange(begin, stop), sizes),
        right=np.concatenate(right),
        counts=np.concatenate(counts),
        in_class=np.repeat(np.array(sizes) > 1, sizes),
        rows=np.concatenate(rows),
    )


def _projected(rows: NDArray[np.uint64], held: NDArray[np.int32], words: int) -> NDArray[np.uint64]:
    """The bits of some baskets only, moved together."""
    result = np.empty((len(rows), words), np.uint64)
    step = max(1, _MOST_BYTES // (rows.shape[1] * 64))
    narrow = np.zeros((step, words * 64), np.uint8)
    for first in range(0, len(rows), step):
        cells = np.unpackbits(rows[first : first + step].view(np.uint8), axis=1, bitorder="little")
        narrow[: len(cells), : len(held)] = cells[:, held]
        packed = np.packbits(narrow[: len(cells)], axis=1, bitorder="little")
        result[first : first + step] = packed.view(np.uint64)
    return result
