"""The chain of levels: each fills what the ones before leave open, nothing comes twice."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmlytics.basket._recommender_levels import Reasons
from crmlytics.basket._recommender_ranking import Candidates, Query
from crmlytics.basket._recommender_tables import chained


class Fixed(NamedTuple):
    """Says the same of every basket."""

    name: str
    values: list

    def steps_per_item(self):
        return np.ones(len(self.values), np.int64)

    def candidates(self, query, n):
        assert n == 3
        row, item = np.nonzero(np.isfinite([self.values] * query.n_rows))
        return Candidates(row, item, np.array(self.values, float)[item])

    def explain(self, chosen):
        n = len(chosen.item)
        none = np.full(n, np.nan)
        counts = chosen.item + 1
        return Reasons(chosen.merit, np.arange(n + 1), chosen.item, counts, counts, none, none)


def test_by_hand():
    none = -np.inf
    levels = [Fixed("one", [none, 5, 5, none]), Fixed("two", [3, 9, none, none]),
              Fixed("three", [1, 1, 1, 1])]  # fmt: skip
    query = Query(np.array([0, 1, 2, 2]), np.array([2, 3], np.int32), 4)
    found = chained(levels, query, 3, np.array([1, 1, 2, 2]))
    picked = list(zip(found.row.tolist(), found.item.tolist(), found.level.tolist(), strict=True))
    assert picked == [
        (0, 1, 0), (0, 0, 1), (0, 3, 2),
        (1, 2, 0), (1, 1, 0), (1, 0, 1),
        (2, 2, 0), (2, 1, 0), (2, 0, 1),
    ]  # fmt: skip
    # Reasons stay with their items.
    assert found.reasons.because.tolist() == found.item.tolist()
    assert found.reasons.counts.tolist() == (found.item + 1).tolist()
    assert found.reasons.score.tolist() == [5, 3, 1, 5, 5, 3, 5, 5, 3]


def test_all_owned_leaves_nothing():
    query = Query(np.array([0, 2]), np.array([0, 1], np.int32), 2)
    found = chained([Fixed("one", [1, 2])], query, 3, np.array([1, 1]))
    assert len(found.row) == 0
