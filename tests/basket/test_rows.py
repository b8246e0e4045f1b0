"""Rows of item codes: names that are refused, keys of any width, positions and masks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import Baskets, frequent_itemsets
from crmlytics.basket._rows import build, distinct_keys, positions, spans
from crmlytics.errors import DataContractError


def test_lines_merge_into_rows():
    row, item = np.array([1, 0, 1, 1]), np.array([2, 1, 2, 0])
    indptr, indices, none = build(row, item, None, n_rows=3, n_items=3)
    assert (indptr.tolist(), indices.tolist(), none) == ([0, 1, 3, 3], [1, 0, 2], None)
    weights = build(row, item, np.array([1.0, 2.0, 4.0, 8.0]), n_rows=3, n_items=3)[2]
    assert weights.tolist() == [2.0, 8.0, 5.0]
    assert spans(np.array([5, 0]), np.array([2, 3])).tolist() == [5, 6, 0, 1, 2]


def test_lists_that_are_none():
    with pytest.raises(TypeError, match=r"one list of item names per basket.*got NoneType"):
        Baskets.from_lists(None)
    with pytest.raises(DataContractError, match="all text or all integers, they are list"):
        Baskets.from_lists([[["a"]]])
    with pytest.raises(DataContractError, match="1 of 2 items in lists are integers beyond 64"):
        Baskets.from_lists([[2**63, 1]])
    assert Baskets.from_lists([[-(2**63), 2**63 - 1]]).n_items == 2


def test_a_name_that_cannot_be_one_is_unknown():
    with pytest.raises(ValueError, match="1 of 1 names in include are no items"):
        frequent_itemsets(Baskets.from_lists([["a"]]), min_count=1, include=[["a"]])


def test_wide_keys_stay_what_they_are():
    wide = distinct_keys(np.array([1, 2**63 + 1], np.uint64))
    assert wide.tolist() == [1, 2**63 + 1]
    assert distinct_keys(np.array([1, 2], np.uint8)).dtype == np.int64
    assert distinct_keys(pd.Index(["a"])).tolist() == ["a"]


def test_positions_and_masks():
    assert positions(np.array([True, False, True]), 3).tolist() == [0, 2]
    assert positions([2, 0, 0], 3).tolist() == [2, 0, 0]
    assert positions([], 3).tolist() == []
    for wrong, match in (
        ([True], "3 values, one per basket, it has 1"),
        ([3, -1, 0], "2 of 3 positions in rows are not from 0 to 2"),
        ([0.0], "a mask of truth values or positions, it holds float64"),
    ):
        with pytest.raises(ValueError, match=match):
            positions(wrong, 3)
