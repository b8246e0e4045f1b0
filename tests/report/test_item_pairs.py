from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import Baskets, association_rules, baskets, frequent_itemsets
from crmlytics.datasets import make_baskets
from crmlytics.report import item_pairs


def test_orders_gather_their_items_once():
    items = pd.Series(["b", "a", "b", None, "a"], dtype=object)
    orders = item_pairs.gather(np.array([0, 0, 0, 0, 1]), items)
    assert orders.baskets.sizes.tolist() == [2, 1]
    assert orders.n_unnamed == 1
    assert orders.n_huge == 0


def test_orders_too_large_are_left_out_and_counted():
    many = [f"i{i}" for i in range(item_pairs.MOST_ITEMS + 1)]
    items = pd.Series([*many, "a", "b"], dtype=object)
    orders = item_pairs.gather(np.repeat([0, 1], [len(many), 2]), items)
    assert orders.n_huge == 1
    assert orders.baskets.sizes.tolist() == [2]


@pytest.mark.parametrize(("n_orders", "least"), [(1, 10), (2_000, 10), (2_001, 11), (18_532, 93)])
def test_least_count(n_orders, least):
    assert item_pairs.least_count(n_orders) == least


def test_a_pair_appears_once_in_its_more_confident_direction():
    orders = Baskets.from_lists([["tea", "cake"]] * 30 + [["cake"]] * 30 + [["jam"]] * 60)
    table = item_pairs.pair_table(orders)
    assert table[["item", "other", "count", "confidence"]].to_numpy().tolist() == [
        ["tea", "cake", 30, 1.0]
    ]


def test_planted_pairs_stand_and_no_other():
    lines, truth = make_baskets(8_000, random_state=0)
    orders = baskets(lines)
    table = item_pairs.pair_table(orders)
    real = table[table["significant"]]
    planted = {frozenset(pair) for pair in truth.affinities.iloc[:, :2].to_numpy().tolist()}
    assert {frozenset(pair) for pair in real[["item", "other"]].to_numpy().tolist()} == planted
    beyond = table["count"] - table["expected_count"]
    assert beyond.is_monotonic_decreasing
    # The figures are those of the library's rules.
    rules = association_rules(
        frequent_itemsets(orders, min_count=item_pairs.least_count(8_000), max_len=2),
        null="basket_size",
        correction="holm",
    ).assign(item=lambda frame: [names[0] for names in frame["antecedent"]])
    both = table.merge(rules, left_on=["item", "other"], right_on=["item", "consequent"])
    assert len(both) == len(table) == len(rules) // 2
    assert both["p_adjusted_x"].tolist() == both["p_adjusted_y"].tolist()


def test_no_pair_is_an_empty_table():
    orders = Baskets.from_lists([["tea"], ["cake"]])
    assert item_pairs.pair_table(orders).empty
