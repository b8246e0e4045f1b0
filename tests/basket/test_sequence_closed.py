"""Closed sequences: the quick way by steps and the slow one by comparison agree."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket._sequence_closed import _Rows, closed_by_comparison, closed_by_steps
from crmlytics.basket._sequence_elements import frequent_elements
from crmlytics.basket._sequence_growth import grow
from crmlytics.basket._sequence_levels import patterns_of
from tests.basket.sequence_oracles import unlimited
from tests.basket.test_sequence_events import events


@settings(max_examples=40, deadline=None)
@given(
    st.sets(
        st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=24
    ),
    st.integers(1, 3),
)
def test_both_ways_agree(rows, min_count):
    held = events({*rows, *((customer, 9, 0) for customer in range(4))})
    options = {"min_count": min_count, "spend": unlimited}
    elements = frequent_elements(held, max_size=None, **options)
    patterns = patterns_of(grow(held, elements, max_len=None, min_gap=1, **options))
    quick = closed_by_steps(patterns, elements)
    if len(patterns.counts) <= 400:
        np.testing.assert_array_equal(quick, closed_by_comparison(patterns, elements))


def test_rows_are_found_number_by_number():
    known = np.array([[1, 2], [2, 1], [3, 0]])
    finder = _Rows(known)
    assert finder.find(np.array([[3, 0], [1, 2], [0, 3], [2, 1]])).tolist() == [2, 0, -1, 1]
