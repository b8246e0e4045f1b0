"""Popularity: the same for every basket, and silent on what was never sold."""

from __future__ import annotations

import numpy as np

from crmlytics.basket import Baskets
from crmlytics.basket._recommender_popularity import popularity_of
from crmlytics.basket._recommender_ranking import Query


def test_by_hand():
    bought = Baskets.from_lists([["a", "b"], ["b"], ["c"]]).take(np.array([0, 1]))
    level = popularity_of(bought)
    query = Query(np.array([0, 0, 1]), np.array([1], np.int32), 3)
    assert level.merits(query).tolist() == [[1.0, 2.0, -np.inf]] * 2
    assert level.steps_per_item().tolist() == [0, 0, 0]
