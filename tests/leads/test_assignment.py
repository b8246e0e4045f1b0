"""assign_leads: by hand, against every plan there is, fairness, engines and refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.leads import assign_leads


def frame(values, **more):
    ids = [f"l{i:02d}" for i in range(len(values))]
    return pd.DataFrame({"lead_id": ids, "expected_value": values} | more)


def owners(table):
    return [None if pd.isna(x) else x for x in table["owner"]]


def test_dealt_to_and_fro():
    table = assign_leads(frame([50.0, 10.0, 40.0, 30.0, -5.0]), owners=["A", "B"], capacity=2)
    assert owners(table) == ["A", "A", "B", "B", None]
    table = assign_leads(frame([9.0, 8.0, 7.0, 6.0]), owners=["A", "B"], capacity={"A": 1, "B": 2})
    assert owners(table) == ["A", "B", "B", None]
    assert table["expected_value"].tolist()[:3] == [9.0, 8.0, 7.0]
    table = assign_leads(frame([1.0, np.nan, 0.0]), owners=["A"], capacity=9)
    assert owners(table) == ["A", None, None]


def test_owners_who_are_not_alike():
    # Ann is better at each, but Bob loses more by taking the second.
    leads = frame([0.0, 0.0], ann=[10.0, 9.0], bob=[8.0, 1.0])
    table = assign_leads(
        leads, owners=["Ann", "Bob"], capacity=1, value_by_owner={"Ann": "ann", "Bob": "bob"}
    )
    assert owners(table) == ["Bob", "Ann"]
    assert table["expected_value"].tolist() == [8.0, 9.0]


values = st.integers(-3, 9).map(float)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(values, values), min_size=1, max_size=5), st.integers(0, 3),
       st.integers(0, 3))  # fmt: skip
def test_no_plan_is_worth_more(rows, first, second):
    a, b = zip(*rows, strict=True)
    leads = frame([0.0] * len(rows), a=list(a), b=list(b))
    table = assign_leads(leads, owners=["A", "B"], capacity={"A": first, "B": second},
                         value_by_owner={"A": "a", "B": "b"})  # fmt: skip
    best = 0.0
    for plan in itertools.product([None, 0, 1], repeat=len(rows)):
        if plan.count(0) <= first and plan.count(1) <= second:
            best = max(best, sum(row[who] for row, who in zip(rows, plan, strict=True)
                                 if who is not None))  # fmt: skip
    assert np.nansum(table["expected_value"]) == pytest.approx(best)
    counts = table["owner"].value_counts()
    assert counts.get("A", 0) <= first
    assert counts.get("B", 0) <= second


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=30), st.integers(1, 4), st.integers(1, 5))
def test_alike_owners_get_the_most_and_about_the_same(amounts, n_owners, capacity):
    names = [f"o{i}" for i in range(n_owners)]
    table = assign_leads(frame([float(x) for x in amounts]), owners=names, capacity=capacity)
    most = sum(sorted(amounts, reverse=True)[: n_owners * capacity])
    assert table["expected_value"].sum() == most
    loads = table.groupby("owner")["expected_value"].sum().reindex(names).fillna(0.0)
    assert loads.max() - loads.min() <= max(amounts)
    shuffled = frame([float(x) for x in amounts]).sample(frac=1.0, random_state=0)
    pd.testing.assert_frame_equal(assign_leads(shuffled, owners=names, capacity=capacity), table)


def test_a_thousand_leads_and_ten_unlike_owners():
    rng = np.random.default_rng(0)
    columns = {f"o{i}": rng.gamma(1.0, 10.0, 1000) for i in range(10)}
    table = assign_leads(frame(np.zeros(1000), **columns), owners=list(columns), capacity=30,
                         value_by_owner={name: name for name in columns})  # fmt: skip
    assert table["owner"].value_counts().tolist() == [30] * 10


def test_every_engine(engine):
    leads = frame([5.0, 4.0, 3.0])
    found = engine.columns(assign_leads(engine.make(leads), owners=["A", "B"], capacity=1))
    assert found["owner"] == ["A", "B", None]


def test_bad_input_is_refused():
    leads = frame([5.0, 4.0])
    with pytest.raises(ColumnNotFoundError):
        assign_leads(leads, owners=["A"], capacity=1, value_col="worth")
    with pytest.raises(DataContractError, match="1 of 2 rows repeat"):
        assign_leads(leads.assign(lead_id="x"), owners=["A"], capacity=1)
    with pytest.raises(DataContractError, match="are missing"):
        assign_leads(leads.assign(lead_id=None), owners=["A"], capacity=1)
    with pytest.raises(DataContractError, match="are infinite"):
        assign_leads(frame([np.inf]), owners=["A"], capacity=1)
    with pytest.raises(DataContractError, match="must hold numbers"):
        assign_leads(leads.assign(expected_value="a"), owners=["A"], capacity=1)
    with pytest.raises(ValueError, match="each of them once"):
        assign_leads(leads, owners=["A", "A"], capacity=1)
    with pytest.raises(ValueError, match="capacity lacks 1 of the 2 owners"):
        assign_leads(leads, owners=["A", "B"], capacity={"A": 1})
    with pytest.raises(ValueError, match="value_by_owner lacks 1"):
        assign_leads(leads, owners=["A", "B"], capacity=1, value_by_owner={"A": "expected_value"})
    with pytest.raises(TypeError, match="a list of names"):
        assign_leads(leads, owners="Ann", capacity=1)
    with pytest.raises(ValueError, match="owner_col must not be"):
        assign_leads(leads, owners=["A"], capacity=1, owner_col="expected_value")
