"""Frequent pairs: the table and the sorted keys give one answer."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket import _pair_tables
from crmlytics.basket._pair_tables import PairTable


@pytest.mark.parametrize("most_items", [0, 100])
def test_both_ways(most_items, monkeypatch):
    monkeypatch.setattr(_pair_tables, "_MOST_ITEMS", most_items)
    table = PairTable(5)
    left, right = np.array([0, 1, 3]), np.array([1, 4, 4])
    assert not table.holds(left, right).any()
    table.add(np.array([3]), np.array([4]))
    table.add(np.array([0, 1]), np.array([2, 4]))
    assert table.holds(left, right).tolist() == [False, True, True]
    table.add(np.array([0]), np.array([1]))
    assert table.holds(left, right).tolist() == [True, True, True]
    assert table.holds(np.array([2]), np.array([4])).tolist() == [False]
