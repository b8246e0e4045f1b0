"""All frequent itemsets: pairs first, then joins of bit rows, depth-first over blocks.

Sets that differ in their last item only stand together in a class; any two of a class join to a
set with one item more, whose baskets are the intersection of theirs. Within a class bits stand for
the baskets of its first, rarest item, so rows are short where items are rare, and dense data cost
64 baskets an operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.basket import _bit_rows, _dense_pairs, _projection, _rows
from crmlytics.basket._collecting import Collector
from crmlytics.basket._pair_tables import PairTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlytics.basket._trie import Level

    Ints = NDArray[np.int64]


class Limits(NamedTuple):
    """How much is done at a time; results do not depend on it."""

    most_pairs: int = 1 << 20
    most_cells: int = 1 << 20
    most_bytes: int = 1 << 22
    most_candidates: int = 1 << 19
    dense_share: float = 0.125  # items in more of the baskets are paired bit by bit


_LIMITS = Limits()


class _Classes(NamedTuple):
    """Sets of one size: last item, end of their class, place in the collector, baskets as bits."""

    item: Ints
    end: Ints
    place: Ints
    rows: NDArray[np.uint64]


def mine(
    indptr: Ints,
    indices: NDArray[np.int32],
    *,
    n_items: int,
    min_count: int,
    max_len: int | None,
    max_itemsets: int,
    allowed: NDArray[np.bool_],
    apart: NDArray[np.int32],
    limits: Limits = _LIMITS,
) -> tuple[list[Level], Ints]:
    """Levels of frequent itemsets by rank, and the item code of each rank.

    `apart` holds pairs of item codes that no itemset may hold together.
    """
    counts = np.bincount(indices, minlength=n_items)
    code = np.flatnonzero((counts >= min_count) & allowed)
    code = code[np.argsort(counts[code], kind="stable")]
    collected = Collector(counts[code].astype(np.int64), max_itemsets)
    longest = n_items if max_len is None else max_len
    if longest > 1 and len(code) > 1:
        rank_of = np.full(n_items, -1, np.int64)
        rank_of[code] = np.arange(len(code))
        table = _projection.ranked(indptr, indices, rank_of, len(code))
        _mine_pairs(table, collected, _keys_apart(apart, rank_of), min_count, longest, limits)
    return collected.levels(), code


def _keys_apart(apart: NDArray[np.int32], rank_of: Ints) -> Ints:
    ranks = np.sort(rank_of[apart], axis=1)
    ranks = ranks[ranks[:, 0] >= 0]
    return np.unique(ranks[:, 0] * (int(rank_of.max(initial=0)) + 1) + ranks[:, 1])


def _mine_pairs(
    table: _projection.Ranked,
    collected: Collector,
    apart: Ints,
    min_count: int,
    longest: int,
    limits: Limits,
) -> None:
    known = PairTable(table.n)
    counts = np.diff(table.starts)
    head = int(np.searchsorted(counts, limits.dense_share * table.n_baskets))
    bits = _dense_pairs.item_bits(table, head)
    blocks = _projection.blocks(
        table, head=head, most_pairs=limits.most_pairs, most_cells=limits.most_cells
    )
    # The most frequent items first: a class needs to know the pairs of its later items.
    for begin, stop in blocks:
        if begin >= head:
            pairs = _dense_pairs.frequent_pairs(
                table, bits, begin, stop, min_count=min_count, apart=apart, with_rows=longest > 2
            )
        else:
            pairs = _projection.frequent_pairs(
                table,
                begin,
                stop,
                min_count=min_count,
                most_pairs=limits.most_pairs,
                apart=apart,
                with_rows=longest > 2,
            )
        if not len(pairs.left):
            continue
        collected.start_block()
        collected.add(2, pairs.left, pairs.right, pairs.counts)
        known.add(pairs.left, pairs.right)
        if len(pairs.rows):
            left = pairs.left[pairs.in_class]
            classes = _Classes(
                item=pairs.right[pairs.in_class],
                end=np.searchsorted(left, left, side="right"),
                place=np.flatnonzero(pairs.in_class),
                rows=pairs.rows,
            )
            _join(classes, 3, collected, known, min_count, longest, limits)


def _join(
    classes: _Classes,
    size: int,
    collected: Collector,
    known: PairTable,
    min_count: int,
    longest: int,
    limits: Limits,
) -> None:
    """Find the sets of `size` items and, chunk by chunk, all larger ones that begin with them."""
    for first, last in _chunks(classes, limits):
        partners = classes.end[first:last] - np.arange(first + 1, last + 1)
        left = np.repeat(np.arange(first, last), partners)
        right = _rows.spans(np.arange(first + 1, last + 1), partners)
        likely = known.holds(classes.item[left], classes.item[right])
        left, right = left[likely], right[likely]
        if not len(left):
            continue
        rows, count = _bit_rows.intersect(classes.rows, left, right)
        often = np.flatnonzero(count >= min_count)
        left, right = left[often], right[often]
        if not len(left):
            continue
        place = collected.add(size, classes.place[left], classes.item[right], count[often])
        if size == longest:
            continue
        company = np.flatnonzero(
            np.bincount(left - first, minlength=last - first)[left - first] > 1
        )
        if len(company):
            of = left[company]
            deeper = _Classes(
                item=classes.item[right[company]],
                end=np.searchsorted(of, of, side="right"),
                place=place + company,
                rows=rows[often[company]],
            )
            del rows
            _join(deeper, size + 1, collected, known, min_count, longest, limits)


def _chunks(classes: _Classes, limits: Limits) -> Iterator[tuple[int, int]]:
    """Runs of left partners whose candidates fit the limits."""
    n = len(classes.item)
    reached = np.cumsum(classes.end - np.arange(1, n + 1))
    most = max(1, min(limits.most_candidates, limits.most_bytes // (8 * classes.rows.shape[1])))
    first, done = 0, 0
    while first < n:
        last = max(int(np.searchsorted(reached, done + most, side="right")), first + 1)
        if reached[last - 1] > done:
            yield first, last
        first, done = last, int(reached[last - 1])
