"""Deals of a raw export: used, mended, dropped and counted."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, NotEnoughDataError
from crmlytics.report.deal_rows import REASONS, clean_deals, won_as_sales

AS_OF = dt.date(2024, 1, 31)


def raw(**changes):
    columns = {
        "deal_id": ["a", "b", "c", "a", None, "f", "g", "h", "i", "j"],
        "created_at": ["2024-01-01"] * 5 + [None, "2024-02-01", "2024-01-02", "2024-01-03",
                                            "2024-01-04"],
        "closed_at": ["2024-01-09", "2024-01-20", None, None, None, None, None, None,
                      "2024-01-01", None],
        "outcome": ["Closed Won", "lost", None, None, None, None, None, "maybe", "won", "won"],
        "amount": ["1 000,50", "", "200", "5", "5", "5", "5", "5", "5", "5"],
        "customer_id": ["x", "y", "x", "x", "x", "x", "x", "x", "x", "x"],
        "owner": ["Ann", None, "Bob", "Bob", "Bob", "Bob", "Bob", "Bob", "Bob", "Bob"],
    }  # fmt: skip
    return pd.DataFrame(columns | changes)


def clean(frame):
    return clean_deals(frame, as_of=AS_OF, tz=None, dayfirst=None, decimal=",")


def test_each_deal_is_dropped_for_its_first_reason():
    rows, counts = clean(raw())
    assert rows["deal_id"].tolist() == ["a", "b", "c"]
    assert rows["outcome"].where(rows["outcome"].notna(), "-").tolist() == ["won", "lost", "-"]
    assert rows["amount"][0] == 1000.5
    assert rows["owner"].tolist() == ["Ann", "–", "Bob"]
    assert {name: counts[name] for name in REASONS} == {
        "no_deal": 1, "repeated": 1, "created": 1, "after_as_of": 1, "outcome": 1,
        "not_closed": 1, "early": 1, "no_amount": 0,
    }  # fmt: skip
    assert counts["read"] == len(rows) + sum(counts[name] for name in REASONS)


def test_a_hoped_for_closing_of_an_open_deal_is_no_closing():
    frame = raw().iloc[:3].assign(closed_at=["2024-01-09", "2024-01-20", "2024-06-30"])
    rows, counts = clean(frame)
    assert counts["expected_dates"] == 1
    assert rows["closed_at"].isna().tolist() == [False, False, True]


def test_a_list_price_stands_in_for_the_amount_of_open_deals():
    frame = raw().iloc[:3].assign(amount=[10.0, np.nan, np.nan], list_price=[9.0, 9.0, 9.0])
    assert clean(frame).counts["no_amount"] == 0
    assert clean(frame.drop(columns="list_price")).counts["no_amount"] == 1


def test_won_deals_are_sales():
    sales = won_as_sales(clean(raw()).rows)
    assert sales.to_dict("list") == {
        "customer_id": ["x"], "date": [pd.Timestamp("2024-01-09")], "amount": [1000.5],
        "order_id": ["a"],
    }  # fmt: skip


def test_what_is_no_table_of_deals_is_refused():
    with pytest.raises(ColumnNotFoundError, match="created_at"):
        clean(raw().rename(columns={"created_at": "when"}))
    with pytest.raises(NotEnoughDataError, match="none of the 10 deals can be used"):
        clean(raw(outcome=["maybe"] * 10))
