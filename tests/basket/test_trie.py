"""The trie of itemsets: its sets, their subsets, look-ups, and another order of the items."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.basket._trie import Level, find, members, relabelled, without_one

# All sets of the items 0, 1 and 2.
LEVELS = [
    Level(np.full(3, -1, np.int32), np.array([0, 1, 2], np.int32), np.array([9, 8, 7])),
    Level(np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32), np.array([6, 5, 4])),
    Level(np.array([0], np.int32), np.array([2], np.int32), np.array([3])),
]


def test_members_and_subsets_by_hand():
    assert [table.tolist() for table in members(LEVELS)] == [
        [[0], [1], [2]],
        [[0, 1], [0, 2], [1, 2]],
        [[0, 1, 2]],
    ]
    # Column j: without the j-th item.
    assert [table.tolist() for table in without_one(LEVELS, 3)] == [
        [[-1], [-1], [-1]],
        [[1, 0], [2, 0], [2, 1]],
        [[2, 1, 0]],
    ]


def test_what_is_not_there_is_not_found():
    assert find(LEVELS, np.array([[0, 2], [1, 1], [2, 2]]), 3).tolist() == [1, -1, -1]
    assert find(LEVELS, np.array([[0, 1, 2, 3]]), 4).tolist() == [-1]
    assert find([], np.array([[0]]), 1).tolist() == [-1]


def trie_of(sets, n_items):
    """A trie of all sets of frozensets, level by level."""
    levels = []
    for size in range(1, max(map(len, sets), default=0) + 1):
        rows = np.array(sorted(sorted(one) for one in sets if len(one) == size), np.int32)
        parent = np.full(len(rows), -1) if size == 1 else find(levels, rows[:, :-1], n_items)
        levels.append(Level(parent.astype(np.int32), rows[:, -1], rows.sum(axis=1)))
    return levels


@given(
    st.lists(st.sets(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=4),
    st.permutations(range(6)),
)
def test_another_order_of_the_items_keeps_the_sets(largest, order):
    sets = {
        frozenset(one)
        for whole in largest
        for size in range(1, len(whole) + 1)
        for one in itertools.combinations(whole, size)
    }
    code = np.array(order)
    before = trie_of(sets, 6)
    after = relabelled(before, code)
    for old, new, held in zip(members(before), members(after), after, strict=True):
        renamed = {tuple(sorted(code[row].tolist())): row.sum() for row in old}
        assert [tuple(row) for row in new.tolist()] == sorted(renamed)
        assert held.counts.tolist() == [renamed[tuple(row)] for row in new.tolist()]
