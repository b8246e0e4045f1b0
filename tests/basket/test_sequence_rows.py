"""The distinct rows of any engine: codes, names, mean prices, and a horizon."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.basket._sequence_rows import paired_names, read_dated_items
from crmlytics.errors import ColumnNotFoundError

LOG = pd.DataFrame(
    {
        "who": [7, 7, 7, 3, 3],
        "when": pd.to_datetime(
            [
                "2024-01-02 08:00",
                "2024-01-02 21:00",
                "2024-01-05 00:00",
                "2024-01-02 09:00",
                "2024-02-01 00:00",
            ]
        ).astype("datetime64[us]"),
        "what": ["b", "b", "a", "a", "c"],
        "group": ["y", "y", "x", "x", "x"],
        "price": [1.0, 2.0, 5.0, 4.0, 9.0],
    }
)
NAMES = {"customer_col": "who", "date_col": "when", "item_col": "what"}


def test_rows_are_distinct_and_ordered(engine):
    rows = read_dated_items(
        engine.make(LOG), as_of=dt.date(2024, 1, 31), price_col="price", **NAMES
    )
    assert rows.customers.tolist() == [3, 7]
    assert rows.items.tolist() == ["a", "b"]
    assert rows.customer.tolist() == [0, 1, 1]
    assert rows.item.tolist() == [0, 1, 0]
    assert (rows.day - rows.day[0]).tolist() == [0, 0, 3]
    assert rows.price.tolist() == [4.0, 1.5, 5.0]


def test_pairs_of_names(engine):
    items, groups, item, group = paired_names(
        engine.make(LOG), item_col="what", other_col="group", parameter="category_col",
        date_col="when", as_of=dt.date(2024, 1, 31), tz=None,
    )  # fmt: skip
    assert items.tolist() == ["a", "b"]
    assert groups.tolist() == ["x", "y"]
    assert item.tolist() == [0, 1]
    assert group.tolist() == [0, 1]


def test_an_unknown_column_is_named_by_its_parameter(engine):
    with pytest.raises(ColumnNotFoundError, match=r"item_col='wat'.*'what'"):
        read_dated_items(engine.make(LOG), as_of=dt.date.max, **NAMES | {"item_col": "wat"})
