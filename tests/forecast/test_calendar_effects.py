"""Holidays and trading days: counts by hand, forms of input on every engine, refusals."""

from __future__ import annotations

import calendar
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.forecast import trading_days
from crmlytics.forecast.calendar_effects import holiday_counts, read_holidays

EASTER = [dt.date(2023, 4, 9), dt.date(2024, 3, 31)]


def test_trading_days_by_the_calendar():
    months = [dt.date(2024, month, 15) for month in range(1, 13)]
    expected = [
        sum(day.weekday() < 5 for day in calendar.Calendar().itermonthdates(2024, month)
            if day.month == month)
        for month in range(1, 13)
    ]  # fmt: skip
    assert trading_days(months, unit="M").tolist() == expected
    # A leap year has 366 days; weeks of 7; Saturday is no day of Monday to Friday.
    assert trading_days([dt.date(2024, 7, 1)], unit="Y", weekdays="mon-sun").tolist() == [366]
    assert trading_days([dt.date(2024, 7, 6)], unit="W", weekdays="mon-sat").tolist() == [6]
    assert trading_days([dt.date(2024, 7, 6)], unit="D").tolist() == [0]


def test_trading_days_refuse_what_they_cannot_count():
    with pytest.raises(DataContractError, match="1 of 2 dates are missing"):
        trading_days(np.array(["2024-01-01", "NaT"], "datetime64[D]"), unit="M")
    with pytest.raises(ValueError, match="weekdays must be"):
        trading_days([dt.date(2024, 1, 1)], unit="M", weekdays="weekend")


def test_holidays_in_any_form(engine):
    days = np.array(EASTER, "datetime64[D]").astype(np.int64).tolist()
    frame = pd.DataFrame({"date": pd.to_datetime(EASTER), "holiday": ["Easter", "Easter"]})
    for given in (engine.make(frame), dict.fromkeys(EASTER, "Easter")):
        found = read_holidays(given)
        assert list(found) == ["Easter"]
        assert found["Easter"].tolist() == days
    unnamed = read_holidays(engine.make(frame[["date"]]))
    assert unnamed["holiday"].tolist() == days
    assert read_holidays(EASTER)["holiday"].tolist() == days
    assert read_holidays(pd.to_datetime(EASTER))["holiday"].tolist() == days
    assert read_holidays(None) == {}


def test_counts_by_period():
    days = read_holidays({dt.date(2024, 4, 29): "b", dt.date(2024, 5, 1): "a",
                          dt.date(2024, 5, 3): "a"})  # fmt: skip
    start = (2024 - 1970) * 12 + 3  # April 2024
    counts = holiday_counts(days, start=start, n=3, unit="M")
    np.testing.assert_array_equal(counts, [[0, 1], [2, 0], [0, 0]])


@pytest.mark.parametrize("wrong", ["2024-05-01", 5, [5], {"May": "a"}])
def test_what_is_no_holiday_is_refused(wrong):
    with pytest.raises(ValueError, match="holidays must"):
        read_holidays(wrong)


def test_bad_frames_of_holidays_are_refused(engine):
    with pytest.raises(ColumnNotFoundError, match="date"):
        read_holidays(engine.make(pd.DataFrame({"day": pd.to_datetime(EASTER)})))
    with pytest.raises(DataContractError, match="1 of 2 values of 'holiday'"):
        read_holidays(engine.make(pd.DataFrame(
            {"date": pd.to_datetime(EASTER), "holiday": ["Easter", None]})))  # fmt: skip
    with pytest.raises(DataContractError, match="must hold dates"):
        read_holidays(engine.make(pd.DataFrame({"date": ["2024-05-01"]})))
