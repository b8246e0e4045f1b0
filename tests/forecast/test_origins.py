"""Rolling origins: where they lie, what is seen from them, what came after."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.forecast.origins import choose_offsets, roll_back, what_came


@pytest.mark.parametrize(
    ("n_series", "n", "horizon", "m", "offsets"),
    [
        (100, 120, 12, 12, [12, 24, 36, 48, 60, 72]),  # whole years, three of them left
        (100, 62, 12, 12, [12, 24]),
        (100, 50, 18, 12, [9, 11, 13, 14, 16, 18]),  # one whole year only: half to one horizon
        (1, 48, 3, 12, list(range(2, 13))),  # a single series: as many as leave three years
        (1, 100, 1, 1, list(range(1, 41))),
        (1, 9, 4, 4, [2, 3, 4, 5, 6]),  # less than two years before: some history
        (1, 5, 4, 4, [1, 2]),
        (1, 3, 4, 4, []),
    ],
)
def test_offsets(n_series, n, horizon, m, offsets):
    found = choose_offsets(np.full(n_series, n), horizon=horizon, season_length=m)
    assert found == offsets


def test_no_series_no_origin():
    assert choose_offsets(np.empty(0, np.int64), horizon=3, season_length=12) == []


@given(st.integers(1, 300), st.integers(1, 200), st.integers(1, 30), st.sampled_from([1, 4, 7, 12]))
def test_offsets_are_rising_and_leave_a_history(n_series, n, horizon, m):
    offsets = choose_offsets(np.full(n_series, n), horizon=horizon, season_length=m)
    assert offsets == sorted(set(offsets))
    assert all(1 <= offset <= n - 3 for offset in offsets)
    assert len(offsets) <= 40


def test_rows_see_the_past_only():
    values = np.array([[1.0, 2, 3, 4, 5, 6], [np.nan, np.nan, np.nan, 7, 8, 9]])
    rows = roll_back(values, np.array([0, 1]), [1, 2])
    nan = np.nan
    # The young series has fewer than three values before either origin.
    np.testing.assert_array_equal(rows.values, [[nan, 1, 2, 3, 4, 5], [nan, nan, 1, 2, 3, 4]])
    assert rows.series.tolist() == [0, 0]
    assert rows.offset.tolist() == [1, 2]
    np.testing.assert_array_equal(what_came(values, rows, 3), [[6, nan, nan], [5, 6, nan]])
