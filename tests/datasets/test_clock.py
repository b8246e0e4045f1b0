from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.datasets.clock import seasonal_clock

START, END = dt.date(2023, 1, 1), dt.date(2024, 12, 31)


def test_without_seasons_operational_time_is_the_calendar():
    clock = seasonal_clock(START, END, strength=0.0)
    days = np.array([0.0, 0.5, 31.0, 400.25, 731.0])
    np.testing.assert_allclose(clock.weeks(days), days / 7.0, rtol=1e-14)
    np.testing.assert_allclose(clock.days(days / 7.0), days, rtol=1e-14)
    np.testing.assert_array_equal(clock.multipliers, 1.0)


def test_a_month_takes_its_days_times_its_multiplier():
    clock = seasonal_clock(dt.date(2024, 1, 30), dt.date(2024, 3, 2), strength=0.5)
    january, february, march = clock.multipliers[:3]
    assert clock.n_days == 2 + 29 + 2
    assert clock.knot_days.tolist() == [0.0, 2.0, 31.0, 33.0]
    by_hand = np.cumsum([0.0, 2 * january, 29 * february, 2 * march]) / 7.0
    # Equal up to rounding in the last digit.
    np.testing.assert_allclose(clock.knot_weeks, by_hand, rtol=1e-14)


def test_multipliers_average_one_and_deviate_by_the_strength():
    multipliers = seasonal_clock(START, END, strength=0.3).multipliers
    month_days = [31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert np.average(multipliers, weights=month_days) == pytest.approx(1.0, abs=1e-12)
    assert np.abs(multipliers - 1.0).max() == pytest.approx(0.3, abs=1e-12)


@pytest.mark.parametrize(
    ("start", "end", "knots"),
    [
        (dt.date(2024, 2, 1), dt.date(2024, 2, 29), [0, 29]),
        (dt.date(2024, 2, 1), dt.date(2024, 3, 1), [0, 29, 30]),
        (dt.date(2024, 1, 31), dt.date(2024, 2, 29), [0, 1, 30]),
        (dt.date(2023, 12, 31), dt.date(2024, 1, 1), [0, 1, 2]),
    ],
)
def test_knots_are_the_months_and_the_two_ends(start, end, knots):
    assert seasonal_clock(start, end, strength=0.2).knot_days.tolist() == knots


@given(
    strength=st.floats(0.0, 0.99),
    days=st.lists(st.floats(0.0, 731.0), min_size=1, max_size=20),
)
def test_weeks_and_back(strength, days):
    clock = seasonal_clock(START, END, strength=strength)
    # Two interpolations lose a few digits of the 731 days; a second is 1e-5 of a day.
    np.testing.assert_allclose(clock.days(clock.weeks(np.array(days))), days, atol=1e-9)


def test_business_time_keeps_the_date_and_the_order():
    clock = seasonal_clock(START, END, strength=0.0)
    days = np.array([0.0, 0.5, 0.999999, 1.0, np.nan, 730.9999999999999])
    assert clock.business_time(days).astype("datetime64[s]").astype(str).tolist() == [
        "2023-01-01T09:00:00",
        "2023-01-01T13:30:00",
        "2023-01-01T17:59:59",
        "2023-01-02T09:00:00",
        "NaT",
        "2024-12-31T17:59:59",
    ]


def test_a_rounding_at_the_end_opens_no_new_day():
    clock = seasonal_clock(START, END, strength=0.0)
    moment = clock.business_time(clock.inside(np.array([731.0, np.nan])))
    assert moment.astype("datetime64[s]").astype(str).tolist() == ["2024-12-31T17:59:59", "NaT"]
    assert clock.inside(np.array([730.9]))[0] == 730.9


def test_dates_are_at_midnight():
    clock = seasonal_clock(START, END, strength=0.0)
    assert clock.dates(np.array([0.9, 731.2])).astype(str).tolist() == [
        "2023-01-01T00:00:00.000000",
        "2025-01-01T00:00:00.000000",
    ]
