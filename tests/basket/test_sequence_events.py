"""Events: numbering, windows of time, and the small tools that lay ranges and cut work."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket._sequence_events import blocks, events_of, first_after, ranges
from crmlytics.basket._sequence_rows import DatedItems


def events(rows):
    """Events of (customer, day, item) codes."""
    customer, day, item = (np.array(each) for each in zip(*sorted(rows), strict=True))
    names = np.arange(10)
    return events_of(DatedItems(names[: customer.max() + 1], names, customer, day, item,
                                np.empty(0), 0))  # fmt: skip


def test_one_day_is_one_event():
    found = events([(0, 3, 1), (0, 3, 2), (0, 7, 1), (1, 3, 1)])
    assert found.customer.tolist() == [0, 0, 1]
    assert found.day.tolist() == [3, 7, 3]
    assert found.end.tolist() == [2, 2, 3]
    assert found.row_event.tolist() == [0, 0, 1, 2]
    assert found.n_customers == 2


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 9), st.just(0)), min_size=1),
    st.integers(0, 12),
)
def test_the_first_event_so_many_days_later(rows, days):
    rows = [*rows, (0, 0, 0), (1, 0, 0), (2, 0, 0)]
    found = events(set(rows))
    for number, at in enumerate(first_after(found, days)):
        customer, day = found.customer[number], found.day[number]
        later = np.flatnonzero((found.customer == customer) & (found.day >= day + days))
        assert at == (later[0] if len(later) else found.end[number])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=8))
def test_ranges_end_to_end(pieces):
    start = np.array([a for a, _ in pieces], np.int64)
    length = np.array([n for _, n in pieces], np.int64)
    assert ranges(start, length).tolist() == [a + k for a, n in pieces for k in range(n)]


@given(st.lists(st.integers(0, 9), max_size=12), st.integers(1, 15))
def test_blocks_hold_all_work_once_and_no_more_than_they_must(work, most):
    cuts = blocks(np.array(work, np.int64), most)
    assert [i for low, high in cuts for i in range(low, high)] == list(range(len(work)))
    assert all(sum(work[a:b]) <= most or b == a + 1 for a, b in cuts)
