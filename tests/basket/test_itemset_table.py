"""Itemsets: members, subsets, look-ups, and tables of names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import Baskets, Itemsets, frequent_itemsets
from crmlytics.errors import DataContractError
from tests.basket.itemset_oracles import as_counts, basket_lists, brute_force
from tests.support.engines import columns

KINDS = ("all", "closed", "maximal", "generators")
BOUGHT = Baskets.from_lists([["a", "b", "c"], ["a", "b", "c"], ["a", "c"], ["b"]])


@settings(max_examples=60)
@given(lists=basket_lists, min_count=st.integers(1, 3), kind=st.sampled_from(KINDS))
def test_look_ups_find_every_set(lists, min_count, kind):
    found = frequent_itemsets(Baskets.from_lists(lists), min_count=min_count, kind=kind)
    names = list(as_counts(found))
    assert found.positions_of(names).tolist() == list(range(len(names)))
    others = [one for one in brute_force(lists, 1) if one not in set(names)]
    assert (found.positions_of([*others, (99,), (0, 99), ()]) == -1).all()
    assert sum(found.level_counts()) == len(found)


@settings(max_examples=60)
@given(lists=basket_lists, min_count=st.integers(1, 3), kind=st.sampled_from(["all", "generators"]))
def test_subsets_lack_just_one_item(lists, min_count, kind):
    found = frequent_itemsets(Baskets.from_lists(lists), min_count=min_count, kind=kind)
    indptr, codes = found.members()
    subsets, names = found.subsets(), list(as_counts(found))
    for position, one in enumerate(names):
        for k in range(indptr[position], indptr[position + 1]):
            rest = tuple(name for name in one if name != found.baskets.items[codes[k]])
            assert (names[subsets[k]] if subsets[k] >= 0 else ()) == rest


@settings(max_examples=60)
@given(lists=basket_lists, min_count=st.integers(1, 3), max_len=st.integers(1, 8))
def test_closed_sets_tell_all_counts(lists, min_count, max_len):
    bought = Baskets.from_lists(lists)
    closed = frequent_itemsets(bought, min_count=min_count, max_len=max_len, kind="closed")
    every = frequent_itemsets(bought, min_count=min_count, max_len=max_len)
    recovered = closed.all_sets()
    assert list(as_counts(recovered).items()) == list(as_counts(every).items())
    assert recovered.kind == "all"
    assert recovered.all_sets() is recovered


@pytest.mark.parametrize("kind", ["closed", "maximal"])
def test_missing_subsets_are_said(kind):
    found = frequent_itemsets(BOUGHT, min_count=1, kind=kind)
    remedy = r"all_sets\(\)" if kind == "closed" else "are not known"
    with pytest.raises(ValueError, match=remedy):
        found.subsets()


@pytest.mark.parametrize("kind", ["maximal", "generators"])
def test_only_closed_sets_tell_the_others(kind):
    with pytest.raises(ValueError, match="do not tell the counts of the others"):
        frequent_itemsets(BOUGHT, min_count=1, kind=kind).all_sets()


def test_by_hand():
    found = frequent_itemsets(BOUGHT, min_count=2)
    indptr, codes = found.members()
    assert indptr.tolist() == [0, 1, 2, 3, 5, 7, 9, 12]
    assert codes.tolist() == [0, 1, 2, 0, 1, 0, 2, 1, 2, 0, 1, 2]
    assert found.subsets().tolist() == [-1, -1, -1, 1, 0, 2, 0, 2, 1, 5, 4, 3]
    assert found.counts.tolist() == [3, 3, 3, 2, 3, 2, 2]
    assert repr(found) == "Itemsets(7 sets, kind='all', min_count=2, n_baskets=4, by size: 3, 3, 1)"
    assert repr(frequent_itemsets(BOUGHT, min_count=4)).endswith("by size: none)")


@pytest.mark.parametrize("backend", [None, "pandas", "polars", "pyarrow"])
def test_table_of_names(backend):
    table = columns(frequent_itemsets(BOUGHT, min_count=3).to_frame(backend))
    assert [list(one) for one in table["itemset"]] == [["a"], ["b"], ["c"], ["a", "c"]]
    assert table["count"] == [3, 3, 3, 3]
    assert table["support"] == [0.75] * 4


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_empty_table(backend):
    table = columns(frequent_itemsets(BOUGHT, min_count=4).to_frame(backend))
    assert table == {"itemset": [], "count": [], "support": []}


def test_unknown_backend():
    with pytest.raises(ValueError, match="backend must be one of"):
        frequent_itemsets(BOUGHT, min_count=3).to_frame("duckdb")


@settings(max_examples=60)
@given(lists=basket_lists, min_count=st.integers(1, 3), seed=st.integers(0, 99))
def test_mlxtend_tables_come_back(lists, min_count, seed):
    found = frequent_itemsets(Baskets.from_lists(lists), min_count=min_count)
    table = found.to_mlxtend()
    assert list(table.columns) == ["support", "itemsets"]
    assert all(isinstance(one, frozenset) for one in table["itemsets"])
    back = Itemsets.from_mlxtend(table.sample(frac=1, random_state=seed), n_baskets=found.n_baskets)
    assert as_counts(back) == as_counts(found)
    assert (back.subsets() == found.subsets()).all()
    assert back.n_baskets == found.n_baskets


def test_odd_mlxtend_tables_are_refused():
    table = frequent_itemsets(BOUGHT, min_count=2).to_mlxtend()
    with pytest.raises(DataContractError, match="supports are no whole number of 1 to 7 baskets"):
        Itemsets.from_mlxtend(table, n_baskets=7)
    with pytest.raises(DataContractError, match="2 lack a subset"):
        Itemsets.from_mlxtend(table.drop(index=0), n_baskets=4)
    with pytest.raises(DataContractError, match="1 are there twice"):
        Itemsets.from_mlxtend(table.iloc[[0, 0, 1, 2]], n_baskets=4)


def test_arrays_have_their_types():
    found = frequent_itemsets(BOUGHT, min_count=1)
    assert found.counts.dtype == np.int64
    for array in (found.parents, found.last_items, found.nodes, found.sizes):
        assert array.dtype == np.int32


def test_supports_that_no_itemsets_have_are_refused():
    def read(supports, sets):
        table = pd.DataFrame({"support": supports, "itemsets": [frozenset(one) for one in sets]})
        return Itemsets.from_mlxtend(table, n_baskets=4)

    for wrong in (np.nan, np.inf, 2.0, 0.0):
        with pytest.raises(DataContractError, match="1 of 1 supports are no whole number of 1"):
            read([wrong], ["a"])
    with pytest.raises(DataContractError, match="1 of 1 sets of 2 items have a larger support"):
        read([0.25, 0.5, 0.75], ["a", "b", "ab"])


def test_a_text_is_no_set_of_names():
    with pytest.raises(TypeError, match="sets of item names, not single texts"):
        frequent_itemsets(BOUGHT, min_count=1).positions_of(["ab"])
