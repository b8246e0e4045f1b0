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
    found = level.candidates(query, 1)
    assert list(zip(*(values.tolist() for values in found), strict=True)) == [
        (0, 1, 2.0), (0, 0, 1.0), (1, 1, 2.0), (1, 0, 1.0),
    ]  # fmt: skip
    many = Baskets.from_lists([list("abcdefgh")])
    # One item is in the basket and one may be recommended already: a third must be left.
    assert popularity_of(many).candidates(query._replace(n_items=8), 1).row.tolist() == [
        0, 0, 1, 1, 1,
    ]  # fmt: skip
