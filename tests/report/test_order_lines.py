from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.report.order_lines import IN_WORDS, clean_order_lines

COLUMNS = {"order_col": "order_id", "item_col": "item"}


@pytest.fixture
def lines() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": ["1", "1", "2", "C3", None, "4"],
            "item": ["tea", " cake ", None, "tea", "tea", "jam"],
            "date": pd.to_datetime(["2024-01-01"] * 5 + ["2024-02-01"]),
            "amount": [2.0, 3.0, 1.0, -2.0, 1.0, 4.0],
            "customer_id": [1, 1, 1, 1, 2, 2],
        }
    )


def test_lines_are_dropped_by_the_first_reason(lines):
    cleaned = clean_order_lines(
        lines,
        COLUMNS | {"amount_col": "amount", "date_col": "date"},
        as_of=dt.date(2024, 1, 31),
    )
    assert cleaned.rows["item"].tolist() == ["tea", "cake"]
    assert cleaned.rows["order_id"].tolist() == ["1", "1"]
    assert cleaned.counts == {
        "read": 6, "no_order": 1, "cancelled": 1, "refund": 0, "no_item": 1, "date": 0,
        "after_as_of": 1, "kept": 2,
    }  # fmt: skip
    reasons = [name for name in cleaned.counts if name not in ("read", "kept")]
    assert reasons == [name for name in IN_WORDS if name in reasons]


def test_without_a_day_of_analysis_dates_are_not_read(lines):
    odd = lines.assign(date="some day")
    cleaned = clean_order_lines(odd, COLUMNS | {"date_col": "date"})
    assert cleaned.counts["kept"] == 3


def test_a_negative_amount_is_no_purchase_even_without_a_prefix(lines):
    names = COLUMNS | {"amount_col": "amount"}
    assert clean_order_lines(lines, names, cancelled_prefix=None).counts["refund"] == 1


def test_a_customers_day_stands_in_for_the_order(lines):
    names = {"item_col": "item", "customer_col": "customer_id", "date_col": "date"}
    rows = clean_order_lines(lines.drop(columns="order_id"), names).rows
    assert rows.groupby("order_id")["item"].agg(list).tolist() == [
        ["tea", "cake", "tea"], ["tea"], ["jam"],
    ]  # fmt: skip


def test_the_frame_stays_as_it_was(lines):
    before = lines.copy()
    clean_order_lines(lines, COLUMNS | {"amount_col": "amount"})
    pd.testing.assert_frame_equal(lines, before)


@pytest.mark.parametrize(
    ("columns", "options", "error", "message"),
    [
        ({"item_col": "product"}, {}, ColumnNotFoundError, "item_col='product'"),
        ({"order_col": None}, {}, ColumnNotFoundError, "order_col='order_id'"),
        ({}, {"as_of": dt.date(2024, 1, 1)}, ColumnNotFoundError, "a column of dates"),
        ({"item_col": "order_id"}, {}, ValueError, "order_id"),
    ],
)
def test_columns_that_are_missing_or_named_twice(lines, columns, options, error, message):
    frame = lines.rename(columns={"order_id": "number"}) if "order_col" in columns else lines
    with pytest.raises(error, match=message):
        clean_order_lines(frame, COLUMNS | columns, **options)


def test_nothing_to_use(lines):
    with pytest.raises(NotEnoughDataError, match="no rows"):
        clean_order_lines(lines.iloc[:0], COLUMNS)
    with pytest.raises(DataContractError, match="no line of 1 can be used: 1 without an item"):
        clean_order_lines(lines.iloc[[2]], COLUMNS)
