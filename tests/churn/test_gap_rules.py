"""gap_churn_table: by hand, the hit rate is the future's, refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.churn import churn_labels, gap_churn_table
from crmlytics.errors import NotEnoughDataError
from tests.support.purchases import make_log

START = dt.date(2024, 1, 1)


def log_of(**days):
    rows = [(who, START + dt.timedelta(days=day)) for who, bought in days.items() for day in bought]
    frame = pd.DataFrame(rows, columns=["customer_id", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def test_by_hand():
    log = log_of(
        ann=[0, 10, 20, 100], bob=[0, 30, 60, 90], cem=[0, 8, 16], dee=[70], eve=[0, 1, 2, 60],
    )  # fmt: skip
    table = gap_churn_table(log, as_of=START + dt.timedelta(days=110), horizon=30, unit="D")
    table = table.set_index("customer_id")
    assert table["recency_days"].to_dict() == {
        "ann": 11,
        "bob": 21,
        "cem": 95,
        "dee": 41,
        "eve": 51,
    }
    assert table.loc["cem", "usual_gap_days"] == 8
    assert table.loc["cem", "gap_ratio"] == 95 / 8
    assert table["state"].to_dict() == {
        "ann": "in rhythm", "bob": "in rhythm", "cem": "overdue", "dee": "unknown rhythm",
        "eve": "in rhythm",
    }  # fmt: skip
    assert np.isnan(table.loc["dee", "usual_gap_days"])
    # On day 81: ann 61 days silent at a gap of 10 (bought on day 100), cem 65 at 8 (did not), both
    # overdue; bob in rhythm (bought), eve 21 silent at a gap of 20 in rhythm (did not); dee.
    assert table.loc["cem", ["n", "churn_rate"]].tolist() == [2, 0.5]
    assert table.loc["bob", ["n", "churn_rate"]].tolist() == [2, 0.5]
    assert table.loc["dee", ["n", "churn_rate"]].tolist() == [1, 1.0]
    assert (table["low"] <= table["churn_rate"]).all()


@pytest.mark.data
def test_online_retail(online_retail, golden):
    """The rule's own ratio ranks worse than the plain recency of the same customers."""
    from crmlytics.evaluation import roc_auc

    day = dt.date(2011, 9, 9)
    before = online_retail[online_retail["date"] < "2011-09-10"]
    table = gap_churn_table(before, as_of=day, horizon=90, unit="D", amount_col="amount")
    labels = churn_labels(online_retail, cutoffs=dt.date(2011, 9, 10), active_within=None,
                          horizon=90, unit="D", amount_col="amount")  # fmt: skip
    assert labels["customer_id"].tolist() == table["customer_id"].tolist()
    kept = (table["purchases"] > 1).to_numpy()
    churned, recency = labels["churned"].to_numpy()[kept], table["recency_days"].to_numpy()[kept]
    golden("Online Retail: AUC of recency, customers with two purchases or more",
           ours=roc_auc(churned, recency).auc, published=0.643,
           source="reference page churn_and_leads 5", tolerance=5e-4)  # fmt: skip
    often = table["gap_ratio"].notna().to_numpy()
    own = roc_auc(labels["churned"].to_numpy()[often], table["gap_ratio"].to_numpy()[often])
    plain = roc_auc(labels["churned"].to_numpy()[often], table["recency_days"].to_numpy()[often])
    assert own.auc < plain.auc


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), factor=st.floats(0.5, 6))
def test_states_follow_from_the_columns(seed, factor):
    log = make_log(250, customers=40, seed=seed)
    table = gap_churn_table(
        log, as_of=dt.date(2023, 11, 1), horizon=60, unit="D", factor=factor, amount_col="amount"
    )
    known = table["purchases"] >= 3
    assert (table.loc[~known, "state"] == "unknown rhythm").all()
    late = known & (table["gap_ratio"] > factor)
    assert (table.loc[late, "state"] == "overdue").all()
    assert (table.loc[known & ~late, "state"] == "in rhythm").all()
    assert table.groupby("state")["n"].nunique().max() == 1


def test_a_state_nobody_was_in_has_no_rate():
    log = log_of(ann=[0, 10, 20], bob=[0])
    table = gap_churn_table(log, as_of=START + dt.timedelta(days=45), horizon=30, unit="D")
    ann = table.set_index("customer_id").loc["ann"]
    assert (ann["state"], ann["n"]) == ("in rhythm", 0) or ann["state"] == "overdue"


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="on or before the first event"):
        gap_churn_table(log_of(a=[0]), as_of=START, horizon=30, unit="D")
    with pytest.raises(ValueError, match="factor must be"):
        gap_churn_table(log_of(a=[0]), as_of=START, horizon=30, unit="D", factor=0)
