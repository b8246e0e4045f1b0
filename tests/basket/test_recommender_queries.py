"""Who is asked for: baskets, customers, or names; unknown items are left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import Baskets, baskets
from crmlytics.basket._recommender_queries import histories, read_asked
from crmlytics.errors import DataContractError

ITEMS = np.array(["a", "b", "d"], object)


def as_lists(asked):
    query = asked.query
    return [
        "".join(ITEMS[query.indices[a:b]])
        for a, b in zip(query.indptr[:-1], query.indptr[1:], strict=True)
    ]


def made():
    log = pd.DataFrame(
        {
            "order_id": [7, 7, 3, 5],
            "customer_id": ["x", "x", "y", "x"],
            "item": ["d", "c", "a", "b"],
        }
    )
    return baskets(log, customer_col="customer_id")


def test_baskets_bear_their_keys():
    asked = read_asked(made(), "basket", ITEMS)
    assert (asked.key_name, asked.keys.tolist()) == ("order_id", [3, 5, 7])
    assert as_lists(asked) == ["a", "b", "d"]


def test_customers_hold_all_they_bought():
    asked = read_asked(made(), "customer", ITEMS)
    assert (asked.key_name, asked.keys.tolist()) == ("customer_id", ["x", "y"])
    assert as_lists(asked) == ["bd", "a"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["b", "a", "b"], ["ab"]),
        ([["b"], [], ("a", "z")], ["b", "", "a"]),
        ([], []),
        ((one for one in (["a"],)), ["a"]),
    ],
)
def test_names(given, expected):
    asked = read_asked(given, "basket", ITEMS)
    assert as_lists(asked) == expected
    assert asked.keys.tolist() == list(range(len(expected)))


def test_refusals():
    with pytest.raises(TypeError, match="got str"):
        read_asked("a", "basket", ITEMS)
    with pytest.raises(TypeError, match="got a frame"):
        read_asked(pd.DataFrame({"item": ["a"]}), "basket", ITEMS)
    with pytest.raises(DataContractError, match="what it is for needs baskets"):
        histories(Baskets.from_lists([["a"]]), why="what it is for")
