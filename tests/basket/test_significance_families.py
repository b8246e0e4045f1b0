"""Families: how many rules could have been written."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket._significance_families import equal_family, layered_family


def written(n_items, left, right, length, max_consequent):
    """Count rules by writing them all."""
    return sum(
        1
        for both in itertools.combinations(range(n_items), length)
        for n_right in range(1, min(max_consequent, length - 1) + 1)
        for side in itertools.combinations(both, n_right)
        if all(right[item] for item in side)
        and all(left[item] for item in both if item not in side)
    )


def test_webbs_layers():
    every = np.ones(169, bool)
    found = layered_family(
        np.array([2, 3, 6]), max_length=6, left=every, right=every, max_consequent=1
    )
    expected = [5 * 169 * math.comb(168, length - 1) for length in (2, 3, 6)]
    assert np.exp(found.log_tests) == pytest.approx(expected)
    assert found.n_tests == sum(169 * math.comb(168, length - 1) for length in range(2, 7))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=6),
    st.integers(2, 5), st.integers(1, 3),
)  # fmt: skip
def test_templates_allow_what_can_be_written(sides, length, max_consequent):
    left, right = (np.array(side, bool) for side in zip(*sides, strict=True))
    found = layered_family(
        np.array([length]), max_length=length, left=left, right=right,
        max_consequent=max_consequent,
    )  # fmt: skip
    by_length = [
        written(len(sides), left, right, one, max_consequent) for one in range(2, length + 1)
    ]
    assert found.n_tests == sum(by_length)
    assert np.exp(found.log_tests[0]) == pytest.approx(max(by_length[-1], 1) * (length - 1))


def test_equal_families():
    assert np.exp(equal_family(7).log_tests) == pytest.approx([7.0] * 7)
    assert equal_family(0).log_total == 0.0
