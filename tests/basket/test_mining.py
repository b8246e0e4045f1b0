"""The miner's blocks and paths: whatever is done at a time, the same sets come out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import Baskets, _mining, _pair_tables
from tests.basket.itemset_oracles import basket_lists, brute_force

WHOLE = _mining.Limits()


def mined(lists, min_count, limits=WHOLE, apart=()):
    bought = Baskets.from_lists(lists)
    levels, code = _mining.mine(
        bought.indptr,
        bought.indices,
        n_items=bought.n_items,
        min_count=min_count,
        max_len=None,
        max_itemsets=10**6,
        allowed=np.ones(bought.n_items, bool),
        apart=np.array(apart, np.int32).reshape(-1, 2),
        limits=limits,
    )
    held, found = [()], {}
    for level in levels:
        held = [
            (*(held[parent] if parent >= 0 else ()), bought.items[code[item]])
            for parent, item in zip(level.parent, level.item, strict=True)
        ]
        assert (np.diff(level.parent.astype(int) * 100 + level.item) > 0).all()
        found |= {tuple(sorted(one)): int(n) for one, n in zip(held, level.counts, strict=True)}
    return found


@given(
    lists=basket_lists,
    min_count=st.integers(1, 3),
    pairs=st.integers(1, 40),
    cells=st.integers(1, 60),
    size=st.integers(1, 200),
    candidates=st.integers(1, 20),
    dense_share=st.sampled_from([0.0, 0.125, 0.5, 2.0]),
)
def test_block_sizes_do_not_matter(lists, min_count, pairs, cells, size, candidates, dense_share):
    limits = _mining.Limits(pairs, cells, size, candidates, dense_share)
    assert mined(lists, min_count, limits) == brute_force(lists, min_count)


@settings(max_examples=50)
@given(lists=basket_lists, min_count=st.integers(1, 3))
def test_both_pair_tables_agree(lists, min_count):
    expected = mined(lists, min_count)
    with pytest.MonkeyPatch.context() as patch:
        # The table of truth values is left for sorted keys from 1 item on.
        patch.setattr(_pair_tables, "_MOST_ITEMS", 0)
        assert mined(lists, min_count) == expected


def test_rows_of_several_words():
    # More than 64 baskets hold the rarest item, in blocks that cut its baskets.
    rng = np.random.default_rng(3)
    lists = [np.flatnonzero(rng.random(6) < 0.7).tolist() for _ in range(500)]
    expected = brute_force(lists, 20)
    assert mined(lists, 20) == expected
    for dense_share in (0.0, 0.7, 2.0):
        small = _mining.Limits(most_pairs=100, most_cells=7, dense_share=dense_share)
        assert mined(lists, 20, small) == expected


@given(lists=basket_lists, first=st.integers(0, 7), second=st.integers(0, 7))
def test_items_kept_apart_never_meet(lists, first, second):
    bought = Baskets.from_lists(lists)
    place = {name: code for code, name in enumerate(bought.items)}
    if first == second or not {first, second} <= set(place):
        return
    found = mined(lists, 1, apart=[(place[first], place[second])])
    expected = brute_force(lists, 1)
    assert found == {one: n for one, n in expected.items() if not {first, second} <= set(one)}
