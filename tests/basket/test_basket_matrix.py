"""Baskets: made of lists, cut to items and rows, never changed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from crmlytics.basket import Baskets
from crmlytics.errors import DataContractError
from tests.basket.itemset_oracles import basket_lists

HAND = [["milk", "bread", "milk"], [], ["beer"], ["milk"]]


def as_lists(bought):
    return [
        bought.items[bought.indices[a:b]].tolist()
        for a, b in zip(bought.indptr[:-1], bought.indptr[1:], strict=True)
    ]


def test_lists_by_hand():
    bought = Baskets.from_lists(HAND)
    assert as_lists(bought) == [["bread", "milk"], [], ["beer"], ["milk"]]
    assert bought.item_counts.tolist() == [1, 1, 2]
    assert bought.sizes.tolist() == [2, 0, 1, 1]
    assert bought.pair_work == 1
    assert (bought.indptr.dtype, bought.indices.dtype) == (np.int64, np.int32)
    assert repr(bought) == "Baskets(n_baskets=4, n_items=3, n_lines=4, n_empty=1, largest=2)"


@settings(max_examples=50)
@given(lists=basket_lists)
def test_lists_come_back(lists):
    assert as_lists(Baskets.from_lists(lists)) == [sorted(set(one)) for one in lists]


def test_lists_are_refused_with_the_place():
    with pytest.raises(TypeError, match="the one at position 1 is str"):
        Baskets.from_lists([["milk"], "milk"])
    with pytest.raises(TypeError, match="the one at position 0 is int"):
        Baskets.from_lists([3])
    with pytest.raises(DataContractError, match="1 of 2 items in lists are missing"):
        Baskets.from_lists([["milk", None]])
    with pytest.raises(DataContractError, match="all text or all integers, they are int, str"):
        Baskets.from_lists([["milk", 3]])
    with pytest.raises(DataContractError, match="they are float"):
        Baskets.from_lists([[1.5]])


def test_select_keeps_the_baskets_that_become_empty():
    bought = Baskets.from_lists(HAND)
    milk = bought.select(include=["milk"])
    assert as_lists(milk) == [["milk"], [], [], ["milk"]]
    assert as_lists(bought.select(exclude=["milk"])) == [["bread"], [], ["beer"], []]
    assert as_lists(bought.select(include=["milk", "beer"], exclude=["milk"])) == [
        [], [], ["beer"], [],
    ]  # fmt: skip
    assert "n_empty=2" in repr(milk)
    with pytest.raises(ValueError, match=r"1 of 1 names in exclude .* did you mean 'bread'"):
        bought.select(exclude=["braed"])
    with pytest.raises(TypeError, match="include must be a list of item names, got str"):
        bought.select(include="milk")


def test_select_and_take_carry_weights_and_keys():
    bought = dataclasses.replace(
        Baskets.from_lists(HAND),
        weights=np.array([1.0, 2.0, 3.0, 4.0]),
        orders=np.array([10, 11, 12, 13]),
        days=np.array([5, 6, 7, 8]),
    )
    assert bought.select(include=["milk"]).weights.tolist() == [2.0, 4.0]
    later = bought.take(bought.days > 6)
    assert as_lists(later) == [["beer"], ["milk"]]
    assert (later.weights.tolist(), later.orders.tolist()) == ([3.0, 4.0], [12, 13])
    assert later.customers is None
    assert later.items is bought.items
    assert as_lists(bought.take(np.array([3, 0]))) == [["milk"], ["bread", "milk"]]


def test_codes_of_names():
    bought = Baskets.from_lists(HAND)
    assert bought.codes_of(["milk", "beer"]).tolist() == [2, 0]
    with pytest.raises(ValueError, match="names in consequents are no items"):
        bought.codes_of(["wine"], parameter="consequents")


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Baskets.from_lists(HAND).items = []


def test_positions_that_are_none_are_refused():
    bought = Baskets.from_lists([["a"], ["b"], []])
    assert bought.take([1]).sizes.tolist() == [1]
    with pytest.raises(ValueError, match="a mask of rows must have 3 values"):
        bought.take(np.array([True]))
    with pytest.raises(ValueError, match="1 of 1 positions in rows are not from 0 to 2"):
        bought.take(np.array([3]))
