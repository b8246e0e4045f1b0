"""rfm_table: hand cases, the plain-Python oracle on every engine, published numbers, refusals."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import rfm_table
from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log, quiet, rfm_oracle

AS_OF = dt.date(2023, 10, 31)


def test_days_and_means_of_the_published_log(engine, lifetimes_log):
    # pymc-marketing's rfm_summary with the first transaction included: F / R / M.
    table = rfm_table(engine.make(lifetimes_log), as_of=dt.date(2015, 2, 7), monetary="mean")
    assert_same(
        engine.columns(table),
        {
            "customer_id": [1, 2, 3, 4, 5, 6],
            "recency_days": [1, 37, 33, 2, 20, 5],
            "frequency": [2, 1, 3, 3, 3, 1],
            "monetary": [1.5, 2.0, 3.0, 6.0, 4.0, 5.0],
        },
    )


@pytest.mark.parametrize("refunds", ["net", "ignore"])
@pytest.mark.parametrize("count_by", ["orders", "days", "rows"])
def test_every_engine_equals_the_oracle(engine, count_by, refunds):
    log = make_log(seed=1)
    table = quiet(
        rfm_table, engine.make(log), as_of=AS_OF, count_by=count_by, refunds=refunds,
        order_col="order_id",
    )  # fmt: skip
    assert_same(engine.columns(table), rfm_oracle(log, AS_OF, count_by, refunds=refunds))


def test_mean_money_is_per_purchase(engine):
    log = make_log(seed=2, refunds=0.0)
    table = rfm_table(engine.make(log), as_of=AS_OF, monetary="mean", order_col="order_id")
    assert_same(engine.columns(table), rfm_oracle(log, AS_OF, "orders", "mean"))


def test_as_of_includes_the_whole_day(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "date": pd.to_datetime(["2024-03-01 15:00", "2024-03-02 00:00"]),
            "amount": [1.0, 2.0],
        }
    )
    table = rfm_table(engine.make(log), as_of=dt.date(2024, 3, 1))
    assert engine.columns(table)["recency_days"] == [0]
    assert engine.columns(table)["monetary"] == [1.0]


def test_a_refund_neither_counts_nor_refreshes(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-05", "2024-01-06"]),
            "amount": [10.0, -4.0, 0.0, -3.0],
        }
    )
    with pytest.warns(DataQualityWarning, match="1 customers have refunds and no purchase"):
        table = rfm_table(engine.make(log), as_of=dt.date(2024, 1, 10))
    assert_same(
        engine.columns(table),
        {
            "customer_id": ["a", "b"],
            "recency_days": [9, 5],
            "frequency": [1, 1],
            "monetary": [6.0, 0.0],
        },
    )
    with pytest.raises(DataContractError, match=r"2 of 4 values of 'amount' are negative"):
        rfm_table(engine.make(log), as_of=dt.date(2024, 1, 10), refunds="error")


def test_refunds_after_as_of_do_not_exist(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "date": pd.to_datetime(["2024-01-01", "2024-02-01"]),
            "amount": [10.0, -4.0],
        }
    )
    table = rfm_table(engine.make(log), as_of=dt.date(2024, 1, 31), refunds="error")
    assert engine.columns(table)["monetary"] == [10.0]


def test_aware_dates_need_the_business_zone(engine):
    # 2024-02-01 04:30 in UTC is still January in New York (reference page, section 6).
    log = pd.DataFrame(
        {
            "customer_id": ["a"],
            "date": pd.to_datetime(["2024-02-01 04:30"]).tz_localize("UTC"),
            "amount": [1.0],
        }
    )
    frame = engine.make(log)
    with pytest.raises(DataContractError, match="pass the business time zone"):
        rfm_table(frame, as_of=dt.date(2024, 2, 1))
    table = rfm_table(frame, as_of=dt.date(2024, 2, 1), tz="America/New_York")
    assert engine.columns(table)["recency_days"] == [1]
    table = rfm_table(frame, as_of=dt.date(2024, 2, 1), tz="UTC")
    assert engine.columns(table)["recency_days"] == [0]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"date": None}, DataContractError, "1 of 3 values of 'date' are missing"),
        ({"customer_id": None}, DataContractError, "1 of 3 values of 'customer_id' are missing"),
        ({"amount": float("inf")}, DataContractError, "1 of 3 values of 'amount' are infinite"),
    ],
)
def test_bad_values_are_counted_with_a_way_to_see_them(engine, change, error, words):
    log = make_log(3, refunds=0.0)[["customer_id", "date", "amount"]]
    for name, value in change.items():
        log.loc[1, name] = value
    with pytest.raises(error, match=words) as caught:
        rfm_table(engine.make(log), as_of=AS_OF)
    assert "see them with" in str(caught.value)
    assert "c0" not in str(caught.value), "a message must not show an id"


def test_wrong_types_are_refused_with_the_remedy(engine):
    log = make_log(3, refunds=0.0)
    text_dates = log.assign(date=log["date"].astype(str))
    with pytest.raises(DataContractError, match="parse_dates"):
        rfm_table(engine.make(text_dates), as_of=AS_OF)
    text_money = log.assign(amount=log["amount"].astype(str))
    with pytest.raises(DataContractError, match="parse_money"):
        rfm_table(engine.make(text_money), as_of=AS_OF)
    float_ids = log.assign(customer_id=[1.0, 2.0, 3.0])
    with pytest.raises(DataContractError, match="must be text or integers"):
        rfm_table(engine.make(float_ids), as_of=AS_OF)


def test_as_of_before_all_rows_is_refused(engine):
    with pytest.raises(NotEnoughDataError, match=r"lies before all 300 rows"):
        rfm_table(engine.make(make_log()), as_of=dt.date(2000, 1, 1))


def test_a_misspelt_column_is_guessed():
    log = make_log(3).rename(columns={"customer_id": "CustomerID"})
    with pytest.raises(ColumnNotFoundError) as caught:
        rfm_table(log, as_of=AS_OF)
    assert "did you mean 'CustomerID'?" in str(caught.value)
    assert not str(caught.value).startswith('"')


@pytest.mark.parametrize(
    "wrong",
    [
        {"count_by": "invoices"},
        {"count_by": "orders"},
        {"monetary": "median"},
        {"refunds": "drop"},
        {"as_of": "yesterday"},
        {"tz": "Mars/Olympus"},
        {"amount_col": "customer_id"},
    ],
)
def test_wrong_parameters_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        rfm_table(make_log(5), **({"as_of": AS_OF} | wrong))


def test_a_key_named_like_a_result_is_refused():
    log = make_log(5).rename(columns={"customer_id": "frequency"})
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        rfm_table(log, as_of=AS_OF, customer_col="frequency")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 60))
def test_splitting_a_log_adds_up(seed, n):
    log = make_log(n, customers=6, seed=seed, refunds=0.0, days=340)
    whole = columns(rfm_table(log, as_of=AS_OF, count_by="rows"))
    cut = n // 2
    parts = [columns(rfm_table(part, as_of=AS_OF, count_by="rows"))
             for part in (log.iloc[:cut], log.iloc[cut:])
             if len(part)]  # fmt: skip
    assert sum(whole["frequency"]) == sum(sum(part["frequency"]) for part in parts)
    assert min(whole["recency_days"]) == min(min(part["recency_days"]) for part in parts)


def test_infinite_timestamps_of_duckdb_are_counted():
    import duckdb

    relation = duckdb.sql(
        "SELECT * FROM (VALUES ('a', '-infinity'::TIMESTAMP, 1.0), "
        "('a', TIMESTAMP '2023-01-05', 2.0)) t(customer_id, date, amount)"
    )
    with pytest.raises(DataContractError, match="1 of 2 values of 'date' are missing"):
        rfm_table(relation, as_of=AS_OF)
