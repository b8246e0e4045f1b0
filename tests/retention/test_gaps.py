"""purchase_gaps: hand case, plain-Python curve on every engine, published medians, extremes."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import statistics

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataQualityWarning, NotEnoughDataError
from crmlytics.retention import purchase_gaps
from tests.retention.oracles import product_limit, purchase_days
from tests.support.purchases import make_log, quiet

AS_OF = dt.date(2023, 10, 31)
SOURCE = "UCI Online Retail (352), worked out with pandas and lifelines 0.30.3"


def gaps_of(log, as_of, from_each, *, refunds):
    """(days, closed) of every gap."""
    found = []
    for days in purchase_days(log, as_of, refunds=refunds).values():
        pairs = [((b - a).days, True) for a, b in itertools.pairwise(days)]
        pairs.append(((as_of - days[-1]).days, False))
        found += pairs if from_each == "every" else pairs[:1]
    return found


@pytest.mark.parametrize("from_each", ["every", "first"])
@pytest.mark.parametrize("amount_col", [None, "amount"])
def test_every_engine_equals_the_oracle(engine, from_each, amount_col):
    log = make_log(250, refunds=0.2, seed=5)
    found = quiet(
        purchase_gaps, engine.make(log), as_of=AS_OF, from_each=from_each, amount_col=amount_col
    )
    expected = gaps_of(log, AS_OF, from_each, refunds=amount_col is not None)
    closed = [days for days, ended in expected if ended]
    assert (found.n, found.n_open) == (len(closed), len(expected) - len(closed))
    assert found.observed_median_days == statistics.median(closed)
    assert found.observed_mean_days == pytest.approx(statistics.mean(closed))
    curve = engine.columns(found.curve)
    for time, survival in zip(curve["time"], curve["survival"], strict=True):
        assert survival == pytest.approx(product_limit(expected, time), abs=1e-12)
    assert found.median_days == min(
        time for time, share in zip(curve["time"], curve["survival"], strict=True) if share <= 0.5
    )
    assert found.low <= found.median_days <= found.high


@pytest.mark.data
@pytest.mark.parametrize(
    ("from_each", "n", "naive", "censored"), [("every", 12_425, 28, 40), ("first", 2_790, 57, 104)]
)
def test_the_gaps_of_online_retail(online_retail, golden, from_each, n, naive, censored):
    found = purchase_gaps(online_retail, as_of=dt.date(2011, 12, 9), from_each=from_each)
    what = f"Online Retail, gap after {from_each} purchase day"
    golden(f"{what}: closed gaps", ours=found.n, published=n, source=SOURCE)
    golden(f"{what}: median of the closed ones, days", ours=found.observed_median_days,
           published=naive, source=SOURCE)  # fmt: skip
    golden(f"{what}: Kaplan-Meier median, days", ours=found.median_days, published=censored,
           source=SOURCE)  # fmt: skip
    if from_each == "every":
        golden(f"{what}: mean of the closed ones, days", ours=found.observed_mean_days,
               published=45.657, tolerance=5.01e-4, source=SOURCE)  # fmt: skip


@pytest.mark.parametrize("share", [0.76, 0.9, 1.0])
def test_where_most_buy_once_the_median_is_unknown_and_not_small(engine, share):
    n = 50
    once = round(share * n)
    rows = [(f"c{i:02d}", "2024-01-10") for i in range(n)]
    rows += [(f"c{i:02d}", "2024-01-20") for i in range(n - once)]
    log = pd.DataFrame(rows, columns=["customer_id", "date"])
    log["date"] = pd.to_datetime(log["date"])
    found = purchase_gaps(engine.make(log), as_of=dt.date(2024, 3, 31), from_each="first")
    assert math.isnan(found.median_days)
    assert math.isnan(found.observed_median_days) == (share == 1.0)
    assert (found.n, found.n_open) == (n - once, once)


def test_one_customer_and_a_refund_as_the_last_event(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "date": pd.to_datetime(["2024-01-10", "2024-01-20", "2024-02-10"]),
            "amount": [10.0, 10.0, -10.0],
        }
    )
    found = purchase_gaps(engine.make(log), as_of=dt.date(2024, 3, 1), amount_col="amount")
    assert (found.n, found.n_open, found.observed_median_days) == (1, 1, 10.0)
    # The gap is open since 20 January: the refund is no purchase.
    assert engine.columns(found.curve)["time"] == [0.0, 10.0, 41.0]


def test_days_are_those_of_the_business_zone_across_the_change_of_clocks(engine):
    # Two noons in New York across the change of 10 March 2024 are 23 hours apart: one day.
    local = pd.to_datetime(["2024-03-09 12:00", "2024-03-10 12:00"])
    log = pd.DataFrame(
        {"customer_id": ["a", "a"], "date": local.tz_localize("America/New_York").tz_convert("UTC")}
    )
    found = purchase_gaps(engine.make(log), as_of=dt.date(2024, 3, 20), tz="America/New_York")
    assert found.observed_median_days == 1.0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80))
def test_laws(seed, n):
    log = make_log(n, customers=10, seed=seed, refunds=0.0)
    last = log["date"].max().date()
    found = purchase_gaps(log, as_of=last)
    days = log.assign(day=log["date"].dt.date).drop_duplicates(["customer_id", "day"])
    assert found.n + found.n_open == len(days)
    assert found.n_open == log["customer_id"].nunique()
    if not math.isnan(found.median_days) and found.n:
        # Open gaps only ever lengthen.
        assert found.median_days >= math.floor(found.observed_median_days)


def test_without_purchases_there_are_no_gaps(engine, no_rows):
    with pytest.raises(NotEnoughDataError, match="there is no purchase"):
        purchase_gaps(engine.make(no_rows), as_of=dt.date(2024, 3, 31))
    refund = pd.DataFrame(
        {"customer_id": ["a"], "date": pd.to_datetime(["2024-01-02"]), "amount": [-1.0]}
    )
    with (
        pytest.warns(DataQualityWarning, match="1 customers have refunds"),
        pytest.raises(NotEnoughDataError, match="there is no purchase"),
    ):
        purchase_gaps(engine.make(refund), as_of=dt.date(2024, 3, 31), amount_col="amount")


@pytest.mark.parametrize("wrong", [{"from_each": "last"}, {"level": 95}, {"as_of": "now"}])
def test_wrong_parameters_are_named(two_months, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        purchase_gaps(two_months, **({"as_of": dt.date(2024, 3, 31)} | wrong))
