"""growth_accounting: hand cases, the oracle on every engine, published tables, identities."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.retention import growth_accounting
from tests.retention.oracles import growth_oracle
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log, quiet

USERS = ["period", "active", "new", "retained", "resurrected", "churned", "quick_ratio"]
MONEY = [
    "revenue", "revenue_new", "revenue_retained", "revenue_resurrected", "expansion",
    "contraction", "revenue_churned", "revenue_quick_ratio",
]  # fmt: skip

#: Reference page, 8.4: active, new, retained, resurrected, churned, quick ratio of 2011-01 to -12.
ONLINE_RETAIL = [
    (741, 417, 324, 0, 561, 0.7433),
    (758, 380, 262, 116, 479, 1.0355),
    (974, 452, 290, 232, 468, 1.4615),
    (856, 300, 304, 252, 670, 0.8239),
    (1056, 284, 368, 404, 488, 1.4098),
    (991, 242, 410, 339, 646, 0.8994),
    (949, 188, 365, 396, 626, 0.9329),
    (935, 169, 388, 378, 561, 0.9750),
    (1266, 299, 425, 542, 510, 1.6490),
    (1364, 358, 489, 517, 777, 1.1261),
    (1664, 323, 622, 719, 742, 1.4043),
    (615, 41, 371, 203, 1293, 0.1887),
]


def test_the_published_revenue_example(engine, two_months):
    # Reference page, 8.3.
    table = growth_accounting(
        engine.make(two_months), unit="M", as_of=dt.date(2024, 3, 31), amount_col="amount"
    )
    found = engine.columns(table)
    assert list(found) == [*USERS, *MONEY, "complete"]
    march = {name: values[2] for name, values in found.items()}
    assert march == {
        "period": dt.date(2024, 3, 1), "active": 5, "new": 1, "retained": 3, "resurrected": 1,
        "churned": 1, "quick_ratio": 2.0, "revenue": 250.0, "revenue_new": 60.0,
        "revenue_retained": 160.0, "revenue_resurrected": 10.0, "expansion": 20.0,
        "contraction": 10.0, "revenue_churned": 30.0, "revenue_quick_ratio": 2.25,
        "complete": True,
    }  # fmt: skip
    first = {name for name, values in found.items() if values[0] is None}
    assert first == {
        "churned", "quick_ratio", "contraction", "revenue_churned", "revenue_quick_ratio"
    }  # fmt: skip


SOURCE = "UCI Online Retail (352), worked out with pandas alone"


@pytest.mark.data
def test_the_table_of_online_retail(online_retail, golden):
    table = columns(growth_accounting(online_retail, unit="M", as_of=dt.date(2011, 12, 10)))
    names = ("active", "new", "retained", "resurrected", "churned")
    for i, (*whole, ratio) in enumerate(ONLINE_RETAIL, start=1):
        golden(
            f"Online Retail, {table['period'][i]:%Y-%m}: {', '.join(names)}",
            ours=[table[name][i] for name in names], published=whole, source=SOURCE,
        )  # fmt: skip
        golden(
            f"Online Retail, {table['period'][i]:%Y-%m}: quick ratio",
            ours=table["quick_ratio"][i], published=ratio, tolerance=5.01e-5, source=SOURCE,
        )  # fmt: skip
    assert table["complete"] == [True] * 12 + [False]
    assert table["active"][0] == table["new"][0] == 885


@pytest.mark.data
def test_the_revenue_of_online_retail(online_retail, golden):
    # Printed in cents and four digits.
    table = growth_accounting(
        online_retail, unit="M", as_of=dt.date(2011, 12, 10), amount_col="amount"
    )
    january, february = table.iloc[1], table.iloc[2]
    assert january["revenue"] == pytest.approx(569_445.04, abs=0.005)
    published = {
        "revenue": 447_137.35, "revenue_retained": 164_256.40, "expansion": 51_407.12,
        "contraction": 58_160.24, "revenue_new": 158_142.07, "revenue_resurrected": 73_331.76,
        "revenue_churned": 347_028.40,
    }  # fmt: skip
    for name, value in published.items():
        golden(
            f"Online Retail, 2011-02: {name}",
            ours=float(february[name]), published=value, tolerance=0.00501, source=SOURCE,
        )  # fmt: skip
    assert february["revenue_quick_ratio"] == pytest.approx(0.6981, abs=5e-5)
    lost = february["revenue_churned"] + february["contraction"]
    assert 1 - lost / january["revenue"] == pytest.approx(0.2884, abs=5e-5)
    assert 1 - (lost - february["expansion"]) / january["revenue"] == pytest.approx(
        0.3787, abs=5e-5
    )
    assert table["revenue"].sum() == pytest.approx(8_911_407.90, abs=0.01)


@pytest.mark.parametrize("unit", ["D", "W", "M", "Q", "Y"])
def test_every_engine_equals_the_oracle(engine, unit):
    as_of = dt.date(2023, 10, 29)
    log = make_log(250, seed=6)
    table = growth_accounting(engine.make(log), unit=unit, as_of=as_of)
    assert_same(engine.columns(table), growth_oracle(log, as_of, unit))


@pytest.mark.parametrize("refunds", ["net", "ignore"])
def test_every_engine_equals_the_oracle_with_money(engine, refunds):
    as_of = dt.date(2023, 10, 20)
    log = make_log(300, refunds=0.4, seed=7)
    table = quiet(
        growth_accounting, engine.make(log), unit="M", as_of=as_of, amount_col="amount",
        refunds=refunds,
    )  # fmt: skip
    assert_same(engine.columns(table), growth_oracle(log, as_of, "M", refunds=refunds))


def test_empty_periods_are_rows(engine):
    when = pd.to_datetime(["2024-01-31", "2024-04-01"])
    log = pd.DataFrame({"customer_id": ["a", "a"], "date": when})
    found = engine.columns(growth_accounting(engine.make(log), unit="M", as_of=dt.date(2024, 5, 9)))
    assert found["period"] == [dt.date(2024, month, 1) for month in range(1, 6)]
    assert found["active"] == [1, 0, 0, 1, 0]
    assert found["churned"] == [None, 1, 0, 0, 1]
    assert found["resurrected"] == [0, 0, 0, 1, 0]
    assert found["quick_ratio"] == [None, 0.0, None, None, 0.0]
    assert found["complete"] == [True, True, True, True, False]


def test_refunds_beyond_the_purchases_count_as_nothing_and_are_told(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "b", "c"],
            "date": pd.to_datetime(
                ["2024-01-02", "2024-02-02", "2024-02-03", "2024-01-04", "2024-02-05", "2024-01-01"]
            ),
            "amount": [10.0, 5.0, -8.0, 20.0, -2.0, -1.0],
        }
    )
    frame = engine.make(log)
    with pytest.warns(DataQualityWarning) as told:
        table = growth_accounting(frame, unit="M", as_of=dt.date(2024, 2, 29), amount_col="amount")
    messages = [str(each.message) for each in told]
    assert any("1 customers have refunds and no purchase" in each for each in messages)
    assert any("in 2 customer-periods refunds exceed purchases, by 5.00" in each
               for each in messages)  # fmt: skip
    found = engine.columns(table)
    assert found["active"] == [2, 1]
    assert found["revenue"] == [30.0, 0.0]
    assert found["contraction"] == [None, 10.0]
    assert found["revenue_churned"] == [None, 20.0]


def test_nobody_lost_leaves_no_ratio_whatever_the_rounding(engine):
    # 0.1 + 0.2 + 0.3 depends on the order of summation: no loss must come of it.
    amounts = [0.1, 0.2, 0.3, 0.3, 0.2, 0.1]
    log = pd.DataFrame(
        {
            "customer_id": ["a"] * 6,
            "date": pd.to_datetime(["2024-01-02"] * 3 + ["2024-02-02"] * 3),
            "amount": amounts,
        }
    )
    table = growth_accounting(
        engine.make(log), unit="M", as_of=dt.date(2024, 2, 29), amount_col="amount"
    )
    found = engine.columns(table)
    assert found["revenue_quick_ratio"] == [None, None]
    assert found["revenue_churned"] == [None, 0.0]


def test_no_rows_and_refunds_alone_make_an_empty_table(engine, two_months, no_rows):
    asked = {"unit": "M", "as_of": dt.date(2024, 3, 31), "amount_col": "amount"}
    found = engine.columns(growth_accounting(engine.make(no_rows), **asked))
    assert found == {name: [] for name in [*USERS, *MONEY, "complete"]}
    only = engine.make(two_months.iloc[:2].assign(amount=-1.0))
    with pytest.warns(DataQualityWarning, match="2 customers have refunds and no purchase"):
        table = growth_accounting(only, **asked)
    assert engine.columns(table)["period"] == []


def test_one_row(engine):
    log = pd.DataFrame({"customer_id": [1], "date": pd.to_datetime(["2024-03-05"])})
    found = engine.columns(growth_accounting(engine.make(log), unit="Y", as_of=dt.date(2024, 4, 1)))
    assert_same(
        found,
        {
            "period": [dt.date(2024, 1, 1)], "active": [1], "new": [1], "retained": [0],
            "resurrected": [0], "churned": [None], "quick_ratio": [None], "complete": [False],
        },
    )  # fmt: skip


def test_aware_dates_fall_into_the_local_period(engine):
    log = pd.DataFrame(
        {"customer_id": ["a"], "date": pd.to_datetime(["2024-02-01 04:30"]).tz_localize("UTC")}
    )
    table = growth_accounting(
        engine.make(log), unit="M", as_of=dt.date(2024, 2, 29), tz="America/New_York"
    )
    assert engine.columns(table)["active"] == [1, 0]


@pytest.mark.parametrize(
    "wrong", [{"unit": "weeks"}, {"refunds": "drop"}, {"as_of": "now"}, {"tz": "Mars/Olympus"}]
)
def test_wrong_parameters_are_named(two_months, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        growth_accounting(two_months, **({"unit": "M", "as_of": dt.date(2024, 3, 31)} | wrong))


def test_wrong_data_are_refused(two_months):
    asked = {"unit": "M", "as_of": dt.date(2024, 3, 31), "amount_col": "amount"}
    refunded = two_months.assign(amount=-two_months["amount"])
    with pytest.raises(DataContractError, match="11 of 11 values of 'amount' are negative"):
        growth_accounting(refunded, refunds="error", **asked)
    endless = two_months.assign(amount=math.inf)
    with pytest.raises(DataContractError, match="infinite or NaN"):
        growth_accounting(endless, **asked)
    with pytest.raises(NotEnoughDataError, match="lies before all"):
        growth_accounting(two_months, unit="M", as_of=dt.date(2000, 1, 1))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 150),
    unit=st.sampled_from(["D", "W", "M", "Q"]),
    kind=st.sampled_from(["pandas", "polars"]),
)
def test_identities(seed, n, unit, kind):
    # Reference page, section 6 and 9.
    from tests.support.engines import ENGINES

    log = make_log(n, customers=12, days=120, seed=seed, refunds=0.2)
    log.loc[0, "amount"] = 1.0  # at least one purchase
    table = columns(
        quiet(
            growth_accounting, ENGINES[kind].make(log), unit=unit, as_of=dt.date(2023, 3, 25),
            amount_col="amount",
        )
    )  # fmt: skip
    near = {"rel_tol": 1e-9, "abs_tol": 1e-9}
    for i in range(len(table["period"])):
        row = {name: values[i] for name, values in table.items()}
        assert row["active"] == row["new"] + row["retained"] + row["resurrected"]
        parts = ("revenue_retained", "revenue_new", "revenue_resurrected", "expansion")
        assert math.isclose(row["revenue"], sum(row[name] for name in parts), **near)
        assert all(row[name] >= 0 for name in parts)
        if i:
            before = {name: values[i - 1] for name, values in table.items()}
            assert before["active"] == row["retained"] + row["churned"]
            assert row["active"] == (
                before["active"] + row["new"] + row["resurrected"] - row["churned"]
            )
            lost = row["contraction"] + row["revenue_churned"]
            assert math.isclose(before["revenue"], row["revenue_retained"] + lost, **near)
            assert row["contraction"] >= 0
            assert row["revenue_churned"] >= 0
    assert sum(table["new"]) == log.loc[log["amount"] >= 0, "customer_id"].nunique()


def test_the_order_of_rows_changes_nothing(engine):
    log = make_log(200, seed=8, refunds=0.0)
    asked = {"unit": "W", "as_of": dt.date(2023, 10, 29), "amount_col": "amount"}
    once = growth_accounting(engine.make(log), **asked)
    again = growth_accounting(engine.make(log.sample(frac=1, random_state=1)), **asked)
    assert_same(engine.columns(again), engine.columns(once))
