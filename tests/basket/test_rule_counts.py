"""Counting given itemsets in given baskets, whole, by group, and weighted."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import Baskets
from crmlytics.basket._rule_counts import (
    ItemSets,
    counts_by_group,
    counts_of,
    recoded,
    weighted_counts,
)
from tests.basket.itemset_oracles import basket_lists

sets_of_codes = st.lists(st.frozensets(st.integers(0, 9), max_size=4), max_size=12)


def as_sets(sets):
    sizes = [len(one) for one in sets]
    flat = [code for one in sets for code in sorted(one)]
    return ItemSets(np.cumsum([0, *sizes]), np.array(flat, np.int64))


@settings(max_examples=60, deadline=None)
@given(basket_lists, sets_of_codes, st.integers(0, 2**32 - 1))
def test_counts_are_those_of_the_definition(lists, sets, seed):
    rng = np.random.default_rng(seed)
    # The codes 0 to 9 are names here too, for an item that no basket holds.
    baskets = Baskets.from_lists([*lists, range(10)]).take(np.arange(len(lists)))
    held = [frozenset(one) for one in lists]
    group, weight = rng.integers(0, 3, len(held)), rng.integers(0, 4, len(held))
    expected = np.array([[one <= basket for basket in held] for one in sets], int)
    expected = expected.reshape(len(sets), len(held))
    asked = as_sets(sets)
    assert (counts_of(baskets.indptr, baskets.indices, asked) == expected.sum(axis=1)).all()
    by_group = counts_by_group(baskets.indptr, baskets.indices, asked, group, 4)
    assert (by_group == expected @ (group[:, None] == np.arange(4))).all()
    filled = as_sets([one for one in sets if one])
    kept = expected[[bool(one) for one in sets]]
    assert (weighted_counts(baskets, filled)(weight) == kept @ weight).all()


def test_many_baskets_fill_several_words():
    lists = [["a", "b"] if i % 3 else ["a"] for i in range(1000)]
    baskets = Baskets.from_lists(lists)
    asked = as_sets([{0}, {0, 1}])
    assert counts_of(baskets.indptr, baskets.indices, asked).tolist() == [1000, 666]


def test_names_are_found_in_other_baskets():
    names = np.array(["a", "b", "x"], object)
    other = Baskets.from_lists([["b"], ["b", "c"], ["a", "b"]])
    asked = recoded(as_sets([{0, 1}, {1}, {2}, {1, 2}]), names, other)
    assert counts_of(other.indptr, other.indices, asked).tolist() == [1, 3, 0, 0]
