"""sales_series: hand cases, the oracle on every engine, the last period, refunds, refusals."""

from __future__ import annotations

import datetime as dt
import warnings

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.forecast import sales_series
from tests.forecast.oracles import series_oracle
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log

AS_OF = dt.date(2023, 10, 18)  # a Wednesday in mid-month, mid-quarter and mid-year


@pytest.fixture
def shops():
    rows = [
        ("north", "2024-01-05 09:00", 20.0),
        ("north", "2024-01-31 23:59", 30.0),
        ("north", "2024-03-04 12:00", 15.0),
        ("south", "2024-02-29 00:00", 7.0),
        ("south", "2024-02-29 18:00", -2.0),
        ("south", "2024-04-02 10:00", 4.0),
        ("south", "2024-04-20 10:00", 100.0),
    ]
    frame = pd.DataFrame(rows, columns=["shop", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"]).astype("datetime64[us]"))


def day(text):
    return dt.date.fromisoformat(f"2024-{text}")


def test_zeros_inside_and_no_partial_month(engine, shops):
    table = sales_series(engine.make(shops), unit="M", as_of=day("04-10"), by="shop")
    assert_same(
        engine.columns(table),
        {
            "shop": ["north"] * 3 + ["south"] * 2,
            "date": [day(f"0{m}-01") for m in (1, 2, 3, 2, 3)],
            "value": [50.0, 0.0, 15.0, 5.0, 0.0],
        },
    )


def test_the_partial_month_masked_or_shown(engine, shops):
    frame = engine.make(shops)
    masked = sales_series(frame, unit="M", as_of=day("04-10"), incomplete="mask")
    dates = [day(f"0{m}-01") for m in (1, 2, 3, 4)]
    complete = [True, True, True, False]
    values = [50.0, 5.0, 15.0, None]
    expected = {"date": dates, "value": values, "complete": complete}
    assert_same(engine.columns(masked), expected)
    shown = sales_series(frame, unit="M", as_of=day("04-10"), incomplete="include")
    assert_same(engine.columns(shown), expected | {"value": [50.0, 5.0, 15.0, 4.0]})


def test_a_month_that_ends_with_as_of_is_complete(engine, shops):
    table = sales_series(engine.make(shops), unit="M", as_of=day("04-30"), incomplete="include")
    assert engine.columns(table)["complete"] == [True] * 4
    assert engine.columns(table)["value"] == [50.0, 5.0, 15.0, 104.0]
    dropped = sales_series(engine.make(shops), unit="M", as_of=day("04-30"))
    assert engine.columns(dropped)["value"] == [50.0, 5.0, 15.0, 104.0]


@pytest.mark.parametrize("unit", ["D", "W", "M", "Q", "Y"])
@pytest.mark.parametrize("incomplete", ["drop", "mask", "include"])
def test_every_engine_equals_the_oracle(engine, unit, incomplete):
    log = make_log(seed=1, customers=5)
    table = sales_series(engine.make(log), unit=unit, as_of=AS_OF, incomplete=incomplete)
    assert_same(engine.columns(table), series_oracle(log, AS_OF, unit, incomplete=incomplete))


@pytest.mark.parametrize("by", ["customer_id", "order_id"])
@pytest.mark.parametrize("refunds", ["net", "ignore"])
def test_series_by_text_or_integer_equal_the_oracle(engine, by, refunds):
    log = make_log(120, seed=3, customers=6, refunds=0.3)
    as_of = dt.date(2023, 10, 31)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        table = sales_series(engine.make(log), unit="M", as_of=as_of, by=by, refunds=refunds)
    assert_same(engine.columns(table), series_oracle(log, as_of, "M", by=by, refunds=refunds))


def test_refunds_lower_their_own_period_or_go_or_are_refused(engine):
    log = pd.DataFrame(
        {
            "shop": ["a", "a", "a", "b"],
            "date": pd.to_datetime(["2024-01-03", "2024-02-05", "2024-03-09", "2024-02-01"]),
            "amount": [-4.0, 10.0, -3.0, -1.0],
        }
    )
    frame, march = engine.make(log), day("03-31")
    net = engine.columns(sales_series(frame, unit="M", as_of=march, by="shop"))
    assert net["shop"] == ["a", "a", "a", "b", "b"]
    assert net["value"] == [-4.0, 10.0, -3.0, -1.0, 0.0]
    with pytest.warns(DataQualityWarning, match="1 series have refunds and no sale"):
        table = sales_series(frame, unit="M", as_of=march, by="shop", refunds="ignore")
    assert engine.columns(table)["shop"] == ["a", "a"]
    assert engine.columns(table)["value"] == [10.0, 0.0]
    with pytest.raises(DataContractError, match=r"3 of 4 values of 'amount' are negative"):
        sales_series(frame, unit="M", as_of=march, refunds="error")


def test_series_of_the_dropped_period_are_counted(engine, shops):
    with pytest.warns(DataQualityWarning, match="1 of 2 series begin in the period that is not"):
        table = sales_series(
            engine.make(shops[shops["shop"] == "north"].assign(shop=["old", "old", "new"])),
            unit="M",
            as_of=day("03-20"),
            by="shop",
        )
    assert engine.columns(table)["shop"] == ["old", "old"]


def test_no_period_that_is_over_is_refused(engine, shops):
    with pytest.raises(NotEnoughDataError, match="incomplete='include'"):
        sales_series(engine.make(shops), unit="Y", as_of=day("04-10"))


def test_as_of_before_all_rows_is_refused(engine, shops):
    with pytest.raises(NotEnoughDataError, match="lies before all 7 rows"):
        sales_series(engine.make(shops), unit="M", as_of=dt.date(2020, 1, 1))


def test_an_empty_frame_gives_an_empty_series(engine, shops):
    # Older pandas forgets that a column without rows held text, unless it is told.
    empty = engine.make(shops.iloc[:0].astype({"shop": "string"}))
    table = sales_series(empty, unit="M", as_of=day("04-10"), by="shop")
    assert engine.columns(table) == {"shop": [], "date": [], "value": []}
    assert engine.columns(sales_series(empty, unit="M", as_of=day("04-10"))) == {
        "date": [], "value": [],
    }  # fmt: skip


def test_the_business_zone_decides_the_month(engine):
    # 2024-02-01 04:30 in UTC is still January in New York.
    log = pd.DataFrame(
        {"date": pd.to_datetime(["2024-02-01 04:30"]).tz_localize("UTC"), "amount": [1.0]}
    )
    frame = engine.make(log)
    with pytest.raises(DataContractError, match="pass the business time zone"):
        sales_series(frame, unit="M", as_of=day("02-29"))
    table = sales_series(frame, unit="M", as_of=day("02-29"), tz="America/New_York")
    assert engine.columns(table)["date"] == [day("01-01"), day("02-01")]


def test_missing_series_are_refused_with_the_count(engine, shops):
    shops.loc[2, "shop"] = None
    with pytest.raises(DataContractError, match=r"1 of 7 values of 'shop' are missing; see them"):
        sales_series(engine.make(shops), unit="M", as_of=day("04-10"), by="shop")


def test_categorical_series_are_read_as_their_values(shops):
    named = shops.assign(shop=pd.Categorical(shops["shop"], ["west", "south", "north"]))
    expected = columns(sales_series(shops, unit="M", as_of=day("04-10"), by="shop"))
    assert columns(sales_series(named, unit="M", as_of=day("04-10"), by="shop")) == expected


def test_a_misspelt_column_is_guessed(shops):
    with pytest.raises(ColumnNotFoundError, match=r"by='Shop' is not a column.*mean 'shop'"):
        sales_series(shops, unit="M", as_of=day("04-10"), by="Shop")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"unit": "month"}, ValueError),
        ({"as_of": "soon"}, ValueError),
        ({"incomplete": "hide"}, ValueError),
        ({"refunds": "drop"}, ValueError),
        ({"by": ["shop"]}, TypeError),
        ({"by": "amount"}, ValueError),
        ({"tz": "Mars/Olympus"}, ValueError),
    ],
)
def test_wrong_parameters_are_named(shops, wrong, error):
    with pytest.raises(error, match=next(iter(wrong))):
        sales_series(shops, **({"unit": "M", "as_of": day("04-10")} | wrong))


