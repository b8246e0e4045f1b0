"""repeat_rate: hand case, plain-Python rates on every engine, published rates, extremes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import NotEnoughDataError
from crmlytics.retention import repeat_rate
from tests.retention.oracles import product_limit, purchase_days
from tests.support.engines import columns
from tests.support.purchases import make_log, quiet, rows_until

AS_OF = dt.date(2023, 10, 31)
SOURCE = "UCI Online Retail (352), worked out with pandas and lifelines 0.30.3"


def seconds(log, as_of, *, orders):
    """(days to the second purchase or to the end, whether there was one) of each customer."""
    if orders:
        first = defaultdict(dict)
        for customer, day, amount, order in rows_until(log, as_of):
            if amount >= 0:
                first[customer][order] = min(day, first[customer].get(order, day))
        days = {customer: sorted(each.values()) for customer, each in first.items()}
    else:
        days = purchase_days(log, as_of, refunds=True)
    return [
        ((each[1] - each[0]).days, True) if len(each) > 1 else ((as_of - each[0]).days, False)
        for each in days.values()
    ]


@pytest.mark.parametrize("orders", [False, True])
def test_every_engine_equals_the_oracle(engine, orders):
    log, within = make_log(150, customers=60, refunds=0.2, seed=6), (0, 30, 120, 200)
    found = engine.columns(
        quiet(
            repeat_rate, engine.make(log), as_of=AS_OF, within_days=within, amount_col="amount",
            order_col="order_id" if orders else None,
        )
    )  # fmt: skip
    expected = seconds(log, AS_OF, orders=orders)
    assert found["within_days"] == list(within)
    assert found["n"] == [len(expected)] * 4
    assert found["repeated"] == [
        sum(ended and time <= days for time, ended in expected) for days in within
    ]
    for i, days in enumerate(within):
        assert found["observed_rate"][i] == found["repeated"][i] / len(expected)
        assert found["rate"][i] == pytest.approx(1 - product_limit(expected, days), abs=1e-12)
        assert found["low"][i] <= found["rate"][i] <= found["high"][i]


@pytest.mark.data
def test_the_repeat_rates_of_online_retail(online_retail, data_dir, golden):
    name = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    invoices = pd.read_parquet(name, columns=["InvoiceNo"])["InvoiceNo"].astype(str)
    rows = online_retail.assign(invoice=invoices.loc[online_retail.index])
    as_of = dt.date(2011, 12, 9)
    by_order = columns(repeat_rate(rows, as_of=as_of, order_col="invoice"))
    golden("Online Retail, customers with one invoice",
           ours=by_order["n"][0] - by_order["repeated"][0], published=1_493,
           source=SOURCE)  # fmt: skip
    golden("Online Retail, repeat rate by invoices, observed", ours=by_order["observed_rate"][0],
           published=0.6558, tolerance=5.01e-5, source=SOURCE)  # fmt: skip
    by_day = columns(repeat_rate(rows, as_of=as_of, within_days=90))
    golden("Online Retail, share without a second purchase day within 90 days, Kaplan-Meier",
           ours=1 - by_day["rate"][0], published=0.5401, tolerance=5.01e-5,
           source=SOURCE)  # fmt: skip
    whole = columns(repeat_rate(rows, as_of=as_of))
    assert (whole["n"], whole["repeated"]) == ([4_338], [2_790])


def test_two_orders_of_one_day_are_two_purchases_or_one(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "date": pd.to_datetime(["2024-01-10 09:00", "2024-01-10 15:00", "2024-01-10 00:00"]),
            "order_id": [1, 2, 3],
        }
    )
    asked = {"as_of": dt.date(2024, 2, 10), "within_days": 0}
    rates = {
        how: engine.columns(
            repeat_rate(engine.make(log), order_col="order_id", count_by=how, **asked)
        )["rate"]
        for how in ("orders", "days")
    }
    assert rates == {"orders": [0.5], "days": [0.0]}


@pytest.mark.parametrize("share", [0.76, 0.9, 1.0])
def test_where_most_buy_once(engine, share):
    n, as_of = 50, dt.date(2024, 3, 31)
    rows = [(i, "2024-01-10") for i in range(n)]
    rows += [(i, "2024-01-20") for i in range(n - round(share * n))]
    log = pd.DataFrame(rows, columns=["customer_id", "date"])
    log["date"] = pd.to_datetime(log["date"])
    found = engine.columns(repeat_rate(engine.make(log), as_of=as_of))
    # All were observed equally long, so that nothing is censored before the end.
    assert found["rate"] == pytest.approx([1 - share])
    assert found["observed_rate"] == pytest.approx([1 - share])
    assert found["within_days"] == [81]


def test_beyond_the_time_observed_nothing_is_known(engine):
    log = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-10"])})
    found = engine.columns(
        repeat_rate(engine.make(log), as_of=dt.date(2024, 1, 20), within_days=[5, 11])
    )
    assert found["rate"] == [0.0, None]
    assert found["at_risk"] == [1, 0]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80))
def test_laws(seed, n):
    log = make_log(n, customers=15, days=300, seed=seed, refunds=0.0)
    found = columns(repeat_rate(log, as_of=AS_OF, within_days=list(range(0, 200, 20))))
    rates = [rate for rate in found["rate"] if rate is not None]
    assert rates == sorted(rates)
    for observed, rate in zip(found["observed_rate"], rates, strict=False):
        assert observed <= rate + 1e-12


def test_wrong_parameters_are_named(two_months, no_rows):
    as_of = dt.date(2024, 3, 31)
    with pytest.raises(ValueError, match="needs order_col"):
        repeat_rate(two_months, as_of=as_of, count_by="orders")
    with pytest.raises(ValueError, match="count_by"):
        repeat_rate(two_months, as_of=as_of, count_by="rows")
    for wrong in ([], -1, [7.5]):
        with pytest.raises(ValueError, match="within_days"):
            repeat_rate(two_months, as_of=as_of, within_days=wrong)
    with pytest.raises(NotEnoughDataError, match="there is no purchase"):
        repeat_rate(no_rows, as_of=as_of)
