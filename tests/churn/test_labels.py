"""churn_labels and contract_lifetimes: by hand, published rate, laws, refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.churn import churn_labels, contract_lifetimes
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from tests.support.engines import columns
from tests.support.purchases import make_log

AS_OF = dt.date(2024, 6, 30)


def contracts_of(*rows):
    frame = pd.DataFrame(rows, columns=["started_at", "ended_at", "why"])
    return frame.assign(
        started_at=pd.to_datetime(frame["started_at"]), ended_at=pd.to_datetime(frame["ended_at"])
    )


def test_three_customers_by_hand():
    events = pd.DataFrame(
        {
            "customer_id": ["ann", "bob", "ann", "cem", "bob"],
            "date": pd.to_datetime(
                ["2024-01-05", "2024-02-20", "2024-03-10", "2023-05-01", "2024-03-31"]
            ),
        }
    )
    found = churn_labels(
        events, cutoffs=dt.date(2024, 3, 1), active_within=60, horizon=30, unit="D", as_of=AS_OF
    )
    # Cem was not active; Bob's purchase of 31 March is the day after the window.
    assert found["customer_id"].tolist() == ["ann", "bob"]
    assert found["churned"].tolist() == [0, 1]


@pytest.mark.data
def test_online_retail(online_retail, golden):
    found = churn_labels(
        online_retail, cutoffs=dt.date(2011, 9, 10), active_within=None, horizon=90, unit="D",
        amount_col="amount",
    )  # fmt: skip
    source = "reference page churn_and_leads 1 and 5"
    golden("Online Retail: customers labelled on 2011-09-10", ours=len(found), published=3370,
           source=source)  # fmt: skip
    golden("Online Retail: churn rate over 90 days", ours=float(found["churned"].mean()),
           published=0.431, source=source, tolerance=5e-4)  # fmt: skip


def test_an_outcome_that_is_not_over_is_refused():
    with pytest.raises(NotEnoughDataError, match="not over"):
        churn_labels(make_log(), cutoffs=dt.date(2023, 12, 1), active_within=90, horizon=90,
                     unit="D")  # fmt: skip
    with pytest.raises(ValueError, match="horizon must be"):
        churn_labels(make_log(), cutoffs=dt.date(2023, 6, 1), active_within=90, horizon=None,
                     unit="D")  # fmt: skip


def test_contracts_by_hand():
    table = contracts_of(
        ("2024-01-10", "2024-01-31", "price"),  # ends in its first month
        ("2024-01-31", "2024-02-01", "price"),  # in its second, two days later
        ("2024-02-01", None, None),
        ("2024-02-01", "2024-09-01", "moved"),  # not over by the day of the analysis
        ("2024-07-01", None, None),  # has not begun
    )
    found = contract_lifetimes(table, as_of=AS_OF, unit="M", reason_col="why")
    assert found["duration"].tolist() == [1, 2, 5, 5]
    assert found["event"].tolist() == [1, 1, 0, 0]
    assert found["cause"].tolist()[:2] == ["price", "price"]
    assert found["cause"].isna().tolist() == [False, False, True, True]


def test_every_engine_finds_the_same(engine):
    table = contracts_of(("2024-01-10", "2024-01-31", "a"), ("2024-02-01", None, None))
    expected = columns(contract_lifetimes(table, as_of=AS_OF, unit="W", reason_col="why"))
    found = contract_lifetimes(engine.make(table), as_of=AS_OF, unit="W", reason_col="why")
    assert engine.columns(found) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), min_size=1, max_size=20),
    st.sampled_from("DWMQY"),
)
def test_lifetimes_grow_with_the_day_and_end_once(rows, unit):
    start = pd.Timestamp("2024-01-01")
    table = pd.DataFrame(
        {
            "started_at": [start + pd.Timedelta(days=a) for a, _ in rows],
            "ended_at": [start + pd.Timedelta(days=a + b) for a, b in rows],
        }
    )
    first, later = (
        contract_lifetimes(table, as_of=dt.date(2024, 1, 1) + dt.timedelta(days=day), unit=unit)
        for day in (400, 500)
    )
    assert (first["duration"] >= 1).all()
    assert (later["duration"] >= first["duration"]).all()
    both = (first["event"] == 1).to_numpy()
    assert (later["duration"][both] == first["duration"][both]).all()
    assert later["event"].all()


def test_times_of_a_zone_need_its_name():
    table = contracts_of(("2024-01-31 23:30", None, None))
    aware = table.assign(started_at=table["started_at"].dt.tz_localize("UTC"))
    with pytest.raises(DataContractError, match="tz="):
        contract_lifetimes(aware, as_of=AS_OF, unit="M")
    found = contract_lifetimes(aware, as_of=AS_OF, unit="M", tz="Europe/Warsaw")
    assert found["duration"].tolist() == [5]  # February already in Warsaw


@pytest.mark.parametrize(
    ("changed", "options", "error", "words"),
    [
        ({"started_at": pd.NaT}, {}, DataContractError, "1 of 1 values of 'started_at' are miss"),
        ({"started_at": "soon"}, {}, DataContractError, "must hold dates"),
        ({"duration": 1}, {}, DataContractError, "result column"),
        ({}, {"ended_col": "over"}, ColumnNotFoundError, "over"),
        ({"ended_at": pd.Timestamp("2023-01-01")}, {}, DataContractError, "end before they start"),
        ({}, {"unit": "h"}, ValueError, "unit must be one of"),
    ],
)
def test_refusals(changed, options, error, words):
    table = contracts_of(("2024-01-10", "2024-01-31", "a")).assign(**changed)
    with pytest.raises(error, match=words):
        contract_lifetimes(table, **({"as_of": AS_OF, "unit": "M"} | options))


def test_no_contract_gives_no_lifetime():
    table = contracts_of(("2024-07-10", None, "a"))
    found = contract_lifetimes(table, as_of=AS_OF, unit="M")
    assert len(found) == 0
    assert found["duration"].dtype == np.int64
