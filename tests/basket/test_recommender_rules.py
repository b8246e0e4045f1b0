"""Rules fire when the basket holds the whole antecedent, and the best one speaks."""

from __future__ import annotations

import numpy as np

from crmlytics.basket import Baskets
from crmlytics.basket._recommender_learning import rules_from_table
from crmlytics.basket._recommender_levels import Chosen
from crmlytics.basket._recommender_ranking import Query
from crmlytics.basket._recommender_rules import Rules
from tests.basket.test_recommender_learning import table

ITEMS = Baskets.from_lists([list("abcd")])


def rules():
    frame = table(
        [
            (["a", "b"], "d", 9, 10, 0.01),
            (["a"], "d", 8, 10, 0.01),
            (["b"], "c", 7, 10, 0.01),
            (["a"], "c", 6, 10, 0.01),
        ]
    )
    return rules_from_table(frame, ITEMS, score="confidence", alpha=None, level=0.95)


def query(*texts):
    asked = Baskets.from_lists([list(text) for text in texts])
    code = ITEMS.codes_of(asked.items)
    return Query(asked.indptr, code[asked.indices], 4)


def test_by_hand():
    found = rules().candidates(query("a", "b", "ab", "abcd", "d"), 2)
    assert list(zip(*(values.tolist() for values in found), strict=True)) == [
        (0, 2, -3), (0, 3, -1),
        (1, 2, -2),
        (2, 2, -2), (2, 3, 0),
        (3, 2, -2), (3, 3, 0),  # who owns what is seen to elsewhere
    ]  # fmt: skip


def test_reasons():
    reasons = rules().explain(
        Chosen(query("ab"), np.array([0, 0]), np.array([3, 2]), np.array([-0.0, -2.0]))
    )
    assert reasons.score.tolist() == [0.9, 0.7]
    assert reasons.because_starts.tolist() == [0, 2, 3]
    assert reasons.because.tolist() == [0, 1, 1]
    assert reasons.counts.tolist() == [9, 7]


def test_no_rules_have_nothing_to_say():
    empty = rules_from_table(table([]), ITEMS, score="confidence", alpha=None, level=0.95)
    assert len(empty.candidates(query("ab"), 2).row) == 0


def test_saved_rules_come_back():
    again = Rules.restored(rules().content(), 4)
    for mine, theirs in zip(again, rules(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
