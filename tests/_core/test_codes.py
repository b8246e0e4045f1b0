"""Counting on codes equals counting with sets and dictionaries."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from crmlytics._core import codes

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(-50, 10**9)), max_size=60)


@given(PAIRS)
def test_distinct_pairs_are_a_sorted_set(pairs):
    code = np.array([a for a, _ in pairs], np.int64)
    values = np.array([b for _, b in pairs], np.int64)
    groups, found = codes.distinct_pairs(code, values)
    assert list(zip(groups.tolist(), found.tolist(), strict=True)) == sorted(set(pairs))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), max_size=60))
def test_narrow_values_take_the_bitmap_and_agree(pairs):
    code = np.array([a for a, _ in pairs], np.int64)
    values = np.array([b for _, b in pairs], np.int64)
    groups, found = codes.distinct_pairs(code, values)
    assert list(zip(groups.tolist(), found.tolist(), strict=True)) == sorted(set(pairs))


# pandas 2 hashes texts as C strings, to which a NUL is the end: "a" and "a\0" are one to it.
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=3)


@given(st.lists(TEXTS, max_size=30))
def test_codes_follow_the_order_of_the_ids(ids):
    code, distinct = codes.factorise(pd.Series(ids, dtype="object"))
    assert list(distinct) == sorted(set(ids))
    assert [distinct[i] for i in code] == ids


@given(
    st.lists(st.integers(0, 200), min_size=1, max_size=60),
    st.sampled_from(["int8", "int16", "int32", "int64", "uint8", "uint64", "Int64"]),
)
def test_whole_numbers_close_together_need_no_hashing_and_agree(ids, kind):
    low = {"int8": -128, "uint8": 20, "int64": -(2**63), "uint64": 2**64 - 201}.get(kind, -3)
    column = pd.Series([low + one for one in ids if kind != "uint8" or one < 200], dtype=kind)
    code, distinct = codes.factorise(column)
    assert list(distinct) == sorted(set(column))
    assert distinct.dtype == column.dtype
    assert [distinct[i] for i in code] == list(column)
    assert code.dtype == np.int64


def test_firsts_lasts_totals_and_ratios():
    code, values = np.array([0, 2, 0]), np.array([5, 7, 3])
    assert codes.last(code, values, 3, empty=-9).tolist() == [5, -9, 7]
    assert codes.totals(code, values.astype(float), 3).tolist() == [8.0, 0.0, 7.0]
    found = codes.ratio(np.array([1.0, 1.0]), np.array([2, 0]))
    assert found[0] == 0.5
    assert np.isnan(found[1])


@given(st.lists(st.integers(0, 10**12), max_size=30))
def test_cells_are_numbered_in_order_on_a_grid_of_any_size(cells):
    held, place = codes.numbered(np.array(cells, np.int64), 10**12 + 1)
    assert held.tolist() == sorted(set(cells))
    assert held[place].tolist() == cells
    small = np.array([cell % 50 for cell in cells], np.int64)
    held, place = codes.numbered(small, 50)
    assert held.tolist() == sorted(set(small.tolist()))
    assert held[place].tolist() == small.tolist()
