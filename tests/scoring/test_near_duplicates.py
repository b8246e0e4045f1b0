"""Columns that say the same are grouped, columns that are merely alike are not."""

from __future__ import annotations

import numpy as np

from crmlytics.scoring import _near_duplicates
from crmlytics.scoring._features import Feature


def number(values):
    return Feature("n", "n", np.asarray(values, float))


def category(codes, levels=("a", "b", "c")):
    return Feature("c", "c", np.asarray(codes, np.int32), levels)


def test_groups_by_hand():
    rng = np.random.default_rng(0)
    x, codes = rng.gamma(1.0, 10.0, 800), rng.integers(0, 3, 800)
    found = _near_duplicates.group(
        [number(x), category(codes), number(-(x**2)), category((codes + 1) % 3),
         number(x + rng.normal(0, 10, 800)), category(rng.integers(0, 3, 800))]
    )  # fmt: skip
    assert found == [[0, 2], [1, 3], [4], [5]]


def test_a_chain_is_one_group():
    x = np.random.default_rng(1).normal(size=500)
    assert _near_duplicates.group([number(x), number(2 * x), number(3 * x)]) == [[0, 1, 2]]


def test_constants_and_missing_values_do_no_harm():
    x = np.where(np.arange(100) < 50, np.nan, np.arange(100))
    assert _near_duplicates.group([number(x), number(np.ones(100)), number(x)]) == [[0, 2], [1]]
    assert _near_duplicates.group([number(np.full(5, np.nan)), category(np.zeros(5))]) == [[0], [1]]
