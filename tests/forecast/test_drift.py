"""random_walk_with_drift: hand cases, a loop twin, what short series get."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast.drift import random_walk_with_drift

NAN = math.nan


def one(values, horizon=2):
    fit = random_walk_with_drift(np.array([values], dtype=float), horizon=horizon)
    return fit.forecast[0], fit.fitted[0], fit.parameters["drift"][0]


def test_by_hand():
    # From 2 to 8 in three steps: 2 a period.
    forecast, fitted, drift = one([2, 3, 9, 8])
    assert drift == 2
    np.testing.assert_array_equal(forecast, [10, 12])
    np.testing.assert_array_equal(fitted, [NAN, 4, 5, 11])


def test_a_gap_counts_its_periods():
    forecast, fitted, drift = one([NAN, 2, NAN, 6, NAN])
    assert drift == 2
    np.testing.assert_array_equal(forecast, [10, 12])
    np.testing.assert_array_equal(fitted, [NAN, NAN, 4, 6, 8])


def test_one_value_is_repeated_and_none_has_no_forecast():
    assert one([NAN, 7, NAN])[0].tolist() == [7, 7]
    assert np.isnan(one([NAN, NAN])[0]).all()


def _loop(values, horizon):
    known = [(t, y) for t, y in enumerate(values) if y is not None]
    if not known:
        return [NAN] * horizon
    (first, start), (last, end) = known[0], known[-1]
    drift = (end - start) / (last - first) if last > first else 0.0
    return [end + drift * (len(values) + h - last) for h in range(horizon)]


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.none() | st.integers(-50, 50), min_size=1, max_size=15),
    horizon=st.integers(1, 5),
)
def test_equals_the_loop(values, horizon):
    # The same line, multiplied out in another order: equal to rounding.
    np.testing.assert_allclose(
        one([NAN if y is None else y for y in values], horizon)[0],
        _loop(values, horizon), rtol=1e-12, atol=1e-12,
    )  # fmt: skip
