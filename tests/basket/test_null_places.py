"""The model of basket sizes and item counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from crmlytics.basket import Baskets
from crmlytics.basket._null_places import fit_places, probabilities
from tests.basket.itemset_oracles import basket_lists
from tests.basket.market_data import groceries_by_name


def margins(baskets):
    places = fit_places(baskets.sizes, baskets.item_counts)
    p = probabilities(places.alpha[:, None], places.beta)
    n = np.array([(baskets.sizes == size).sum() for size in places.sizes])
    return places, p, n


def test_by_hand():
    # Two baskets of one item out of two equally frequent ones: a coin each.
    places = fit_places(np.array([1, 1]), np.array([1, 1]))
    assert probabilities(places.alpha[:, None], places.beta) == pytest.approx(np.full((1, 2), 0.5))


@settings(max_examples=80, deadline=None)
@given(basket_lists)
def test_both_margins_are_met(lists):
    baskets = Baskets.from_lists(lists)
    if not baskets.n_items:
        return
    places, p, n = margins(baskets)
    assert p.sum(axis=1) == pytest.approx(places.sizes, abs=1e-6)
    assert n @ p == pytest.approx(baskets.item_counts, abs=1e-6)


@pytest.mark.parametrize(
    "lists",
    [
        [["a"], ["a", "b"], ["a", "b", "c"]],  # only one way to fill these
        [["a"], []],
        [["a", "b"], ["a", "b"]],
        [["a"], ["a", "b", "c"], ["a"]],
    ],
)
def test_what_leaves_no_choice_is_certain(lists):
    baskets = Baskets.from_lists(lists)
    places, p, n = margins(baskets)
    assert places.converged
    assert set(np.unique(p)) <= {0.0, 1.0}
    assert (n @ p == baskets.item_counts).all()


@pytest.mark.data
def test_groceries(data_dir):
    places, p, n = margins(groceries_by_name(data_dir))
    assert len(places.sizes) == 29
    assert p.sum(axis=1) == pytest.approx(places.sizes, rel=1e-8)
    assert n @ p == pytest.approx(groceries_by_name(data_dir).item_counts, rel=1e-8)
