"""Groups: replaced, added, mixed without an item's own group."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import Baskets, frequent_itemsets
from crmlytics.errors import DataContractError
from tests.basket.itemset_oracles import as_counts

BOUGHT = Baskets.from_lists([["ale", "lager", "milk"], ["ale"], ["milk"], []])
GROUPS = {"ale": "beer", "lager": "beer", "milk": "dairy", "never sold": "dairy"}


def as_lists(bought):
    return [
        bought.items[bought.indices[a:b]].tolist()
        for a, b in zip(bought.indptr[:-1], bought.indptr[1:], strict=True)
    ]


def test_groups_replace_items():
    found = BOUGHT.to_groups(GROUPS)
    assert as_lists(found) == [["beer", "dairy"], ["beer"], ["dairy"], []]
    assert found.ancestors is None


def test_weights_of_a_group_add_up():
    weighted = dataclasses.replace(BOUGHT, weights=np.array([1.0, 2.0, 4.0, 8.0, 16.0]))
    assert weighted.to_groups(GROUPS).weights.tolist() == [3.0, 4.0, 8.0, 16.0]
    both = weighted.with_groups(GROUPS)
    assert both.items.tolist() == ["ale", "beer", "dairy", "lager", "milk"]
    assert both.weights.tolist() == [1.0, 3.0, 4.0, 2.0, 4.0, 8.0, 8.0, 16.0, 16.0]


def test_mixed_sets_hold_no_item_with_its_own_group():
    mixed = BOUGHT.with_groups(GROUPS)
    relations = {tuple(mixed.items[pair]) for pair in mixed.ancestors}
    assert relations == {("ale", "beer"), ("lager", "beer"), ("milk", "dairy")}
    found = as_counts(frequent_itemsets(mixed, min_count=1))
    assert ("beer", "milk") in found
    assert not any({"ale", "beer"} <= set(one) or {"dairy", "milk"} <= set(one) for one in found)
    every = frequent_itemsets(dataclasses.replace(mixed, ancestors=None), min_count=1)
    trivial = [{"ale", "beer"}, {"lager", "beer"}, {"milk", "dairy"}]
    assert found == {
        one: n
        for one, n in as_counts(every).items()
        if not any(pair <= set(one) for pair in trivial)
    }


def test_several_levels_know_each_other():
    levels = {"ale": ["beer", "drink"], "lager": ["beer", "drink"], "milk": ["dairy", "drink"]}
    mixed = BOUGHT.with_groups(levels)
    relations = {tuple(mixed.items[pair]) for pair in mixed.ancestors}
    assert {("beer", "drink"), ("dairy", "drink"), ("ale", "drink")} <= relations
    one_by_one = BOUGHT.with_groups(GROUPS).with_groups(
        {"ale": "drink", "lager": "drink", "milk": "drink", "beer": "drink", "dairy": "drink"}
    )
    assert {tuple(one_by_one.items[pair]) for pair in one_by_one.ancestors} == relations
    assert as_lists(one_by_one) == as_lists(mixed)


def test_a_frame_of_any_engine_gives_the_groups(engine):
    pairs = pd.DataFrame({"product": list(GROUPS), "family": list(GROUPS.values())})
    found = BOUGHT.to_groups(engine.make(pairs))
    assert as_lists(found) == as_lists(BOUGHT.to_groups(GROUPS))


def test_select_keeps_the_relations_that_remain():
    left = BOUGHT.with_groups(GROUPS).select(exclude=["ale"])
    assert {tuple(left.items[pair]) for pair in left.ancestors} == {
        ("lager", "beer"), ("milk", "dairy"),
    }  # fmt: skip


def test_refusals():
    with pytest.raises(DataContractError, match="1 of 3 items have no group, such as 'milk'"):
        BOUGHT.to_groups({"ale": "beer", "lager": "beer"})
    with pytest.raises(
        DataContractError, match=r"bear the name of an item, .* group_name='all {}'"
    ):
        BOUGHT.with_groups({"ale": "ale"})
    named = BOUGHT.with_groups({"ale": "ale"}, group_name="all {}")
    assert "all ale" in named.items
    with pytest.raises(ValueError, match="group_name must be text with a place"):
        BOUGHT.with_groups(GROUPS, group_name="all")
    with pytest.raises(DataContractError, match="groups must have two columns"):
        BOUGHT.to_groups(pd.DataFrame({"a": ["ale"], "b": ["x"], "c": ["y"]}))
    with pytest.raises(DataContractError, match="names none of the items"):
        BOUGHT.to_groups({1: "beer"})
    with pytest.raises(DataContractError, match="items in the groups are missing"):
        BOUGHT.to_groups(GROUPS | {"milk": None})
    with pytest.raises(DataContractError, match="all text or all integers"):
        BOUGHT.with_groups(dict.fromkeys(GROUPS, 7))


def test_a_group_of_a_group_is_a_group_of_the_item():
    two = Baskets.from_lists([["brie", "gouda"], ["brie"]]).with_groups(
        {"brie": "cheese", "gouda": "cheese"}
    )
    three = two.with_groups({"cheese": "dairy"})
    assert three.items.tolist() == ["brie", "cheese", "dairy", "gouda"]
    assert three.ancestors.tolist() == [[0, 1], [0, 2], [1, 2], [3, 1], [3, 2]]
    found = frequent_itemsets(three, min_count=1).to_frame()["itemset"].tolist()
    assert found == [["brie"], ["cheese"], ["dairy"], ["gouda"], ["brie", "gouda"]]


def test_a_mapping_of_nothing_is_refused():
    with pytest.raises(DataContractError, match="1 of 2 items that groups maps are missing"):
        Baskets.from_lists([["a"]]).with_groups({"a": "x", None: "y"})
