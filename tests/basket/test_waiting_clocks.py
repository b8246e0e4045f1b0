"""Clocks from item to item: which items, from when, until when."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket._sequence_rows import DatedItems
from crmlytics.basket._waiting_clocks import clocks_of, until, wanted_pairs

# Customer 0 buys item 0 on days 0 and 4, item 1 on days 0 and 6; customer 1 item 0 on day 2.
ROWS = DatedItems(
    customers=np.array([7, 8]),
    items=np.array(["a", "b"], object),
    customer=np.array([0, 0, 0, 0, 1]),
    day=np.array([0, 0, 4, 6, 2]),
    item=np.array([0, 1, 0, 1, 0]),
    price=np.empty(0),
    n_negative=0,
)


def test_clocks_stop_at_a_later_day_or_at_the_end():
    first = clocks_of(ROWS, 0, 1, 10, "first")
    assert first.customer.tolist() == [0, 1]
    assert first.duration.tolist() == [6, 8], "the purchase of the same day does not count"
    assert first.event.tolist() == [True, False]
    every = clocks_of(ROWS, 0, 1, 10, "every")
    assert every.duration.tolist() == [6, 2, 8]
    again = until(ROWS, np.array([0]), np.array([6]), 1, 10)
    assert (again.duration.tolist(), again.event.tolist()) == ([4], [False])


def test_pairs_either_way():
    assert wanted_pairs(None, "a", "b") == [("a", "b")]
    assert wanted_pairs([("a", "b"), ["b", np.int64(3)]], None, None) == [("a", "b"), ("b", 3)]


@pytest.mark.parametrize("pairs", [[], "ab", ["ab"], [("a",)], 5, [5]])
def test_what_is_no_pair_is_refused(pairs):
    with pytest.raises(ValueError, match="pairs must be a list of at least one"):
        wanted_pairs(pairs, None, None)


@pytest.mark.parametrize("name", [1.0, True, ["a"]])
def test_numbers_that_only_equal_an_item_are_refused(name):
    with pytest.raises(TypeError, match="first_item must name items by text or integers, got"):
        wanted_pairs(None, name, "b")