def test_a_key_named_like_a_result_is_refused(shops):
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        sales_series(
            shops.rename(columns={"shop": "value"}), unit="M", as_of=day("04-10"), by="value"
        )


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 60),
    unit=st.sampled_from(["D", "W", "M", "Q", "Y"]),
)
def test_values_add_up_and_periods_follow_each_other(seed, n, unit):
    log = make_log(n, customers=4, seed=seed)
    end = dt.date(2024, 12, 31)
    arguments = {"unit": unit, "as_of": end, "by": "customer_id", "incomplete": "include"}
    table = sales_series(log, **arguments)
    sums = table.groupby("customer_id")["value"].sum()
    expected = log.groupby("customer_id")["amount"].sum()
    # Sums in two orders: equal to rounding.
    pd.testing.assert_series_equal(sums, expected, check_names=False, rtol=1e-9, atol=1e-9)
    frequency = {"D": "D", "W": "W-MON", "M": "MS", "Q": "QS", "Y": "YS"}[unit]
    for _, rows in table.groupby("customer_id"):
        steps = pd.date_range(rows["date"].iloc[0], periods=len(rows), freq=frequency)
        assert list(rows["date"]) == list(steps)
    shuffled = log.sample(frac=1.0, random_state=seed).assign(extra=1)
    assert_same(columns(sales_series(shuffled, **arguments)), columns(table))
