"""revenue_retention: hand case, oracle on every engine, published month, identities, intervals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.retention import growth_accounting, revenue_retention
from tests.retention.oracles import revenue_oracle
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log, quiet

ENDS = ("grr_low", "grr_high", "nrr_low", "nrr_high")
SOURCE = "UCI Online Retail (352), worked out with pandas alone"


def without_intervals(table):
    return {name: values for name, values in table.items() if name not in ENDS}


def test_the_published_revenue_example(engine, two_months, golden):
    table = revenue_retention(engine.make(two_months), unit="M", as_of=dt.date(2024, 3, 31))
    found = {name: values[-1] for name, values in engine.columns(table).items()}
    names = ("start", "retained", "expansion", "contraction", "churned", "grr", "nrr")
    golden(
        "GRR and NRR of four customers", ours=[round(found[name], 12) for name in names],
        published=[200.0, 160.0, 20.0, 10.0, 30.0, 0.8, 0.9], source="by hand",
    )  # fmt: skip
    assert found["n"] == 4


@pytest.mark.parametrize(
    ("unit", "lag", "refunds"),
    [("W", 1, "net"), ("M", 1, "ignore"), ("M", 3, "net"), ("Q", 2, "net")],
)
def test_every_engine_equals_the_oracle(engine, unit, lag, refunds):
    log, as_of = make_log(300, refunds=0.3, seed=4), dt.date(2023, 10, 20)
    table = quiet(
        revenue_retention, engine.make(log), unit=unit, as_of=as_of, lag=lag, refunds=refunds,
        incomplete="include",
    )  # fmt: skip
    expected = revenue_oracle(log, as_of, unit, lag=lag, refunds=refunds)
    assert_same(without_intervals(engine.columns(table)), expected)


@pytest.mark.data
def test_february_of_online_retail(online_retail, golden):
    # Printed in cents and four digits.
    table = revenue_retention(online_retail, unit="M", as_of=dt.date(2011, 12, 10))
    row = table[table["period"] == "2011-02-01"].iloc[0]
    money = {"start": 569_445.04, "retained": 164_256.40, "expansion": 51_407.12,
             "contraction": 58_160.24, "churned": 347_028.40}  # fmt: skip
    for name, value in money.items():
        golden(f"Online Retail, 2011-02: {name} of revenue retention", ours=float(row[name]),
               published=value, tolerance=0.00501, source=SOURCE)  # fmt: skip
    for name, value in {"grr": 0.2884, "nrr": 0.3787}.items():
        golden(f"Online Retail, 2011-02: {name.upper()}", ours=float(row[name]), published=value,
               tolerance=5.01e-5, source=SOURCE)  # fmt: skip
    assert table["complete"].tolist() == [True] * 11 + [False]
    assert table["grr"].isna().tolist() == [False] * 11 + [True]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6), n=st.integers(2, 150), kind=st.sampled_from(["pandas", "polars"])
)
def test_the_identities_hold_to_the_cent(seed, n, kind):
    from tests.support.engines import ENGINES

    log, as_of = make_log(n, customers=12, days=120, seed=seed, refunds=0.2), dt.date(2023, 3, 25)
    log.loc[0, "amount"] = 1.0
    asked = {"unit": "W", "as_of": as_of}
    frame = ENGINES[kind].make(log)
    table = columns(quiet(revenue_retention, frame, incomplete="include", **asked))
    growth = columns(quiet(growth_accounting, frame, amount_col="amount", **asked))
    assert table["period"] == growth["period"][1:]
    for i, start in enumerate(table["start"]):
        row = {name: values[i] for name, values in table.items()}
        kept, lost = row["retained"], row["contraction"] + row["churned"]
        assert round(start - kept - lost, 2) == 0.0
        assert row["n"] == growth["active"][i]
        assert row["expansion"] == pytest.approx(growth["expansion"][i + 1], abs=1e-8)
        assert row["churned"] == pytest.approx(growth["revenue_churned"][i + 1], abs=1e-8)
        if row["grr"] is not None:
            assert 0.0 <= row["grr"] <= 1.0 + 1e-12
            assert row["grr"] <= row["nrr"] + 1e-12
        if row["grr_low"] is not None:
            assert row["grr_low"] <= row["grr"] + 1e-9
            assert row["nrr_low"] <= row["nrr"] + 1e-9 <= row["nrr_high"] + 2e-9


def test_the_interval_is_that_of_a_ratio_of_sums():
    # Four customers with 100, 50, 30, 20, who bring 120, 40, 0, 20: NRR 0.9, by hand
    # residuals y - 0.9 x = 30, -5, -27, 2; variance 4/3 (900 + 25 + 729 + 4) / 200².
    before, now = [100.0, 50.0, 30.0, 20.0], [120.0, 40.0, None, 20.0]
    rows = [(f"c{i}", "2024-02-05", x) for i, x in enumerate(before)]
    rows += [(f"c{i}", "2024-03-05", y) for i, y in enumerate(now) if y is not None]
    log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    log["date"] = pd.to_datetime(log["date"])
    row = revenue_retention(log, unit="M", as_of=dt.date(2024, 3, 31)).iloc[0]
    half = 1.959963984540054 * np.sqrt(4 / 3 * 1658) / 200
    assert row["nrr"] == pytest.approx(0.9)
    assert row["nrr_low"] == pytest.approx(0.9 - half)
    assert row["nrr_high"] == pytest.approx(0.9 + half)
    assert row["grr_high"] == 1.0


def test_the_interval_covers_where_money_is_spread():
    # 300 pairs of months with 150 customers of their own, 60 % of whom stay: three standard errors
    # of a coverage of 0.95 are 0.038.
    random, n, pairs = np.random.default_rng(5), 150, 300
    size = n * pairs
    stays = random.random(size) < 0.6
    month = np.datetime64("1970-01") + 2 * np.repeat(np.arange(pairs), n)
    when = np.concatenate((month, month[stays] + 1)).astype("datetime64[us]")
    log = pd.DataFrame(
        {
            "customer_id": np.concatenate((np.arange(size), np.flatnonzero(stays))),
            "date": when,
            "amount": random.gamma(2.0, 20.0, len(when)),
        }
    )
    table = revenue_retention(log, unit="M", as_of=dt.date(2019, 12, 31))
    table = table[table["nrr"].notna() & (table["nrr"] > 0)]
    assert len(table) == pairs
    assert table["nrr_low"].le(0.6).mul(table["nrr_high"].ge(0.6)).mean() >= 0.95 - 0.038


def test_one_customer_and_free_purchases_have_no_rates_to_speak_of(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "date": pd.to_datetime(["2024-01-10", "2024-02-10", "2024-03-10"]),
            "amount": [0.0, 10.0, 5.0],
        }
    )
    found = engine.columns(
        revenue_retention(engine.make(log), unit="M", as_of=dt.date(2024, 3, 31))
    )
    assert found["start"] == [0.0, 10.0]
    assert found["grr"] == [None, 0.5]
    assert found["grr_low"] == found["nrr_high"] == [None, None]


def test_refunds_beyond_the_purchases_count_as_nothing_and_are_told(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "b"],
            "date": pd.to_datetime(["2024-01-10", "2024-02-10", "2024-01-11", "2024-02-20"]),
            "amount": [10.0, -30.0, 20.0, 20.0],
        }
    )
    with pytest.warns(DataQualityWarning, match=r"in 1 customer-periods .* by 30\.00"):
        table = revenue_retention(engine.make(log), unit="M", as_of=dt.date(2024, 2, 29))
    found = engine.columns(table)
    assert (found["churned"], found["grr"]) == ([10.0], [20 / 30])


def test_the_period_that_is_not_over_is_masked(engine, two_months):
    table = revenue_retention(engine.make(two_months), unit="M", as_of=dt.date(2024, 3, 30))
    found = {name: values[-1] for name, values in engine.columns(table).items()}
    assert (found["n"], found["start"], found["complete"]) == (4, 200.0, False)
    assert found["grr"] is found["churned"] is found["nrr_high"] is None


def test_no_rows_make_an_empty_table(engine, no_rows):
    table = revenue_retention(engine.make(no_rows), unit="M", as_of=dt.date(2024, 3, 31))
    assert set(map(len, engine.columns(table).values())) == {0}


@pytest.mark.parametrize(
    "wrong",
    [{"unit": "month"}, {"lag": 0}, {"incomplete": "drop"}, {"refunds": "drop"}, {"level": 95}],
)
def test_wrong_parameters_are_named(two_months, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        revenue_retention(two_months, **({"unit": "M", "as_of": dt.date(2024, 3, 31)} | wrong))
    with pytest.raises(DataContractError, match="1 of 11 values of 'amount' are negative"):
        revenue_retention(
            two_months.assign(amount=[-1.0] + [1.0] * 10), unit="M", as_of=dt.date(2024, 3, 31),
            refunds="error",
        )  # fmt: skip
