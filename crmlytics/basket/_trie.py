"""Itemsets as a trie: each set is its parent (itself without its last item) and its last item.

Within a level the keys ``parent * n_items + last item`` ascend, so a child is found by bisection:
exactly, and without hashing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Level(NamedTuple):
    """Sets of one size: place of the parent in the level above (-1 at the first), item, count."""

    parent: NDArray[np.int32]
    item: NDArray[np.int32]
    counts: NDArray[np.int64]


def keys_of(parent: NDArray[Any], item: NDArray[Any], n_items: int) -> NDArray[np.int64]:
    """One number per node, ascending within a level."""
    keys: NDArray[np.int64] = parent.astype(np.int64) * n_items + item
    return keys


def relabelled(levels: Sequence[Level], code: NDArray[np.int64]) -> list[Level]:
    """Order levels by item codes, where `code` gives the code of each label they bear now.

    The parent of a set is the set without its largest label before, and without its largest code
    afterwards; both are in the trie, for every subset of a frequent set is frequent.
    """
    n, n_codes = len(code), int(code.max(initial=-1)) + 1
    done: list[Level] = []
    # Of each node in the old order: its largest code, and the old place of the set without it.
    last = np.empty(0, np.int64)
    prefix = np.empty(0, np.int64)
    place = np.empty(0, np.int64)
    for depth, level in enumerate(levels):
        new = code[level.item]
        if depth == 0:
            last, prefix, parent = new, np.full(len(new), -1), np.full(len(new), -1)
        else:
            before, prefix_of_parent = last[level.parent], prefix[level.parent]
            last, prefix = np.maximum(before, new), level.parent.astype(np.int64)
            moved = np.flatnonzero(before > new)
            above = levels[depth - 1]
            prefix[moved] = np.searchsorted(
                keys_of(above.parent, above.item, n),
                keys_of(prefix_of_parent[moved], level.item[moved], n),
            )
            parent = place[prefix]
        order = np.argsort(parent * n_codes + last)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        done.append(
            Level(parent[order].astype(np.int32), last[order].astype(np.int32), level.counts[order])
        )
    return done


def without_one(levels: Sequence[Level], n_items: int) -> list[NDArray[np.int32]]:
    """Of each set of size k its k subsets of size k - 1, as places in the level above.

    Column j is the set without its j-th item; without the only item it is the empty set, -1.
    """
    result: list[NDArray[np.int32]] = []
    for depth, level in enumerate(levels):
        subsets = np.empty((len(level.parent), depth + 1), np.int32)
        subsets[:, depth] = level.parent
        if depth:
            above = levels[depth - 1]
            keys = keys_of(above.parent, above.item, n_items)
            # Without an earlier item: the parent without it, and then the same last item.
            for j in range(depth):
                wanted = keys_of(result[-1][level.parent, j], level.item, n_items)
                subsets[:, j] = np.searchsorted(keys, wanted)
        result.append(subsets)
    return result


def members(levels: Sequence[Level]) -> list[NDArray[np.int32]]:
    """Items of each set, ascending: one table of shape (n_sets, k) per level."""
    result: list[NDArray[np.int32]] = []
    for depth, level in enumerate(levels):
        held = np.empty((len(level.parent), depth + 1), np.int32)
        held[:, depth] = level.item
        if depth:
            held[:, :depth] = result[-1][level.parent]
        result.append(held)
    return result


def find(levels: Sequence[Level], sets: NDArray[Any], n_items: int) -> NDArray[np.int64]:
    """Places of sets of one size (rows of ascending item codes) in their level, -1 where absent."""
    n_sets, size = sets.shape
    place = np.full(n_sets, -1, np.int64)
    if size > len(levels):
        return place
    there = np.ones(n_sets, bool)
    for depth in range(size):
        level = levels[depth]
        keys = keys_of(level.parent, level.item, n_items)
        wanted = keys_of(place, sets[:, depth], n_items)
        at = np.searchsorted(keys, wanted)
        there &= at < len(keys)
        at[~there] = 0
        there &= keys[at] == wanted if len(keys) else False
        place = at
    return np.where(there, place, -1)
