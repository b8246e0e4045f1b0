"""Frequent sets of one day: by hand, against enumeration, in any slices."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import _sequence_elements
from crmlytics.basket._sequence_elements import frequent_elements
from tests.basket.sequence_oracles import unlimited
from tests.basket.test_sequence_events import events

logs = st.sets(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=40
).map(lambda rows: {*rows, *((customer, 9, 0) for customer in range(4))})


def sets_of(elements):
    names = []
    for parent, item in zip(elements.parent.tolist(), elements.item.tolist(), strict=True):
        names.append((*names[parent], item) if parent >= 0 else (item,))
    return names


@pytest.mark.parametrize("most", [1, 5, 4_000_000])
@settings(max_examples=40, deadline=None)
@given(rows=logs, min_count=st.integers(1, 3))
def test_equals_enumeration_in_slices_of_any_size(most, rows, min_count):
    days = {}
    for customer, day, item in sorted(rows):
        days.setdefault((customer, day), []).append(item)
    buyers = Counter()
    made = {
        (customer, one)
        for (customer, _), items in days.items()
        for n in range(1, len(items) + 1)
        for one in itertools.combinations(items, n)
    }
    buyers.update(one for _, one in made)
    expected = {one: n for one, n in buyers.items() if n >= min_count}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sequence_elements, "_MOST_CANDIDATES", most)
        found = frequent_elements(events(rows), min_count=min_count, max_size=None, spend=unlimited)
    names = sets_of(found)
    assert dict(zip(names, found.counts.tolist(), strict=True)) == expected
    assert names == sorted(names, key=lambda one: (len(one), one))
    held = sorted(
        (number, names.index(one))
        for number, (_, items) in enumerate(sorted(days.items()))
        for n in range(1, len(items) + 1)
        for one in itertools.combinations(items, n)
        if one in expected
    )
    assert list(zip(found.at_event.tolist(), found.at_symbol.tolist(), strict=True)) == held


def test_the_largest_size_is_kept():
    held = events([(0, 0, item) for item in range(4)])
    found = frequent_elements(held, min_count=1, max_size=2, spend=unlimited)
    assert found.size.tolist() == [1] * 4 + [2] * 6
