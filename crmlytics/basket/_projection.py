"""Pairs of items: counted exactly once, and kept as bits over the baskets of the rarer item.

Items bear ranks, rarest first. For each item the rest of its baskets, from the next rank on, is
laid out one after the other: the counts of those ranks are the counts of its pairs, and a pair's
baskets are a row of bits as short as the item is rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from crmlytics.basket import _bit_rows, _rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Ranked(NamedTuple):
    """Rows of ranks, and where each rank occurs in them."""

    ranks: NDArray[np.int32]  # rank at every place, ascending within a basket
    follow: Ints  # of each occurrence, grouped by rank: the place after it
    after: Ints  # … and how many places its basket has from there on
    starts: Ints  # where the occurrences of each rank begin
    work: Ints  # how many pairs the ranks before each one have
    baskets: NDArray[np.int32]  # of each occurrence: its basket
    n_baskets: int

    @property
    def n(self) -> int:
        """Number of ranked items."""
        return len(self.starts) - 1


class Pairs(NamedTuple):
    """Frequent pairs of a run of ranks, ascending; `rows` are those that have company."""

    left: Ints
    right: Ints
    counts: Ints
    in_class: NDArray[np.bool_]  # whether another pair begins with the same rank
    rows: NDArray[np.uint64]


class _LaidOut(NamedTuple):
    """Pairs of some occurrences and the items after them, one after the other."""

    cell: Ints  # of each pair: its cell in a table of ranks × ranks
    bit: Ints  # of each occurrence: which of its rank's occurrences it is
    after: Ints  # of each occurrence: how many pairs it has


def ranked(indptr: Ints, indices: NDArray[np.int32], rank_of: Ints, n_ranks: int) -> Ranked:
    """Keep the ranked items of every basket, ordered by rank, and find where each rank occurs."""
    rank = rank_of[indices]
    kept = rank >= 0
    indptr, rank = _rows.offsets(kept)[indptr], rank[kept]
    shape = (len(indptr) - 1, n_ranks)
    # Twice transposed, rows come out in order: two counting sorts instead of one that compares.
    by_rank = sparse.csr_array((np.ones(len(rank), np.int8), rank, indptr), shape=shape).tocsc()
    occurrence = np.arange(len(rank), dtype=np.int32)
    back = sparse.csc_array((occurrence, by_rank.indices, by_rank.indptr), shape=shape).tocsr()
    follow = np.empty(len(rank), np.int64)
    follow[back.data] = np.arange(1, len(rank) + 1)
    after = indptr[1:][by_rank.indices] - follow
    starts = by_rank.indptr.astype(np.int64)
    return Ranked(
        ranks=back.indices,
        follow=follow,
        after=after,
        starts=starts,
        work=_rows.offsets(after)[starts],
        baskets=by_rank.indices,
        n_baskets=shape[0],
    )


def blocks(
    table: Ranked, *, head: int, most_pairs: int, most_cells: int
) -> Iterator[tuple[int, int]]:
    """Runs of ranks from the most frequent to the rarest, as work and memory allow.

    No run has ranks on both sides of `head`.
    """
    counts = np.diff(table.starts)
    stop = table.n
    while stop:
        begin = stop - 1
        words = _bit_rows.words_for(int(counts[begin]))
        while begin:
            work = table.work[stop] - table.work[begin - 1]
            narrow = _bit_rows.words_for(int(counts[begin - 1])) * 4 < words * 3
            if (
                begin == head
                or work > most_pairs
                or (stop - begin + 1) * table.n > most_cells
                or (narrow and work > most_pairs // 32)
            ):
                break
            begin -= 1
        yield begin, stop
        stop = begin


def frequent_pairs(
    table: Ranked,
    begin: int,
    stop: int,
    *,
    min_count: int,
    most_pairs: int,
    apart: Ints,
    with_rows: bool,
) -> Pairs:
    """Frequent pairs whose rarer item has a rank in ``begin … stop - 1``.

    `apart` holds the keys ``left * n + right`` of pairs that no itemset may hold.
    """
    n, base = table.n, begin * table.n
    pieces = list(_pieces(table, begin, stop, most_pairs))
    laid_out = _lay_out(table, begin, *pieces[0])
    cells = np.bincount(laid_out.cell, minlength=(stop - begin) * n)
    for piece in pieces[1:]:
        laid_out = _lay_out(table, begin, *piece)
        cells += np.bincount(laid_out.cell, minlength=len(cells))
    if len(apart):
        mine = apart[(apart >= base) & (apart < base + len(cells))]
        cells[mine - base] = 0
    key = np.flatnonzero(cells >= min_count)
    left, right = np.divmod(key + base, n)
    count = cells[key]
    in_class = np.bincount(left - begin, minlength=stop - begin)[left - begin] > 1
    n_rows = int(in_class.sum()) if with_rows else 0
    words = _bit_rows.words_for(int(table.starts[stop] - table.starts[stop - 1]))
    rows = np.zeros((n_rows, words), np.uint64)
    if n_rows:
        row_of = cells  # the counts are read: the same memory serves
        row_of[:] = -1
        row_of[key[in_class]] = np.arange(n_rows)
        for piece in pieces:
            if len(pieces) > 1:
                laid_out = _lay_out(table, begin, *piece)
            _set_bits(rows, row_of, laid_out)
    return Pairs(left, right, count, in_class, rows)


def _pieces(table: Ranked, begin: int, stop: int, most_pairs: int) -> Iterator[tuple[int, int]]:
    """Ranges of occurrences whose pairs fit in memory together; mostly one."""
    first, last = int(table.starts[begin]), int(table.starts[stop])
    if table.work[stop] - table.work[begin] <= most_pairs:
        yield first, last
        return
    reached = np.cumsum(table.after[first:last])
    start, done = first, 0
    while start < last:
        end = first + int(np.searchsorted(reached, done + most_pairs, side="right"))
        end = max(end, start + 1)
        yield start, end
        start, done = end, int(reached[end - first - 1])


def _lay_out(table: Ranked, begin: int, first: int, last: int) -> _LaidOut:
    """Lay out the pairs of the occurrences `first` … `last` - 1 of the ranks from `begin` on."""
    # The ranks that these occurrences belong to, and how many each has among them.
    low, high = np.searchsorted(table.starts, [first, last], side="right") - 1
    edges = np.clip(table.starts[low : high + 2], first, last)
    held = edges[1:] - edges[:-1]
    after = table.after[first:last]
    place = _rows.spans(table.follow[first:last], after)
    of_rank: Ints = np.repeat((np.arange(low, low + len(held)) - begin) * table.n, held)
    cell = np.repeat(of_rank, after)
    cell += table.ranks[place]
    bit = np.arange(first, last) - np.repeat(table.starts[low : low + len(held)], held)
    return _LaidOut(cell, bit, after)


def _set_bits(rows: NDArray[np.uint64], row_of: Ints, laid_out: _LaidOut) -> None:
    """Set the bit of every occurrence in the rows of its frequent pairs."""
    row = row_of[laid_out.cell]
    hit = np.flatnonzero(row >= 0)
    bit = np.repeat(laid_out.bit, laid_out.after)[hit]
    place = row[hit] * rows.shape[1] + (bit >> 6)
    # No bit is set twice, so adding is setting.
    np.add.at(rows.reshape(-1), place, np.uint64(1) << (bit & 63).astype(np.uint64))
