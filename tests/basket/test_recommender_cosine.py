"""Item-item cosine: counts of pairs, nearest neighbours, and the neighbour behind a score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import BasketRecommender, Baskets
from crmlytics.basket._recommender_cosine import item_cosine_of
from tests.basket.itemset_oracles import basket_lists

HAND = Baskets.from_lists([["a", "b"], ["a", "b", "c"], ["a", "c"], ["b"], ["d"]])


def neighbours(level, items):
    return {
        (items[i], items[level.indices[at]]): int(level.together[at])
        for i in range(len(items))
        for at in range(level.indptr[i], level.indptr[i + 1])
    }


def test_by_hand():
    level = item_cosine_of(HAND, 100)
    pairs = {("a", "b"): 2, ("a", "c"): 2, ("b", "c"): 1}
    both_ways = pairs | {(y, x): n for (x, y), n in pairs.items()}
    assert neighbours(level, HAND.items) == both_ways
    first = level.cosines()[0]
    assert first == pytest.approx(2 / 3)  # a and b: 2 of 3 and 3


def test_the_nearest_stay_and_ties_go_to_the_popular():
    # a: c with 2/sqrt(3 * 2) before b with 2/3; c: a with .816 before b.
    level = item_cosine_of(HAND, 1)
    assert set(neighbours(level, HAND.items)) == {("a", "c"), ("b", "a"), ("c", "a")}


@settings(max_examples=60)
@given(lists=basket_lists, n=st.integers(1, 4))
def test_equals_counting(lists, n):
    bought = Baskets.from_lists(lists)
    held = [set(one) for one in lists]
    level = item_cosine_of(bought, n)
    found = neighbours(level, bought.items)
    for one in bought.items:
        count = {other: sum({one, other} <= basket for basket in held) for other in bought.items}
        total = {other: sum(other in basket for basket in held) for other in bought.items}
        near = sorted(
            (other for other in bought.items if other != one and count[other]),
            key=lambda x: (-round(count[x] / math.sqrt(total[one] * total[x]), 12), -total[x], x),
        )
        assert {y: n for (x, y), n in found.items() if x == one} == {y: count[y] for y in near[:n]}


def test_many_baskets_do_not_overflow():
    bought = Baskets.from_lists([["a", "b"]] * 300)
    assert neighbours(item_cosine_of(bought, 5), bought.items)["a", "b"] == 300


def test_items_that_were_never_sold_do_no_harm():
    bought = HAND.take(np.array([3, 4]))
    found = BasketRecommender("item_cosine").fit(bought).recommend(["a"], n=9)
    assert found["item"].tolist() == ["b", "d"]


def test_the_neighbour_that_adds_most_is_named():
    found = BasketRecommender("item_cosine").fit(HAND).recommend(["b", "a"], n=1)
    assert found["item"].tolist() == ["c"]
    assert found["because"].tolist() == [["a"]]
    assert found["score"].item() == pytest.approx(2 / math.sqrt(6) + 1 / math.sqrt(6), abs=1e-12)
    # P(both a and c in 2 of 2 baskets with c): 3 choose 2 over 5 choose 2.
    assert found["p_value"].item() == pytest.approx(3 / 10)
