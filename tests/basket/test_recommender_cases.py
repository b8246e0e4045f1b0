"""Cases of an evaluation: what is asked, what was bought, and the first hit."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import Baskets, baskets
from crmlytics.basket import _recommender_cases as cases

rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=40
)


def names(part, indptr, codes):
    return [set(part.asked.items[codes[a:b]].tolist()) for a, b in itertools.pairwise(indptr)]


@settings(max_examples=60)
@given(rows=rows)
def test_the_split_in_time_equals_sets(rows):
    log = pd.DataFrame(rows, columns=["customer_id", "day", "item"])
    log["date"] = pd.to_datetime(log["day"], unit="D").astype("datetime64[us]")
    log["order_id"] = log["customer_id"] * 100 + log["day"]
    bought = baskets(log, customer_col="customer_id", date_col="date")
    expected = {}
    for customer in sorted(set(log["customer_id"])):
        before = {i for c, d, i in rows if c == customer and d < 5}
        after = {i for c, d, i in rows if c == customer and d >= 5} - before
        if before and after:
            expected[customer] = (before, after)
    if not expected:
        return
    (part,) = cases.split_in_time(bought, "1970-01-06")
    assert names(part, part.asked.indptr, part.asked.indices) == [a for a, _ in expected.values()]
    assert names(part, part.truth_starts, part.truth) == [b for _, b in expected.values()]
    assert part.training.days.max() < 5


def test_leaving_one_out_hides_one_item_of_each():
    lists = [["a", "b", "c"], ["a"], ["b", "c"], [], ["a", "c"]] * 4
    bought = Baskets.from_lists(lists)
    parts = list(cases.leave_one_out(bought, 4, np.random.default_rng(0)))
    assert sorted(np.concatenate([part.group for part in parts]).tolist()) == [
        number for number, one in enumerate(lists) if len(one) > 1
    ]
    for part in parts:
        shown = names(part, part.asked.indptr, part.asked.indices)
        hidden = names(part, part.truth_starts, part.truth)
        for rest, one, number in zip(shown, hidden, part.group.tolist(), strict=True):
            assert len(one) == 1
            assert rest | one == set(lists[number])
            assert not rest & one


def test_first_hits_by_hand():
    asked = Baskets.from_lists([["a"], ["b"], ["c", "d", "e"]])
    part = cases.Cases(asked, asked, np.array([0, 2, 3, 4]), np.array([1, 3, 0, 0]), np.arange(3))
    found = pd.DataFrame(
        {"basket": [0, 0, 0, 1, 2], "rank": [1, 2, 3, 1, 1], "item": ["e", "d", "b", "c", "a"]}
    )
    first, item, rank = cases.first_hits(found, part)
    assert first.tolist() == [2, 0, 1]
    assert item.tolist() == [4, 3, 1, 2, 0]
    assert rank.tolist() == [1, 2, 3, 1, 1]
