"""Product-limit curves read, their jackknife, and intervals of shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket._waiting_curves import influence, read_at, share_interval
from crmlytics.survival import product_limit

records = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=30)


def arrays(held):
    return np.array([d for d, _ in held]), np.array([e for _, e in held], bool)


@settings(max_examples=40, deadline=None)
@given(st.lists(records, min_size=1, max_size=4), st.integers(0, 14))
def test_groups_do_not_see_each_other(groups, time):
    parts = [arrays(held) for held in groups]
    group = np.repeat(np.arange(len(parts)), [len(d) for d, _ in parts])
    together = product_limit(
        np.concatenate([d for d, _ in parts]), np.concatenate([e for _, e in parts]), group=group
    )
    number = np.arange(len(parts))
    read = read_at(together, number, np.full(len(parts), float(time)))
    for i, (duration, event) in enumerate(parts):
        alone = product_limit(duration, event)
        one = read_at(alone, np.zeros(1, int), np.array([float(time)]))
        np.testing.assert_allclose(read.left[i], one.left[0], atol=1e-12)
        np.testing.assert_allclose(read.greenwood[i], one.greenwood[0], atol=1e-12)
        assert read.at_risk_after[i] == (duration > time).sum()
        assert read.watched[i] == ((duration > time) | ((duration == time) & ~event)).sum()
        assert read.events_until[i] == (event & (duration <= time)).sum()


@settings(max_examples=60, deadline=None)
@given(records, st.integers(0, 12))
def test_the_influence_is_the_derivative_and_squares_to_greenwood(held, time):
    duration, event = arrays(held)
    curves = product_limit(duration, event)
    read = read_at(curves, np.zeros(1, int), np.array([float(time)]))
    if not read.left[0] > 0:
        return
    change = influence(curves, duration, event, time)
    greenwood = read.left[0] ** 2 * read.greenwood[0]
    assert (change**2).sum() == pytest.approx(greenwood, abs=1e-12)
    step = 1e-6
    for i in range(len(duration)):
        heavier = np.ones(len(duration))
        heavier[i] += step
        moved = read_at(
            product_limit(duration, event, weights=heavier),
            np.zeros(1, int),
            np.array([float(time)]),
        )
        # A forward difference of step 1e-6 errs by about that much.
        assert change[i] == pytest.approx((moved.left[0] - read.left[0]) / step, abs=1e-4)


def test_beyond_the_longest_wait_nothing_is_known():
    open_end = product_limit(np.array([3, 5]), np.array([True, False]))
    read = read_at(open_end, np.array([0, 0, 0, 7]), np.array([2.0, 5.0, 6.0, 1.0]))
    np.testing.assert_equal(read.left, [1.0, 0.5, np.nan, np.nan])
    ended = product_limit(np.array([3, 5]), np.array([True, True]))
    assert read_at(ended, np.zeros(1, int), np.array([6.0])).left[0] == 0.0
    nobody = product_limit(np.empty(0, int), np.empty(0, bool))
    assert np.isnan(read_at(nobody, np.zeros(1, int), np.array([1.0])).left[0])


def test_without_censoring_the_interval_is_wilsons():
    from crmlytics._core.intervals import wilson

    share, n = np.array([0.3]), np.array([50.0])
    low, high = share_interval(share, share * (1 - share) / n, n, 0.95)
    expected = wilson([15], [50], 0.95)
    np.testing.assert_allclose([low[0], high[0]], [expected[0][0], expected[1][0]], rtol=1e-12)
    low, high = share_interval(
        np.array([0.0, np.nan]), np.array([0.0, 0.0]), np.array([20.0, 3.0]), 0.95
    )
    assert low[0] == 0.0
    assert 0.1 < high[0] < 0.2
    assert np.isnan(low[1])
