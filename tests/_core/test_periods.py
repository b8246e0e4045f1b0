"""Period indices: the standard library's calendar, on every engine."""

from __future__ import annotations

import datetime as dt

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics._core import periods
from tests.support.purchases import period

DATES = st.dates(dt.date(1, 1, 8), dt.date(9999, 12, 30))


@given(day=DATES, unit=st.sampled_from(periods.UNITS))
def test_one_date_agrees_with_the_standard_library(day, unit):
    assert periods.period_of(day, unit) == period(day, unit)


@given(day=DATES)
def test_day_indices_go_back_and_forth(day):
    assert periods.from_day_index(periods.to_day_index(day)) == day


@given(days=st.lists(st.integers(-60_000, 60_000), min_size=1, max_size=30),
       unit=st.sampled_from(periods.UNITS))  # fmt: skip
def test_arrays_agree_with_single_dates(days, unit):
    found = periods.periods_of(np.array(days), unit)
    assert found.tolist() == [period(periods.from_day_index(day), unit) for day in days]


@given(day=DATES, unit=st.sampled_from(periods.UNITS))
def test_the_first_day_begins_the_period(day, unit):
    index = periods.period_of(day, unit)
    first = periods.first_days(np.array([index]), unit)[0].item()
    assert first <= day
    assert periods.period_of(first, unit) == index
    if first > dt.date(1, 1, 8):
        assert periods.period_of(first - dt.timedelta(days=1), unit) == index - 1


@given(
    moments=st.lists(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2250, 1, 1)), max_size=5),
    unit=st.sampled_from(["s", "ms", "us", "ns", "D", "h"]),
)
def test_moments_before_and_after_1970_fall_on_their_day(moments, unit):
    found = periods.days_of(np.array(moments, dtype=f"datetime64[{unit}]"))
    assert found.tolist() == [(moment.date() - dt.date(1970, 1, 1)).days for moment in moments]


@given(day=DATES, unit=st.sampled_from(periods.UNITS))
def test_a_period_is_complete_on_its_last_day_only(day, unit):
    index = periods.period_of(day, unit)
    next_one = periods.period_of(day + dt.timedelta(days=1), unit)
    complete = periods.last_complete(day, unit)
    assert complete == (index if next_one > index else index - 1)


@pytest.mark.parametrize("unit", periods.UNITS)
def test_the_last_day_of_the_calendar_is_a_day(unit):
    assert periods.last_complete(dt.date.max, unit) == periods.period_of(dt.date.max, unit)


@pytest.mark.parametrize("unit", periods.UNITS)
@pytest.mark.parametrize("as_dates", [False, True])
def test_every_engine_agrees_with_the_standard_library(engine, unit, as_dates):
    days = [dt.date(1899, 12, 31), dt.date(1969, 12, 28), dt.date(1969, 12, 29),
            dt.date(1970, 1, 1), dt.date(2000, 2, 29), dt.date(2023, 1, 1), dt.date(2024, 12, 30),
            dt.date(2024, 12, 31), dt.date(2100, 3, 1)]  # fmt: skip
    stamps = pd.to_datetime([f"{day} 23:59:59" for day in days]).astype("datetime64[us]")
    frame = pd.DataFrame({"i": range(len(days)), "when": stamps})
    table = nw.from_native(engine.make(frame)).lazy()
    if as_dates and engine.name != "pandas":
        table = table.with_columns(nw.col("when").cast(nw.Date))
    found = table.select("i", p=periods.period_index(nw.col("when"), unit)).sort("i").collect()
    assert found["p"].to_list() == [period(day, unit) for day in days]


@pytest.mark.parametrize(
    ("n", "unit", "expected"),
    [
        (3, "D", dt.date(2024, 2, 3)), (-1, "W", dt.date(2024, 1, 24)),
        (1, "M", dt.date(2024, 2, 29)), (-2, "M", dt.date(2023, 11, 30)),
        (1, "Q", dt.date(2024, 4, 30)), (13, "M", dt.date(2025, 2, 28)),
        (-1, "Y", dt.date(2023, 1, 31)), (0, "M", dt.date(2024, 1, 31)),
    ],
)  # fmt: skip
def test_a_date_moves_by_calendar_units(n, unit, expected):
    assert periods.shifted(dt.date(2024, 1, 31), n, unit) == expected


@pytest.mark.parametrize(("n", "unit"), [(-3, "Y"), (-40, "M"), (-2000, "D"), (10**7, "Y")])
def test_no_date_moves_out_of_the_calendar(n, unit):
    with pytest.raises(ValueError, match="outside the calendar"):
        periods.shifted(dt.date(3, 1, 31), n, unit)
