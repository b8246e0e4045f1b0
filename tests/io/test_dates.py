from __future__ import annotations

import datetime as dt
import zoneinfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.io import parse_dates

DAY = dt.datetime(2021, 4, 15)
# Goldens: the forms named by the reference page (section 2.2, point 5) and found in the data.
GOLDEN = {
    "2021-04-15": DAY,
    "2021/04/15": DAY,
    "2021-04-15 23:03:00": dt.datetime(2021, 4, 15, 23, 3),
    "2021-04-15T23:03:00.123": dt.datetime(2021, 4, 15, 23, 3, 0, 123000),
    "1996-07-04 00:00:00.000": dt.datetime(1996, 7, 4),
    "20210415": DAY,
    "15.04.2021": DAY,
    "15.4.2021": DAY,
    "15.04.2021 10:02": dt.datetime(2021, 4, 15, 10, 2),
    "15.04.2021, 10:02:33": dt.datetime(2021, 4, 15, 10, 2, 33),
    "15/04/2021": DAY,
    "15-04-2021 00:59": dt.datetime(2021, 4, 15, 0, 59),
    "04/15/2021 12:59 PM": dt.datetime(2021, 4, 15, 12, 59),
    "4/15/2021, 12:02:00 AM": dt.datetime(2021, 4, 15, 0, 2),
    "15 Apr, 2021 00:02:00": dt.datetime(2021, 4, 15, 0, 2),
    "15 Apr 2021": DAY,
    "15-Apr-21": DAY,
    "15th April 2021": DAY,
    "Apr 15, 2021": DAY,
    "April 15 2021 10:00 p.m.": dt.datetime(2021, 4, 15, 22),
    "15 апреля 2021 г.": DAY,
    "15 апр. 2021": DAY,
    "1 мая 2021": dt.datetime(2021, 5, 1),
    "15.04.21": DAY,
    "15.04.69": dt.datetime(1969, 4, 15),
    "9999-12-31": dt.datetime(9999, 12, 31),
    "0001-01-01": dt.datetime(1, 1, 1),
    " 2021-04-15 ": DAY,
}


@pytest.mark.parametrize(("text", "moment"), GOLDEN.items())
def test_golden_forms(text, moment):
    assert parse_dates([text]) == [moment]


def test_an_ambiguous_order_is_refused_with_both_readings():
    # pandas reads these as 2 January and 3 May without a word (reference page, section 2.1).
    with pytest.raises(DataContractError) as refusal:
        parse_dates(["01.02.2024", "05.03.2024"])
    message = str(refusal.value)
    assert "dd.mm.yyyy (2024-02-01 … 2024-03-05)" in message
    assert "mm.dd.yyyy (2024-01-02 … 2024-05-03)" in message
    assert "dayfirst=" in message


def test_the_caller_decides():
    texts = ["01.02.2024", "05.03.2024"]
    assert parse_dates(texts, dayfirst=True)[0] == dt.datetime(2024, 2, 1)
    assert parse_dates(texts, dayfirst=False)[0] == dt.datetime(2024, 1, 2)


def test_one_value_decides_for_the_column_in_any_order():
    expected = [dt.datetime(2024, 3, 15), dt.datetime(2024, 2, 1)]
    assert parse_dates(["15.03.2024", "01.02.2024"]) == expected
    assert parse_dates(["01.02.2024", "15.03.2024"]) == expected[::-1]


def test_equal_readings_are_no_doubt():
    assert parse_dates(["01.01.2024", "02.02.2024"])[1] == dt.datetime(2024, 2, 2)


def test_dayfirst_wins_over_the_column():
    with pytest.raises(DataContractError, match="With dayfirst=False every value fits mm/dd/yyyy"):
        parse_dates(["04/15/2021"], dayfirst=True)


@pytest.mark.parametrize(
    "bad", ["31.02.2024", "2024-01-05", "15/03/2024", "15.03.2024 25:00", "soon"]
)
def test_values_of_another_format_are_refused_counted_and_masked(bad):
    expected = r"1 of 3 values of 'day' .*dd\.mm\.yyyy.*row 1 "
    with pytest.raises(DataContractError, match=expected) as refusal:
        parse_dates(pd.Series(["15.03.2024", bad, "16.03.2024"], name="day"))
    assert bad not in str(refusal.value)


def test_a_column_without_dates_is_refused():
    with pytest.raises(DataContractError, match=r"none of the 2 values .* 'aaaa', 'aaaaaa 9'"):
        parse_dates(["Anna", "Berlin 7"])


def test_values_with_and_without_an_offset_are_two_formats():
    with pytest.raises(DataContractError, match="1 of 2"):
        parse_dates(["2021-04-15 10:00Z", "2021-04-15 10:00"])


def test_offsets_are_kept_and_converted():
    texts = ["2021-03-28T00:30:00+00:00", "2021-03-28T04:30:00+0300", "2021-03-28 01:30Z", None]
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    # Summer time begins at 01:00 UTC of this day.
    first = dt.datetime(2021, 3, 28, 1, 30, tzinfo=berlin)
    second = dt.datetime(2021, 3, 28, 3, 30, tzinfo=berlin)
    assert parse_dates(texts, tz="Europe/Berlin") == [first, second, second, None]
    series = parse_dates(pd.Series(texts, name="at"), tz="Europe/Berlin")
    assert str(series.dtype) == "datetime64[us, Europe/Berlin]"
    assert series.dt.hour.tolist()[:2] == [1, 3]
    polars = parse_dates(pl.Series("at", texts), tz="Europe/Berlin")
    assert polars.dtype == pl.Datetime("us", "Europe/Berlin")
    assert polars.dt.hour().to_list() == [1, 3, 3, None]
    arrow = parse_dates(pa.chunked_array([texts]), tz="Europe/Berlin")
    assert arrow.type == pa.timestamp("us", "Europe/Berlin")
    assert parse_dates(texts)[0] == dt.datetime(2021, 3, 28, 0, 30, tzinfo=dt.UTC)
    with pytest.raises(TypeError, match="numpy array cannot hold"):
        parse_dates(np.array(texts, dtype=object))


