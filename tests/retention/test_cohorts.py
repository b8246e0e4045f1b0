"""cohort_table: hand cases, the plain-Python oracle on every engine, published triangles, laws."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics._core.intervals import wilson
from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.retention import cohort_matrix, cohort_table
from tests.retention.oracles import cohort_oracle
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log, quiet

KINDS = ("on", "on_or_after", "every")
COLUMNS = ["cohort", "age", "n", "active", "rate", "low", "high", "complete"]

#: Reference page, 8.4: users active at age 0, 1, 2, …; the last of each row is 9 days only.
ONLINE_RETAIL = """
2010-12 885 324 286 340 321 352 321 309 313 350 331 445 235
2011-01 417 92 111 96 134 120 103 101 125 136 152 49
2011-02 380 71 71 108 103 94 96 106 94 116 26
2011-03 452 68 114 90 101 76 121 104 126 39
2011-04 300 64 61 63 59 68 65 78 22
2011-05 284 54 49 49 59 66 75 27
2011-06 242 42 38 64 56 81 23
2011-07 188 34 39 42 51 21
2011-08 169 35 42 41 21
2011-09 299 70 90 34
2011-10 358 86 41
2011-11 323 36
2011-12 41
"""


def without_interval(table):
    return {name: values for name, values in table.items() if name not in ("low", "high")}


@pytest.mark.parametrize(
    ("kind", "active"),
    [("on", [4, 2, 2, 2]), ("on_or_after", [4, 4, 3, 2]), ("every", [4, 2, 1, 1])],
)
def test_the_four_published_users(engine, four_users, kind, active):
    # Reference page, 8.3.
    table = cohort_table(engine.make(four_users), unit="M", as_of=dt.date(2024, 4, 30), kind=kind)
    found = engine.columns(table)
    assert list(found) == COLUMNS
    assert found["cohort"] == [dt.date(2024, 1, 1)] * 4
    assert found["active"] == active
    assert found["rate"] == [count / 4 for count in active]
    assert found["complete"] == [True] * 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", ["D", "W", "M", "Q", "Y"])
def test_every_engine_equals_the_oracle(engine, unit, kind):
    # The log runs over the turn of 2022 to 2023, whose week belongs to both years.
    as_of = dt.date(2023, 1, 14) if unit == "D" else dt.date(2023, 10, 31)
    log = make_log(200, days=340, seed=3)
    table = cohort_table(engine.make(log), unit=unit, as_of=as_of, kind=kind)
    assert_same(without_interval(engine.columns(table)), cohort_oracle(log, as_of, unit, kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("refunds", ["net", "ignore"])
def test_every_engine_equals_the_oracle_with_money(engine, refunds, kind):
    as_of = dt.date(2023, 10, 20)
    log = make_log(300, refunds=0.4, seed=4)
    table = quiet(
        cohort_table, engine.make(log), unit="M", as_of=as_of, kind=kind,
        amount_col="amount", refunds=refunds, incomplete="include",
    )  # fmt: skip
    expected = cohort_oracle(log, as_of, "M", kind, refunds=refunds, mask=False)
    assert_same(without_interval(engine.columns(table)), expected)


@pytest.mark.data
def test_the_triangle_of_online_retail(online_retail, golden):
    table = columns(
        cohort_table(online_retail, unit="M", as_of=dt.date(2011, 12, 10), incomplete="include")
    )
    found = list(zip(table["cohort"], table["age"], table["active"], strict=True))
    for month, *row in map(str.split, ONLINE_RETAIL.strip().splitlines()):
        cohort = dt.date.fromisoformat(f"{month}-01")
        golden(
            f"Online Retail, cohort {month}: customers active at age 0, 1, 2 …",
            ours=[active for start, _, active in found if start == cohort],
            published=[int(count) for count in row],
            source="UCI Online Retail (352), worked out with pandas alone",
        )
    assert len(found) == 91
    assert sum(n for n, age in zip(table["n"], table["age"], strict=True) if age == 0) == 4338
    # 324 of 885: reference page, 8.3.
    assert table["low"][1] == pytest.approx(0.3350, abs=5e-5)
    assert table["high"][1] == pytest.approx(0.3984, abs=5e-5)


@pytest.mark.data
@pytest.mark.parametrize(
    ("age", "pooled", "mean"),
    [(1, 0.2365, 0.2148), (3, 0.2692, 0.2456), (6, 0.2873, 0.2685), (9, 0.3579, None),
     (10, 0.3710, 0.3693), (11, 0.5028, None)],
)  # fmt: skip
def test_masked_cells_leave_the_complete_averages(online_retail, age, pooled, mean):
    # Reference page, 8.4: averages over the cells that are complete.
    table = cohort_table(online_retail, unit="M", as_of=dt.date(2011, 12, 10))
    cells = table[(table["age"] == age) & table["rate"].notna()]
    assert cells["active"].sum() / cells["n"].sum() == pytest.approx(pooled, abs=5e-5)
    if mean is not None:
        assert cells["rate"].mean() == pytest.approx(mean, abs=5e-5)


def test_the_period_that_is_not_over_is_masked(engine, four_users):
    frame = engine.make(four_users)
    table = cohort_table(frame, unit="M", as_of=dt.date(2024, 4, 29))
    found = engine.columns(table)
    assert found["complete"] == [True, True, True, False]
    assert found["n"] == [4, 4, 4, 4]
    for name in ("active", "rate", "low", "high"):
        assert found[name][3] is None
        assert None not in found[name][:3]
    shown = cohort_table(frame, unit="M", as_of=dt.date(2024, 4, 29), incomplete="include")
    assert engine.columns(shown)["active"] == [4, 2, 2, 2]
    assert engine.columns(shown)["complete"] == [True, True, True, False]


def test_the_youngest_cohort_is_not_over_either(engine):
    log = pd.DataFrame({"customer_id": [7], "date": pd.to_datetime(["2024-03-05 12:00"])})
    found = engine.columns(cohort_table(engine.make(log), unit="M", as_of=dt.date(2024, 3, 5)))
    assert_same(
        found,
        {
            "cohort": [dt.date(2024, 3, 1)], "age": [0], "n": [1], "active": [None],
            "rate": [None], "low": [None], "high": [None], "complete": [False],
        },
    )  # fmt: skip


def test_weeks_run_monday_to_sunday_over_the_turn_of_the_year(engine):
    # 2024-12-30 is a Monday; Sunday 2025-01-05 is the same week, Monday 2025-01-06 the next.
    log = pd.DataFrame(
        {
            "customer_id": ["a", "b", "b"],
            "date": pd.to_datetime(["2024-12-30 00:00", "2025-01-05 23:59", "2025-01-06 00:00"]),
        }
    )
    table = cohort_table(engine.make(log), unit="W", as_of=dt.date(2025, 1, 12))
    found = engine.columns(table)
    assert found["cohort"] == [dt.date(2024, 12, 30)] * 2
    assert found["active"] == [2, 1]


def test_rows_after_as_of_do_not_exist(engine, four_users):
    table = cohort_table(
        engine.make(four_users), unit="M", as_of=dt.date(2024, 2, 29), kind="on_or_after"
    )
    assert engine.columns(table)["active"] == [4, 2]


def test_a_refund_is_no_activity_but_lowers_the_money(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "c"],
            "date": pd.to_datetime(
                ["2023-12-30", "2024-01-02", "2024-02-09", "2024-01-05", "2024-01-06"]
            ),
            "amount": [-1.0, 10.0, -4.0, 0.0, -3.0],
        }
    )
    frame = engine.make(log)
    with pytest.warns(DataQualityWarning, match="1 customers have refunds and no purchase"):
        table = cohort_table(frame, unit="M", as_of=dt.date(2024, 2, 29), amount_col="amount")
    found = engine.columns(table)
    assert list(found) == [*COLUMNS[:-1], "revenue", "complete"]
    assert found["cohort"] == [dt.date(2024, 1, 1)] * 2
    assert found["n"] == [2, 2]
    assert found["active"] == [2, 0]
    assert found["revenue"] == [9.0, -4.0]
    with pytest.raises(DataContractError, match=r"3 of 5 values of 'amount' are negative"):
        cohort_table(
            engine.make(log), unit="M", as_of=dt.date(2024, 2, 29), amount_col="amount",
            refunds="error",
        )  # fmt: skip


def test_refunds_alone_make_an_empty_table(engine):
    log = pd.DataFrame(
        {"customer_id": ["a"], "date": pd.to_datetime(["2024-01-02"]), "amount": [-1.0]}
    )
    frame = engine.make(log)
    with pytest.warns(DataQualityWarning, match="1 customers"):
        table = cohort_table(frame, unit="M", as_of=dt.date(2024, 2, 29), amount_col="amount")
    assert engine.columns(table)["cohort"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_make_an_empty_table(engine, no_rows, kind):
    table = cohort_table(engine.make(no_rows), unit="M", as_of=dt.date(2024, 2, 29), kind=kind)
    assert engine.columns(table) == {name: [] for name in COLUMNS}


def test_aware_dates_need_the_business_zone(engine):
    # Reference page, section 6: cohort 2024-02 in UTC and 2024-01 in New York.
    log = pd.DataFrame(
        {"customer_id": ["a"], "date": pd.to_datetime(["2024-02-01 04:30"]).tz_localize("UTC")}
    )
    frame, as_of = engine.make(log), dt.date(2024, 2, 29)
    with pytest.raises(DataContractError, match="pass the business time zone"):
        cohort_table(frame, unit="M", as_of=as_of)
    ages = {
        tz: engine.columns(cohort_table(frame, unit="M", as_of=as_of, tz=tz))["cohort"]
        for tz in ("America/New_York", "UTC")
    }
    assert ages["America/New_York"] == [dt.date(2024, 1, 1)] * 2
    assert ages["UTC"] == [dt.date(2024, 2, 1)]


def test_the_interval_is_wilsons_at_the_level_asked_for(four_users):
    table = cohort_table(four_users, unit="M", as_of=dt.date(2024, 4, 30), level=0.8)
    low, high = wilson(table["active"], table["n"], 0.8)
    assert table["low"].tolist() == low.tolist()
    assert table["high"].tolist() == high.tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "month"},
        {"kind": "rolling"},
        {"incomplete": "drop"},
        {"refunds": "drop"},
        {"level": 95},
        {"as_of": "yesterday"},
        {"tz": "Mars/Olympus"},
    ],
)
def test_wrong_parameters_are_named(four_users, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        cohort_table(four_users, **({"unit": "M", "as_of": dt.date(2024, 4, 30)} | wrong))


def test_wrong_data_are_refused(engine, four_users):
    asked = {"unit": "M", "as_of": dt.date(2024, 4, 30)}
    missing = four_users.copy()
    missing.loc[1, "date"] = None
    with pytest.raises(DataContractError, match="1 of 10 values of 'date' are missing"):
        cohort_table(engine.make(missing), **asked)
    with pytest.raises(ColumnNotFoundError, match="did you mean 'customer_id'"):
        cohort_table(engine.make(four_users), customer_col="customerid", **asked)
    with pytest.raises(NotEnoughDataError, match="lies before all 10 rows"):
        cohort_table(engine.make(four_users), unit="M", as_of=dt.date(2000, 1, 1))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6), n=st.integers(1, 120), unit=st.sampled_from(["D", "W", "M", "Q"])
)
def test_laws(seed, n, unit):
    # Reference page, section 9.
    as_of = dt.date(2023, 2, 28)
    log = make_log(n, customers=15, days=100, seed=seed)
    tables = {
        kind: columns(cohort_table(log, unit=unit, as_of=as_of, kind=kind, incomplete="include"))
        for kind in KINDS
    }
    on = tables["on"]
    for every, at, after in zip(*(tables[k]["active"] for k in ("every", "on", "on_or_after")),
                                strict=True):  # fmt: skip
        assert every <= at <= after
    starts = [i for i, age in enumerate(on["age"]) if age == 0]
    assert all(tables[kind]["active"][i] == on["n"][i] for kind in KINDS for i in starts)
    assert sum(on["n"][i] for i in starts) == log["customer_id"].nunique()
    for kind in ("every", "on_or_after"):
        active = tables[kind]["active"]
        assert all(active[i] <= active[i - 1] for i in range(len(active)) if on["age"][i] > 0)
    shuffled = cohort_table(log.sample(frac=1, random_state=seed), unit=unit, as_of=as_of)
    assert_same(columns(shuffled), columns(cohort_table(log, unit=unit, as_of=as_of)))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 120))
def test_the_money_adds_up(seed, n):
    log = make_log(n, customers=15, days=100, seed=seed, refunds=0.3)
    table = quiet(
        cohort_table, log, unit="W", as_of=dt.date(2023, 2, 28), amount_col="amount",
        incomplete="include",
    )  # fmt: skip
    buyers = log.loc[log["amount"] >= 0, "customer_id"].unique()
    books = log.loc[log["customer_id"].isin(buyers), "amount"].sum()
    # Sums of at most 120 amounts in another order.
    assert table["revenue"].sum() == pytest.approx(books, abs=1e-8)


def test_the_slow_search_equals_the_fast_table(monkeypatch):
    from crmlytics.retention import _activity

    log = make_log(200, seed=9)
    asked = {"unit": "W", "as_of": dt.date(2023, 10, 31), "amount_col": "amount"}
    fast = columns(quiet(cohort_table, log, **asked))
    monkeypatch.setattr(_activity, "_MOST_CELLS", 0)
    assert columns(quiet(cohort_table, log, **asked)) == fast


def test_the_matrix_of_the_table_is_the_published_triangle_in_small(engine, four_users):
    later = pd.DataFrame({"customer_id": ["V"], "date": pd.to_datetime(["2024-03-03"])})
    log = pd.concat([four_users, later], ignore_index=True)
    table = cohort_table(engine.make(log), unit="M", as_of=dt.date(2024, 4, 20))
    assert_same(
        engine.columns(cohort_matrix(table)),
        {
            "cohort": [dt.date(2024, 1, 1), dt.date(2024, 3, 1)],
            "n": [4, 1],
            "0": [1.0, 1.0],
            "1": [0.5, None],
            "2": [0.5, None],
            "3": [None, None],
        },
    )


def test_one_date_of_the_year_1_needs_no_grid_of_all_weeks():
    stamps = pd.Series(["0001-01-01", "2024-01-06"]).astype("datetime64[s]")
    log = pd.DataFrame({"customer_id": ["a", "b"], "date": stamps})
    table = cohort_table(log, unit="W", as_of=dt.date(2024, 1, 7))
    assert table["n"].sum() == len(table)
    assert table.loc[table["cohort"] == table["cohort"].max(), "active"].tolist() == [1]
