"""Deals are read once, checked together, and known as of a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.forecast._deal_rows import LOST, NEVER, OPEN, WON, known_on, read_deals
from tests.forecast.pipelines import COLUMNS, day, tiny


def test_a_tiny_table_by_hand():
    deals = read_deals(tiny(), COLUMNS)
    assert deals.ids.tolist() == ["a", "b", "c", "d"]
    assert deals.outcome.tolist() == [WON, LOST, OPEN, OPEN]
    assert deals.created.tolist()[:2] == [day(2024, 1, 1), day(2024, 1, 5)]
    assert deals.closed.tolist() == [day(2024, 1, 11), day(2024, 1, 25), NEVER, NEVER]
    assert deals.is_open.tolist() == [False, False, True, True]


def test_what_happened_later_is_not_known():
    deals = known_on(read_deals(tiny(), COLUMNS), day(2024, 1, 12))
    assert deals.ids.tolist() == ["a", "b", "d"], "c did not exist yet"
    assert deals.outcome.tolist() == [WON, OPEN, OPEN], "b was not lost yet"
    assert known_on(read_deals(tiny(), COLUMNS), day(2024, 1, 11)).outcome[0] == WON, "inclusive"


def test_every_engine_reads_the_same(engine):
    found = read_deals(engine.make(tiny()), COLUMNS)
    expected = read_deals(tiny(), COLUMNS)
    for one, two in zip(found[1:5], expected[1:5], strict=True):
        assert np.asarray(one).tolist() == np.asarray(two).tolist()


def test_a_pipeline_without_any_closing_can_be_read():
    frame = tiny(closed_at=[None] * 4, outcome=[None] * 4)
    assert read_deals(frame, COLUMNS).is_open.all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": ["Won", "lost", None, None]}, "1 of 4 values of 'outcome' are neither"),
        ({"outcome": ["won", "lost", "won", None]}, "won or lost .* no 'closed_at'"),
        ({"outcome": ["won", None, None, None]}, "1 of 4 deals have a date in 'closed_at' but no"),
        ({"amount": [100.0, 200.0, None, None]}, "2 of 2 open deals have a missing"),
        ({"amount": [-1.0, 200.0, 1.0, 1.0]}, "1 of 1 won deals"),
        ({"deal_id": ["a", "a", "c", "d"]}, "1 of 4 rows repeat"),
        ({"deal_id": ["a", None, "c", "d"]}, "1 of 4 values of 'deal_id' are missing"),
        ({"created_at": pd.to_datetime(["2024-01-12", "2024-01-05", "2024-01-26", "2024-01-01"])},
         "1 of 4 deals have 'closed_at' before 'created_at'"),
        ({"created_at": ["x"] * 4}, "must hold dates"),
        ({"amount": ["x"] * 4}, "must hold numbers"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_counted(changes, message):
    with pytest.raises(DataContractError, match=message):
        read_deals(tiny(**changes), COLUMNS)


def test_missing_columns_and_empty_tables_are_refused():
    with pytest.raises(ColumnNotFoundError, match="did you mean 'amount'"):
        read_deals(tiny(), COLUMNS | {"amount_col": "amounts"})
    with pytest.raises(NotEnoughDataError, match="empty"):
        read_deals(tiny().iloc[:0], COLUMNS)


def test_a_list_price_excuses_open_deals_from_having_an_amount():
    frame = tiny(amount=[90.0, 0.0, None, None]).assign(list_price=[100.0, None, 300.0, 400.0])
    deals = read_deals(frame, COLUMNS | {"list_price_col": "list_price"})
    assert deals.list_price[2:].tolist() == [300.0, 400.0]