def test_local_values_stay_local():
    assert parse_dates(["2021-04-15 10:00"], tz="Asia/Tokyo") == [dt.datetime(2021, 4, 15, 10)]


def test_a_twelve_hour_clock_without_am_and_pm_is_warned_about():
    texts = [f"{day}-07-2021 {hour:02d}:59" for day in (3, 17) for hour in range(1, 13)]
    with pytest.warns(DataQualityWarning, match="hours from 1 to 12 and none says AM or PM"):
        assert parse_dates(texts)[0] == dt.datetime(2021, 7, 3, 1, 59)


def test_other_clocks_are_no_twelve_hour_clocks():
    full = [f"17-07-2021 {hour:02d}:59" for hour in range(24)]
    mornings = [f"17-07-2021 {hour:02d}:{minute}" for hour in range(6, 13) for minute in (10, 50)]
    marked = [f"17-07-2021 {hour:02d}:59 {half}" for hour in range(1, 13) for half in ("AM", "PM")]
    for texts in (full, mornings, marked):
        assert len(parse_dates(texts)) == len(texts)


def test_the_container_comes_back():
    series = parse_dates(pd.Series(["15.04.2021", None], index=[7, 9], name="day"))
    expected = pd.Series([DAY, pd.NaT], index=[7, 9], name="day", dtype="datetime64[us]")
    pd.testing.assert_series_equal(series, expected)
    assert parse_dates(pl.Series("day", ["15.04.2021", None])).to_list() == [DAY, None]
    assert parse_dates(pa.array(["15.04.2021", None])).to_pylist() == [DAY, None]
    array = parse_dates(np.array(["15.04.2021", None], dtype=object))
    assert array.dtype == "datetime64[us]"
    assert np.isnat(array).tolist() == [False, True]


def test_dates_whole_numbers_and_timestamps_pass_through():
    assert parse_dates([dt.date(2021, 4, 15), None, DAY]) == [DAY, None, DAY]
    assert parse_dates([20210415, np.int64(20210415), 20210415.0, np.nan]) == [DAY] * 3 + [None]
    stamps = pd.Series(pd.to_datetime(["2021-04-15 10:00"]))
    assert parse_dates(stamps).tolist() == stamps.tolist()
    assert parse_dates(stamps.dt.tz_localize("UTC"), tz="Asia/Tokyo").dt.hour.tolist() == [19]
    assert parse_dates(np.array(["2021-04-15"], dtype="datetime64[ns]"))[0] == np.datetime64(DAY)
    assert parse_dates(pl.Series([DAY, None])).to_list() == [DAY, None]


def test_a_column_of_missing_values_stays_missing():
    assert parse_dates(["NULL", "", None]) == [None, None, None]
    assert parse_dates([]) == []


def test_parameters_are_checked():
    with pytest.raises(ValueError, match="tz must be a time zone"):
        parse_dates(["2021-04-15"], tz="Mars/Olympus")
    with pytest.raises(TypeError, match="dayfirst"):
        parse_dates(["2021-04-15"], dayfirst="yes")


moments = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, fold=0)
)


forms = [
    ("%Y-%m-%d %H:%M:%S", None),
    ("%d.%m.%Y %H:%M:%S", True),
    ("%m/%d/%Y %I:%M:%S %p", False),
    ("%d %b, %Y %H:%M:%S", None),
]


@given(st.lists(moments, min_size=1), st.sampled_from(forms))
def test_what_strftime_writes_is_read_back(column, form):
    pattern, day_first = form
    # A 12-hour warning would be about the sample, not about the reading: keep one noon-free hour.
    column = [*column, dt.datetime(2020, 1, 1, 13)]
    assert parse_dates([one.strftime(pattern) for one in column], dayfirst=day_first) == column


@given(st.lists(st.dates(dt.date(1000, 1, 1)), min_size=1))
def test_the_column_decides_as_trying_each_format_does(days):
    texts = [f"{day:%d.%m.%Y}" for day in days]

    def oracle(pattern):
        try:
            return [dt.datetime.strptime(text, pattern) for text in texts]
        except ValueError:
            return None

    readings = [one for one in (oracle("%d.%m.%Y"), oracle("%m.%d.%Y")) if one is not None]
    if all(one == readings[0] for one in readings):
        assert parse_dates(texts) == readings[0]
    else:
        with pytest.raises(DataContractError, match="two ways"):
            parse_dates(texts)


def test_a_doubt_shows_no_value():
    with pytest.raises(DataContractError) as refused:
        parse_dates(["03.04.1981", "05.06.1979", "07.08.1990"])
    assert "03.04.1981" not in str(refused.value)
    assert "dd.mm.yyyy" in str(refused.value)
    assert "mm.dd.yyyy" in str(refused.value)
