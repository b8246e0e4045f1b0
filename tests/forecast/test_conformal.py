"""Conformal bounds: hand case, a printed table, promised coverage, nesting."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crmlytics.forecast.conformal import (
    Errors,
    error_bounds,
    known_elsewhere,
    leave_one_origin_out,
    nested,
)


def test_by_hand():
    # 9 errors, level 0.6: rank ceil(10 * 0.8) = 8, the second largest and the second smallest.
    scaled = np.array([[-5.0, -3, -1, 0, 1, 2, 4, 6, 9]]).T
    assert error_bounds(scaled, 0.6).ravel().tolist() == [-3.0, 6.0]
    # Each horizon has its own errors, and where one is not known it does not count.
    two = np.column_stack([scaled, np.r_[np.full(5, np.nan), 1.0, 2, 3, 4]])
    assert error_bounds(two, 0.6)[:, 1].tolist() == [1.0, 4.0]  # rank ceil(5 * 0.8) = 4


def test_students_quantile_where_the_rank_does_not_exist(golden):
    # 10 errors of size 1: no 95 % rank. Student's t with 10 degrees of freedom is 2.228.
    scaled = np.tile([[1.0], [-1.0]], (5, 1))
    low, high = error_bounds(scaled, 0.95).ravel()
    assert low == -high
    golden(
        "Student's t, 10 degrees of freedom, 97.5 % point, by the bounds of 10 errors",
        ours=float(high / np.sqrt(1.1)), published=2.228, tolerance=5e-4,
        source="table of Student's t, to three places",
    )  # fmt: skip


def test_a_long_horizon_borrows_from_the_short_ones():
    scaled = np.array([[1.0, np.sqrt(2), np.nan], [-1.0, -np.sqrt(2), np.nan]])
    low, high = error_bounds(scaled, 0.8)
    # Mean squares 1, 2, so 3 at the third; Student's 90 % point is 1.886 for 2 degrees of
    # freedom and 3.078 for 1.
    np.testing.assert_allclose(high[:2], 1.886 * np.sqrt([1.5, 3]), rtol=1e-3)
    np.testing.assert_allclose(high[2], 3.078 * np.sqrt(3 * 2), rtol=1e-3)
    np.testing.assert_array_equal(low, -high)


def test_nothing_known_nothing_said():
    assert np.isnan(error_bounds(np.full((4, 2), np.nan), 0.8)).all()
    assert np.isnan(error_bounds(np.empty((0, 2)), 0.8)).all()


@pytest.mark.parametrize("n", [19, 60])
@pytest.mark.parametrize("level", [0.8, 0.9])
def test_exchangeable_errors_are_covered_as_promised(n, level):
    # Of n + 1 exchangeable errors the last lies inside with probability between the level and
    # the level + 2 / (n + 1) (both ends); 4,000 drawings have a standard error below 0.007.
    rng = np.random.default_rng(3)
    errors = rng.standard_t(3, (n + 1, 4000)) ** 3  # heavy tails do not matter
    low, high = error_bounds(errors[:-1], level)
    covered = float(((errors[-1] >= low) & (errors[-1] <= high)).mean())
    assert level - 0.02 < covered < level + 2 / (n + 1) + 0.02


@given(
    arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 4)),
           elements=st.floats(-100, 100) | st.just(np.nan)),
    st.integers(-3, 3),
)  # fmt: skip
def test_bounds_are_nested_and_follow_the_scale(scaled, factor):
    made = nested([error_bounds(scaled, level) for level in (0.5, 0.8, 0.95)])
    for inner, outer in itertools.pairwise(made):
        known = np.isfinite(inner).all(axis=0)
        assert (outer[0] <= inner[0])[known].all()
        assert (outer[1] >= inner[1])[known].all()
    scaled_up = error_bounds(scaled * 2.0**factor, 0.8)
    np.testing.assert_allclose(scaled_up, error_bounds(scaled, 0.8) * 2.0**factor, rtol=1e-9)


def test_coverage_is_judged_by_the_other_origins():
    rng = np.random.default_rng(0)
    scaled = rng.normal(size=(300, 2))
    origin = np.repeat([1, 2, 3], 100)
    scaled[origin == 3] *= 100  # a moment unlike the others is not inside their bounds
    errors = Errors(scaled, np.full(300, "regular"), origin)
    inside = leave_one_origin_out(errors, 0.8)
    assert inside[origin == 3].mean() < 0.1
    assert inside[origin < 3].mean() > 0.8
    assert known_elsewhere(errors).all()
    alone = errors._replace(origin=np.zeros(300, np.int64))
    assert not known_elsewhere(alone).any()
