"""upsell_table: rungs, stays and rates by hand; a planted rate; every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import upsell_table
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from tests.support.engines import columns

START = dt.date(2024, 1, 1)
AS_OF = dt.date(2024, 4, 10)  # day 100
PRICES = {"cheap": 10.0, "middle": 20.0, "dear": 40.0, "tea": 3.0}


def log_of(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "item"])
    date = pd.Timestamp(START) + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.assign(
        date=date.astype("datetime64[us]"),
        price=frame["item"].map(PRICES),
        category=frame["item"].map(lambda item: "drink" if item == "tea" else "razor"),
    )


ROWS = [
    ("ann", 0, "cheap"), ("ann", 20, "middle"), ("ann", 30, "cheap"),  # rung 2 since day 20
    ("bob", 10, "cheap"), ("bob", 60, "cheap"),  # rung 1 since day 10
    ("cem", 40, "cheap"), ("cem", 90, "dear"),  # straight to the top
    ("dan", 80, "cheap"), ("dan", 80, "tea"),
    ("eve", 70, "cheap"), ("eve", 70, "middle"),  # both on one day: begins on rung 2
]  # fmt: skip


def test_by_hand():
    table = columns(upsell_table(log_of(ROWS), as_of=AS_OF, within=20))
    assert table["customer_id"] == ["ann", "bob", "cem", "dan", "dan", "eve"]
    assert table["category"] == ["razor", "razor", "razor", "drink", "razor", "razor"]
    assert table["rung"] == [2, 1, 3, 1, 1, 2]
    assert table["n_rungs"] == [3, 3, 3, 1, 3, 3]
    assert table["rung_price"] == [20.0, 10.0, 40.0, 3.0, 10.0, 20.0]
    assert table["next_price"] == [40.0, 20.0, None, None, 20.0, 40.0]
    assert table["since"][1] == dt.date(2024, 1, 11)
    assert table["tenure_days"] == [80, 90, 10, 20, 20, 30]
    # Stays on rung 1 of razors: ann 20 (step), cem 50 (step), bob 90 (open), dan 20 (open).
    assert table["n"] == [0, 0, 0, 0, 2, 1]
    assert table["n_stepped_up"] == [0, 0, 0, 0, 0, 0]
    assert table["step_up_rate"] == [None, None, None, None, 0.0, 0.0]
    assert table["rung_rate"] == [0.0, 0.25, None, None, 0.25, 0.0]
    assert table["ready"] == [False, False, False, False, False, True]
    # Nobody of the two known steps up, which Wilson's interval of 0 of 2 bounds by 0.6576.
    assert table["high"][4] == pytest.approx(0.6576, abs=1e-4)
    longer = columns(upsell_table(log_of(ROWS), as_of=AS_OF, within=30))
    assert (longer["n"][4], longer["n_stepped_up"][4]) == (2, 1)
    assert longer["step_up_rate"][4] == 0.5
    assert longer["ready"][4]
    # One of two: Wilson's interval at z = 1.96 is 0.0945 to 0.9055.
    assert longer["low"][4] == pytest.approx(0.0945, abs=1e-4)
    assert longer["high"][4] == pytest.approx(0.9055, abs=1e-4)


def test_a_planted_rate_is_recovered():
    rng = np.random.default_rng(8)
    rows = []
    for i in range(1_500):
        start = int(rng.integers(0, 100))
        rows.append((f"c{i:04d}", start, "cheap"))
        step = start + int(rng.geometric(0.02))
        if step <= 100:
            rows.append((f"c{i:04d}", step, "dear"))
    table = pd.DataFrame(columns(upsell_table(log_of(rows), as_of=AS_OF, within=10)))
    standing = table[(table["rung"] == 1) & (table["n"] >= 100)]
    truth = 1 - 0.98**10
    inside = (standing["low"] < truth) & (truth < standing["high"])
    assert len(standing) > 100
    # Intervals of one curve at many tenures overlap: far from all need hold the truth at 95 %.
    assert inside.mean() > 0.8
    assert standing["rung_rate"].iloc[0] == pytest.approx(truth, abs=0.03)


def test_every_engine(engine):
    log = log_of(ROWS)
    found = engine.columns(upsell_table(engine.make(log), as_of=AS_OF, within=30))
    assert found == columns(upsell_table(log, as_of=AS_OF, within=30))
    assert columns(upsell_table(log, as_of=AS_OF, within=4, unit="W")) == columns(
        upsell_table(log, as_of=AS_OF, within=28)
    )


def test_later_rows_do_not_exist():
    log = log_of(ROWS)
    early = upsell_table(log, as_of=dt.date(2024, 2, 1), within=5)
    assert early["customer_id"].tolist() == ["ann", "bob"]
    # The dear one was not there yet: the ladder had two rungs.
    assert early["n_rungs"].tolist() == [2, 2]


def test_refusals(engine):
    log = log_of(ROWS)
    options = {"as_of": AS_OF, "within": 20}
    mixed = log.assign(category=np.where(log["customer_id"] == "eve", "other", "razor"))
    mixed = mixed[(mixed["customer_id"] != "eve") | (mixed["item"] == "cheap")]
    with pytest.raises(DataContractError, match="1 of 4 items have several values of 'category'"):
        upsell_table(engine.make(mixed), **options)
    refunded = log.assign(price=log["price"].where(log.index > 1, -1.0))
    with pytest.raises(DataContractError, match="2 prices in 'price' are negative"):
        upsell_table(engine.make(refunded), **options)
    gap = log.assign(category=log["category"].where(log.index > 0, None))
    with pytest.raises(DataContractError, match="1 of 11 values of 'category' are missing"):
        upsell_table(engine.make(gap), **options)
    with pytest.raises(ColumnNotFoundError, match="category_col='kind'"):
        upsell_table(engine.make(log), category_col="kind", **options)


def test_options_are_checked():
    log = log_of(ROWS)
    refused = [({"n_rungs": 1}, "n_rungs must"), ({"within": 0}, "within must"),
               ({"unit": "M"}, "unit must"), ({"level": 1.0}, "level must"),
               ({"category_col": "item"}, "must differ")]  # fmt: skip
    for options, match in refused:
        with pytest.raises(ValueError, match=match):
            upsell_table(log, **{"as_of": AS_OF, "within": 20} | options)
    with pytest.raises(NotEnoughDataError, match="before all"):
        upsell_table(log, as_of=dt.date(2020, 1, 1), within=20)
    assert len(upsell_table(log.iloc[:0], as_of=AS_OF, within=20)) == 0
