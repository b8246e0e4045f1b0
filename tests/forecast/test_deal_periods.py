"""Which days the coming periods hold."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from crmlytics.errors import DataContractError
from crmlytics.forecast._deal_periods import coming_periods


def dates(days):
    return [str(one) for one in np.asarray(days).astype("datetime64[D]")]


@pytest.mark.parametrize(
    ("unit", "begin", "end"),
    [
        ("D", ["2024-02-28", "2024-02-29"], ["2024-02-28", "2024-02-29"]),
        ("W", ["2024-02-28", "2024-03-06"], ["2024-03-05", "2024-03-12"]),
        ("M", ["2024-02-01", "2024-03-01"], ["2024-02-29", "2024-03-31"]),
        ("Q", ["2024-01-01", "2024-04-01"], ["2024-03-31", "2024-06-30"]),
        ("Y", ["2024-01-01", "2025-01-01"], ["2024-12-31", "2025-12-31"]),
    ],
)
def test_days_and_weeks_follow_and_months_are_the_calendars(unit, begin, end):
    found = coming_periods(dt.date(2024, 2, 27), 2, unit)
    assert dates(found.begin) == begin
    assert dates(found.end) == end


def test_a_period_that_is_over_is_not_coming():
    assert dates(coming_periods(dt.date(2024, 1, 31), 1, "M").begin) == ["2024-02-01"]


def test_the_end_of_the_calendar_is_refused():
    with pytest.raises(DataContractError, match="calendar"):
        coming_periods(dt.date(9999, 12, 31), 1, "M")
