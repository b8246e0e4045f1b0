"""Reading a long frame of series: layout, partial periods, refusals on every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.forecast._panel import read_panel

NAMES = {"date_col": "date", "value_col": "value", "series_col": "series", "unit": None}


@pytest.fixture
def sales():
    return pd.DataFrame(
        {
            "series": ["b", "b", "a", "a", "b"],
            "date": pd.to_datetime(
                ["2024-02-01", "2024-01-01", "2024-03-01", "2024-02-01", "2024-04-01"]
            ),
            "value": [2.0, 1.0, 13.0, np.nan, 4.0],
        }
    )


def test_series_by_periods(engine, sales):
    panel = read_panel(engine.make(sales), **NAMES)
    assert panel.ids.tolist() == ["a", "b"]
    assert panel.unit == "M"
    nan = np.nan
    np.testing.assert_array_equal(panel.values, [[nan, nan, 13, nan], [1, 2, nan, 4]])
    assert panel.dates(np.array([0, 4])).tolist() == [dt.date(2024, 1, 1), dt.date(2024, 5, 1)]


def test_integer_values_with_nulls(engine, sales):
    whole = sales.assign(value=pd.array([2, 1, 13, None, 4], dtype="Int64"))
    panel = read_panel(engine.make(whole), **NAMES)
    np.testing.assert_array_equal(panel.values, read_panel(sales, **NAMES).values)


def test_any_day_of_the_period_will_do(sales):
    late = sales.assign(date=sales["date"] + pd.Timedelta(days=27, hours=5))
    panel = read_panel(late, **NAMES | {"unit": "M"})
    np.testing.assert_array_equal(panel.values, read_panel(sales, **NAMES).values)
    assert panel.start == read_panel(sales, **NAMES).start


def test_partial_periods_are_left_out(engine, sales):
    flagged = engine.make(sales.assign(complete=[True, True, True, True, False]))
    panel = read_panel(flagged, **NAMES)
    nan = np.nan
    np.testing.assert_array_equal(panel.values, [[nan, nan, 13], [1, 2, nan]])
    none = engine.make(sales.assign(complete=False))
    with pytest.raises(NotEnoughDataError, match="at least 2 complete periods"):
        read_panel(none, **NAMES)


def test_a_column_complete_of_another_meaning_is_refused(sales):
    with pytest.raises(DataContractError, match="'complete' tells the periods"):
        read_panel(sales.assign(complete="yes"), **NAMES)


def test_periods_without_any_value_at_the_ends_are_not_there(sales):
    ends = pd.DataFrame(
        {
            "series": ["a", "b"],
            "date": pd.to_datetime(["2023-12-01", "2024-05-01"]),
            "value": [np.nan, np.nan],
        }
    )
    panel = read_panel(pd.concat([ends, sales]), **NAMES)
    np.testing.assert_array_equal(panel.values, read_panel(sales, **NAMES).values)


def test_repeated_periods_are_counted(engine, sales):
    twice = sales.assign(date=sales["date"].where(sales.index != 4, pd.Timestamp("2024-02-20")))
    with pytest.raises(DataContractError, match=r"1 of 5 rows repeat a series and period.*'M'"):
        read_panel(engine.make(twice), **NAMES | {"unit": "M"})
    with pytest.raises(DataContractError, match=r"1 of 5 rows repeat.*series_col"):
        read_panel(engine.make(sales), **NAMES | {"series_col": None})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date": pd.NaT}, "1 of 5 values of 'date' are missing; see them with"),
        ({"series": None}, "1 of 5 values of 'series' are missing; see them with"),
        ({"value": np.inf}, "1 of 5 values of 'value' are infinite; see them with"),
    ],
)
def test_bad_values_are_counted(engine, sales, change, words):
    for name, value in change.items():
        sales.loc[1, name] = value
    with pytest.raises(DataContractError, match=words):
        read_panel(engine.make(sales), **NAMES)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("date", ["2024-01-01"] * 5, "parse_dates"),
        ("value", ["1"] * 5, "parse_money"),
        ("series", [0.5] * 5, "must be text or integers"),
        ("date", pd.date_range("2024-01-01", periods=5, tz="UTC"), "time-zone-aware"),
    ],
)
def test_wrong_types_are_refused(engine, sales, column, values, words):
    with pytest.raises(DataContractError, match=words):
        read_panel(engine.make(sales.assign(**{column: values})), **NAMES)


def test_nothing_to_learn_from(engine, sales):
    sales = sales.astype({"series": "string"})
    for nothing in (sales.iloc[:0], sales.assign(value=np.nan)):
        with pytest.raises(NotEnoughDataError, match="needs at least 2 values"):
            read_panel(engine.make(nothing), **NAMES)


def test_columns_must_be_there_and_differ(sales):
    with pytest.raises(ColumnNotFoundError, match="did you mean 'value'"):
        read_panel(sales, **NAMES | {"value_col": "Value"})
    with pytest.raises(ValueError, match="must differ"):
        read_panel(sales, **NAMES | {"value_col": "series"})
