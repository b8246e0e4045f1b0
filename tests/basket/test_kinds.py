"""Kinds of itemsets, told from a trie by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket._kinds import of_kind
from crmlytics.basket._trie import Level

# a 5, b 5, c 3, ab 5, ac 2: a and b always go together.
LEVELS = [
    Level(np.full(3, -1, np.int32), np.array([0, 1, 2], np.int32), np.array([5, 5, 3])),
    Level(np.array([0, 0], np.int32), np.array([1, 2], np.int32), np.array([5, 2])),
]


@pytest.mark.parametrize(
    ("kind", "singles", "pairs"),
    [
        ("all", [True, True, True], [True, True]),
        ("closed", [False, False, True], [True, True]),
        ("maximal", [False, False, False], [True, True]),
        ("generators", [True, True, True], [False, True]),
    ],
)
def test_by_hand(kind, singles, pairs):
    marks = of_kind(LEVELS, kind, n_items=3)
    assert [mark.tolist() for mark in marks] == [singles, pairs]


def test_no_sets():
    assert of_kind([], "closed", n_items=0) == []
