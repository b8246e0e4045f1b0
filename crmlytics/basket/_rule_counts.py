"""Counting any list of itemsets in any baskets, whole or group by group.

Each item becomes a row of bits, one per basket; a set's baskets are the AND of its rows. The
baskets of a group (a basket size, say) lie together and start at a new word, so that one sum per
run of words counts each group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.basket import _rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from crmlytics.basket.basket_matrix import Baskets
    from crmlytics.basket.itemset_table import Itemsets

    Ints = NDArray[np.signedinteger[Any]]

_BLOCK_BYTES = 4 << 20  # the working rows stay in the processor's cache
_BUILD_BYTES = 32 << 20  # one byte per basket and item while the bits are packed


class Layout(NamedTuple):
    """Where each basket's bit is, and at which word each group starts."""

    position: Ints
    starts: Ints
    n_words: int


class ItemSets(NamedTuple):
    """Sets of item codes, ragged: set i holds ``items[indptr[i]:indptr[i + 1]]``."""

    indptr: Ints
    items: Ints

    @property
    def sizes(self) -> Ints:
        """Number of items of each set."""
        return np.diff(self.indptr)


def counts_of(indptr: Ints, items: Ints, sets: ItemSets) -> Ints:
    """Number of baskets that hold each set; the empty set is in all of them."""
    one_group = np.zeros(len(indptr) - 1, np.int64)
    return counts_by_group(indptr, items, sets, one_group, 1)[:, 0]


def counts_by_group(indptr: Ints, items: Ints, sets: ItemSets, group: Ints, n_groups: int) -> Ints:
    """Number of baskets of each group (column) that hold each set (row)."""
    result = np.zeros((len(sets.sizes), n_groups), np.int64)
    filled = np.bincount(group, minlength=n_groups)
    result[sets.sizes == 0] = filled
    used = np.unique(sets.items)
    if not len(used) or not len(group):
        return result
    present = np.flatnonzero(filled)
    layout = _layout(group, filled, present)
    bits = _bits(indptr, items, used, layout)
    codes = np.searchsorted(used, sets.items)
    for rows, members in _by_size(sets, codes, layout.n_words):
        together = bits[members[:, 0]]
        for column in members.T[1:]:
            together &= bits[column]
        ones = np.bitwise_count(together).astype(np.int32)
        result[np.ix_(rows, present)] = np.add.reduceat(ones, layout.starts, axis=1)
    return result


def _layout(group: Ints, filled: Ints, present: Ints) -> Layout:
    words = (filled + 63) // 64
    starts = np.cumsum(words) - words
    order = np.argsort(group, kind="stable")
    first = np.cumsum(filled) - filled
    position = np.empty(len(group), np.int64)
    position[order] = 64 * starts[group[order]] + np.arange(len(group)) - first[group[order]]
    return Layout(position, starts[present], int(words.sum()))


def _bits(indptr: Ints, items: Ints, used: Ints, layout: Layout) -> NDArray[np.uint64]:
    """One row of bits per item of `used`."""
    code = np.full(max(int(items.max(initial=0)), int(used[-1])) + 1, -1, np.int64)
    code[used] = np.arange(len(used))
    kept = code[items]
    place = np.repeat(layout.position, np.diff(indptr))[kept >= 0]
    kept = kept[kept >= 0]
    order = np.argsort(kept, kind="stable")
    kept, place = kept[order], place[order]
    bits = np.empty((len(used), layout.n_words), np.uint64)
    step = max(1, _BUILD_BYTES // (64 * layout.n_words))
    for start in range(0, len(used), step):
        stop = min(start + step, len(used))
        at = slice(*np.searchsorted(kept, (start, stop)))
        dense = np.zeros((stop - start, 64 * layout.n_words), bool)
        dense[kept[at] - start, place[at]] = True
        bits[start:stop] = np.packbits(dense, axis=1, bitorder="little").view(np.uint64)
    return bits


def _by_size(sets: ItemSets, codes: Ints, n_words: int) -> Iterator[tuple[Ints, Ints]]:
    """Blocks of sets of one size: their row numbers and a matrix of their items."""
    step = max(1, _BLOCK_BYTES // (8 * n_words))
    for size in np.unique(sets.sizes[sets.sizes > 0]):
        rows = np.flatnonzero(sets.sizes == size)
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            yield block, codes[sets.indptr[block][:, None] + np.arange(size)]


def members_of(sets: Itemsets, positions: Ints) -> ItemSets:
    """Item codes of the sets at these positions; -1 is the empty set."""
    indptr, codes = sets.members()
    sizes = np.where(positions < 0, 0, np.diff(indptr)[positions])
    starts = indptr[:-1][positions]
    return ItemSets(_rows.offsets(sizes), codes[_rows.spans(starts, sizes)].astype(np.int64))


def recoded(sets: ItemSets, items: NDArray[np.object_], baskets: Baskets) -> ItemSets:
    """The same sets by name in other baskets; items unknown there get a code that no basket has."""
    place = {name: code for code, name in enumerate(baskets.items.tolist())}
    codes = np.array([place.get(name, baskets.n_items) for name in items.tolist()], np.int64)
    return ItemSets(sets.indptr, codes[sets.items])


def counts_elsewhere(sets: Itemsets, positions: Ints, baskets: Baskets) -> Ints:
    """How many of other baskets hold the sets at these positions."""
    distinct, back = np.unique(positions, return_inverse=True)
    wanted = recoded(members_of(sets, distinct), sets.baskets.items, baskets)
    return counts_of(baskets.indptr, baskets.indices, wanted)[back]


def weighted_counts(baskets: Baskets, sets: ItemSets) -> Callable[[Ints], Ints]:
    """A function from weights of the baskets to each set's total weight.

    The baskets of each set are listed once, so that many weightings cost a sparse product each.
    """
    from scipy import sparse

    n, wanted = baskets.n_baskets, np.unique(sets.items)
    holds = _bits(
        baskets.indptr,
        baskets.indices,
        wanted,
        Layout(np.arange(n), np.zeros(1, np.int64), max(-(-n // 64), 1)),
    ) if len(wanted) else np.empty((0, 1), np.uint64)  # fmt: skip
    codes = np.searchsorted(wanted, sets.items)
    lists: dict[int, NDArray[np.int32]] = {}
    for rows, members in _by_size(sets, codes, holds.shape[1]):
        together = holds[members[:, 0]]
        for column in members.T[1:]:
            together &= holds[column]
        for block in _few(rows, together):
            lists |= block
    sizes = np.array([len(lists[row]) for row in range(len(lists))], np.int64)
    tids = np.concatenate([lists[row] for row in range(len(lists))]) if lists else np.empty(0, int)
    table = sparse.csr_array(
        (np.ones(len(tids), np.int64), tids, _rows.offsets(sizes)), shape=(len(sizes), n)
    )
    return lambda weight: np.asarray(table @ weight.astype(np.int64), np.int64)


def _few(rows: Ints, words: NDArray[np.uint64]) -> Iterator[dict[int, NDArray[np.int32]]]:
    """Bits as lists of positions, a few rows at a time: unpacked they are eight times as large."""
    step = max(1, _BUILD_BYTES // (64 * words.shape[1]))
    for start in range(0, len(rows), step):
        bits = np.unpackbits(words[start : start + step].view(np.uint8), axis=1, bitorder="little")
        row, position = np.nonzero(bits)
        ends = np.searchsorted(row, np.arange(1, len(bits)))
        parts = np.split(position.astype(np.int32), ends)
        yield dict(zip(rows[start : start + step].tolist(), parts, strict=True))
