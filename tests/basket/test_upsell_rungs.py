"""The rungs of a price ladder: cuts, ties, few prices."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket._upsell_rungs import ladders, typical_prices


def test_by_hand():
    category = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2])
    price = np.array([5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 7.0, 9.0])
    held = ladders(category, price, n_categories=3, n_rungs=3)
    assert held.rung.tolist() == [3, 1, 1, 2, 2, 3, 1, 1, 1]
    assert held.n_rungs.tolist() == [3, 1, 1]
    assert held.rung_price[0, 1:4].tolist() == [1.5, 3.5, 5.5]
    assert np.isnan(held.rung_price[0, 4])
    assert held.rung_price[1, 1] == 7.0


def test_the_typical_price_is_the_median_and_ignores_rounding():
    item = np.array([0, 0, 0, 1, 1])
    price = np.array([1.0, 9.0, 2.0, 0.1 + 0.2, 0.3])
    assert typical_prices(item, price, 2).tolist() == [2.0, 0.3]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=40),
    st.integers(2, 5),
)
def test_dearer_items_never_stand_lower_and_no_rung_is_empty(items, n_rungs):
    category = np.array([c for c, _ in items])
    price = np.array([float(p) for _, p in items])
    held = ladders(category, price, n_categories=4, n_rungs=n_rungs)
    for each in range(4):
        mine = category == each
        rungs = held.rung[mine]
        assert sorted(set(rungs)) == list(range(1, int(held.n_rungs[each]) + 1))
        assert held.n_rungs[each] <= min(n_rungs, len(set(price[mine])))
        order = np.lexsort((rungs, price[mine]))
        assert (np.diff(rungs[order]) >= 0).all()
        for value in set(price[mine]):
            assert len(set(rungs[price[mine] == value])) == 1


def test_more_rungs_than_items_change_nothing():
    category, price = np.array([0, 0, 0, 1]), np.array([3.0, 1.0, 2.0, 5.0])
    three = ladders(category, price, n_categories=2, n_rungs=3)
    many = ladders(category, price, n_categories=2, n_rungs=10**12)
    assert three.rung.tolist() == many.rung.tolist() == [3, 1, 2, 1]
    np.testing.assert_array_equal(three.rung_price, many.rung_price)
