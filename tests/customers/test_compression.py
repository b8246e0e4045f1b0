"""compress_summary: equal customers counted once, on every engine."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.customers import compress_summary, purchase_summary
from crmlytics.errors import ColumnNotFoundError, DataContractError
from tests.support.purchases import make_log


@pytest.fixture
def summary():
    return pd.DataFrame(
        {
            "customer_id": [1, 2, 3, 4],
            "frequency": [0, 2, 0, 2],
            "recency": [0.0, 5.5, 0.0, 5.5],
            "T": [9.0, 9.0, 9.0, 8.0],
            "w": [1.0, 2.0, 3.5, 1.0],
        }
    )


def test_equal_rows_are_counted(engine, summary):
    found = engine.columns(compress_summary(engine.make(summary)))
    assert found == {
        "frequency": [0, 2, 2],
        "recency": [0.0, 5.5, 5.5],
        "T": [9.0, 8.0, 9.0],
        "weight": [2, 1, 1],
    }


def test_weights_add_up(engine, summary):
    found = engine.columns(
        compress_summary(engine.make(summary), columns=["frequency"], weight_col="w")
    )
    assert found == {"frequency": [0, 2], "weight": [4.5, 3.0]}


def test_every_customer_is_counted_once(engine):
    log = make_log(500, customers=60, refunds=0.0)
    whole = purchase_summary(log, as_of=dt.date(2023, 12, 31), unit="W")
    found = engine.columns(compress_summary(engine.make(whole)))
    assert sum(found["weight"]) == len(whole)
    assert all(type(weight) is int for weight in found["weight"])
    assert len(found["weight"]) == len(whole[["frequency", "recency", "T"]].drop_duplicates())


def test_wrong_columns_are_refused(summary):
    with pytest.raises(ColumnNotFoundError, match="did you mean 'recency'"):
        compress_summary(summary, columns=["recencies"])
    with pytest.raises(ValueError, match="must be a sequence"):
        compress_summary(summary, columns="frequency")
    with pytest.raises(DataContractError, match="bears the name"):
        compress_summary(summary.rename(columns={"w": "weight"}), columns=["weight"])
