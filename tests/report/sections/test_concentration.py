from __future__ import annotations

import datetime as dt

import pandas as pd

from crmlytics.report.sections import concentration
from tests.report.studies import study_of


def test_shares_and_list_by_hand(fmt):
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(10)],
            "date": pd.Timestamp("2024-01-05"),
            "amount": [1.0] * 8 + [4.0, 8.0],
        }
    )
    section = concentration.build(study_of(frame, as_of=dt.date(2024, 1, 31)), fmt)
    tables = section.all_tables()
    assert tables["top_shares"]["n"].tolist() == [1, 1, 1, 2]
    assert tables["top_shares"]["share"].tolist() == [0.4, 0.4, 0.4, 0.6]
    assert tables["top_customers"]["revenue"].tolist()[:2] == [8.0, 4.0]
    assert tables["top_customers"]["customer"].tolist()[:2] == ["Customer 1", "Customer 2"]
    assert tables["top_customers"]["recency_days"].tolist() == [26] * 10
    assert tables["concentration"]["total"].tolist() == [20.0]
    assert tables["lorenz"].iloc[-1].tolist() == [1.0, 1.0]


def test_ids_appear_when_asked_for(few, fmt):
    study = study_of(few, as_of=dt.date(2024, 3, 10), show_ids=True)
    table = concentration.build(study, fmt).tables[1]
    assert table.frame["customer"].tolist() == ["cem", "ann", "bob"]
    assert table.note == ""
