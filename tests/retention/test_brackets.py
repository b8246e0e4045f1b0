"""cohort_table with brackets of days: hand case, loops on every engine, what is complete, laws."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.retention import cohort_matrix, cohort_table
from tests.retention.oracles import first_day, purchase_days
from tests.support.engines import columns
from tests.support.purchases import make_log, period, quiet, rows_until

EDGES = (0, 1, 7, 30, 90)
AS_OF = dt.date(2023, 10, 20)


def bracket_oracle(log, as_of, unit, kind, *, refunds):
    """(cohort, from_day, to_day, n, active, complete) by loops, and the revenue of each."""
    members: dict = {}
    for customer, days in purchase_days(log, as_of, refunds=refunds).items():
        members.setdefault(period(days[0], unit), {})[customer] = days
    money = [(who, day, amount) for who, day, amount, _ in rows_until(log, as_of)]
    rows, revenue = [], []
    for cohort in sorted(members):
        starts, ends = first_day(cohort, unit), first_day(cohort + 1, unit)
        held = {
            who: {bisect.bisect(EDGES, (day - days[0]).days) - 1 for day in days}
            for who, days in members[cohort].items()
        }
        for k, (low, high) in enumerate(itertools.pairwise(EDGES)):
            if starts + dt.timedelta(days=low) > as_of:
                continue
            rules = {
                "on": lambda seen, k=k: k in seen,
                "on_or_after": lambda seen, k=k: max(seen) >= k,
                "every": lambda seen, k=k: set(range(k + 1)) <= seen,
            }
            active = sum(map(rules[kind], held.values()))
            over = ends - dt.timedelta(days=1) + dt.timedelta(days=high - 1) <= as_of
            rows.append((starts, low, high, len(held), active, over))
            revenue.append(
                sum(
                    amount
                    for who, day, amount in money
                    if who in held
                    and max(bisect.bisect(EDGES, (day - members[cohort][who][0]).days) - 1, 0) == k
                )
            )
    return rows, revenue


@pytest.mark.parametrize("kind", ["on", "on_or_after", "every"])
@pytest.mark.parametrize(("unit", "amount_col"), [("M", None), ("W", "amount")])
def test_every_engine_equals_the_oracle(engine, unit, amount_col, kind):
    log = make_log(250, refunds=0.3, seed=8)
    table = quiet(
        cohort_table, engine.make(log), unit=unit, as_of=AS_OF, kind=kind, brackets=EDGES,
        amount_col=amount_col, incomplete="include",
    )  # fmt: skip
    found = engine.columns(table)
    rows, revenue = bracket_oracle(log, AS_OF, unit, kind, refunds=amount_col is not None)
    names = ("cohort", "from_day", "to_day", "n", "active", "complete")
    assert list(zip(*(found[name] for name in names), strict=True)) == rows
    if amount_col:
        assert found["revenue"] == pytest.approx(revenue, abs=1e-9)


def test_days_since_the_first_purchase_by_hand(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "b", "c"],
            "date": pd.to_datetime(
                ["2024-01-05", "2024-01-06", "2024-02-10", "2024-01-20", "2024-01-26", "2024-01-31"]
            ),
        }
    )
    table = cohort_table(
        engine.make(log), unit="M", as_of=dt.date(2024, 2, 29), brackets=(0, 1, 7, 30, 60)
    )
    found = engine.columns(table)
    assert found["age"] == [0, 1, 2, 3]
    assert (found["from_day"], found["to_day"]) == ([0, 1, 7, 30], [1, 7, 30, 60])
    # c's [7, 30) ends with 29 February, the day of the analysis; c's [30, 60) does not.
    assert found["active"] == [3, 2, 0, None]
    assert found["complete"] == [True, True, True, False]
    assert engine.columns(cohort_matrix(table))["1"] == [2 / 3]


def test_a_refund_before_the_first_purchase_belongs_to_it(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "date": pd.to_datetime(["2023-12-30", "2024-01-05", "2024-01-20"]),
            "amount": [-2.0, 10.0, -3.0],
        }
    )
    table = cohort_table(
        engine.make(log), unit="M", as_of=dt.date(2024, 3, 31), brackets=(0, 7, 30),
        amount_col="amount",
    )  # fmt: skip
    found = engine.columns(table)
    assert found["cohort"] == [dt.date(2024, 1, 1)] * 2
    assert (found["active"], found["revenue"]) == ([1, 0], [8.0, -3.0])


@pytest.mark.parametrize("tz", ["Asia/Tokyo", "Pacific/Auckland", "America/New_York"])
def test_brackets_hold_days_of_the_business_zone(engine, tz):
    # Two local noons across a change of clocks (10 March in New York, 7 April in Auckland, none in
    # Tokyo) are one day apart, whatever the hours between them.
    for first, second in (("2024-03-09", "2024-03-10"), ("2024-04-06", "2024-04-07")):
        local = pd.to_datetime([f"{first} 12:00", f"{second} 12:00"])
        log = pd.DataFrame(
            {"customer_id": ["a", "a"], "date": local.tz_localize(tz).tz_convert("UTC")}
        )
        table = cohort_table(
            engine.make(log), unit="M", as_of=dt.date(2024, 5, 31), brackets=(0, 1, 2), tz=tz
        )
        assert engine.columns(table)["active"] == [1, 1]


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 100),
    steps=st.lists(st.integers(1, 40), min_size=1, max_size=6),
)
def test_laws(seed, n, steps):
    log = make_log(n, customers=12, days=200, seed=seed, refunds=0.0)
    edges = [0]
    for step in steps:
        edges.append(edges[-1] + step)
    asked = {"unit": "M", "as_of": dt.date(2023, 6, 30), "brackets": edges, "incomplete": "include"}
    tables = {
        kind: columns(cohort_table(log, kind=kind, **asked))
        for kind in ("on", "on_or_after", "every")
    }
    on = tables["on"]
    starts = [i for i, age in enumerate(on["age"]) if age == 0]
    assert sum(on["n"][i] for i in starts) == log["customer_id"].nunique()
    assert all(table["active"][i] == on["n"][i] for table in tables.values() for i in starts)
    for i, age in enumerate(on["age"]):
        every, at, after = (tables[kind]["active"][i] for kind in ("every", "on", "on_or_after"))
        assert every <= at <= after
        if age:
            assert after <= tables["on_or_after"]["active"][i - 1]


def test_no_rows_make_an_empty_table(engine, no_rows):
    table = cohort_table(
        engine.make(no_rows), unit="M", as_of=dt.date(2024, 3, 31), brackets=(0, 7)
    )
    assert set(map(len, engine.columns(table).values())) == {0}


@pytest.mark.parametrize("wrong", [(0,), (1, 7), (0, 7, 7), (0, 1.5), (7, 0), ()])
def test_edges_must_rise_from_0(four_users, wrong):
    with pytest.raises(ValueError, match="brackets must be"):
        cohort_table(four_users, unit="M", as_of=dt.date(2024, 4, 30), brackets=wrong)
