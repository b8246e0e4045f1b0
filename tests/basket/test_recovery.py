"""All itemsets from the closed ones."""

from __future__ import annotations

import numpy as np

from crmlytics.basket._recovery import all_from_closed
from crmlytics.basket._trie import members


def test_by_hand():
    # Closed: {2} 4, {0, 2} 3, {0, 1, 2} 1; the others count as their largest closed superset.
    sets = [np.array([[2]]), np.array([[0, 2]]), np.array([[0, 1, 2]])]
    counts = [np.array([4]), np.array([3]), np.array([1])]
    levels = all_from_closed([table.astype(np.int32) for table in sets], counts)
    found = {
        tuple(row): count
        for table, level in zip(members(levels), levels, strict=True)
        for row, count in zip(table.tolist(), level.counts.tolist(), strict=True)
    }
    assert found == {
        (0,): 3, (1,): 1, (2,): 4, (0, 1): 1, (0, 2): 3, (1, 2): 1, (0, 1, 2): 1,
    }  # fmt: skip


def test_nothing():
    assert all_from_closed([], []) == []
