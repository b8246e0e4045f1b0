"""stickiness and active_days_table: hand cases, loops on every engine, windows, laws."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics._core.intervals import wilson
from crmlytics.errors import NotEnoughDataError
from crmlytics.retention import active_days_table, stickiness
from tests.retention.oracles import purchase_days
from tests.support.engines import columns
from tests.support.purchases import make_log, quiet

AS_OF = dt.date(2023, 10, 31)


def active_in(log, end, width, *, refunds):
    """How many days of the window each active customer was there."""
    start = end - dt.timedelta(days=width - 1)
    counts = [
        sum(start <= day <= end for day in days)
        for days in purchase_days(log, end, refunds=refunds).values()
    ]
    return [count for count in counts if count]


@pytest.mark.parametrize("amount_col", [None, "amount"])
@pytest.mark.parametrize("width", [7, 30])
def test_every_engine_equals_the_oracle(engine, width, amount_col):
    log = make_log(400, customers=20, days=150, refunds=0.2, seed=2)
    as_of = dt.date(2023, 4, 18)
    table = quiet(
        stickiness, engine.make(log), as_of=as_of, window_days=width, amount_col=amount_col
    )
    found = engine.columns(table)
    span = (as_of - log["date"].min().date()).days + 1
    ends = [as_of - dt.timedelta(days=k * width) for k in range(span // width)][::-1]
    assert found["end"] == ends
    assert found["start"] == [end - dt.timedelta(days=width - 1) for end in ends]
    for i, end in enumerate(ends):
        days = active_in(log, end, width, refunds=amount_col is not None)
        assert found["n"][i] == len(days)
        assert found["daily_mean"][i] == pytest.approx(sum(days) / width)
        if days:
            assert found["stickiness"][i] == pytest.approx(statistics.mean(days) / width)
        if len(days) > 1:
            # Student's half width over the standard error is at least the normal's.
            error = statistics.stdev(days) / len(days) ** 0.5 / width
            assert (
                found["stickiness"][i] - found["low"][i]
                >= min(1.95 * error, found["stickiness"][i]) - 1e-12
            )


@pytest.mark.parametrize("amount_col", [None, "amount"])
def test_every_engine_counts_the_active_days(engine, amount_col):
    log = make_log(400, customers=20, days=150, refunds=0.2, seed=2)
    as_of = dt.date(2023, 4, 10)
    table = quiet(active_days_table, engine.make(log), as_of=as_of, amount_col=amount_col)
    found = engine.columns(table)
    days = Counter(active_in(log, as_of, 28, refunds=amount_col is not None))
    assert found["active_days"] == list(range(1, 29))
    assert found["customers"] == [days[k] for k in range(1, 29)]
    assert set(found["n"]) == {sum(days.values())}
    low, high = wilson(found["customers"], found["n"], 0.95)
    assert found["low"] == low.tolist()
    assert found["high"] == high.tolist()


def test_stickiness_is_dau_over_mau_by_hand(engine):
    # Two customers on four and one of four days: 5/4 a day, of two active ones.
    log = pd.DataFrame(
        {
            "customer_id": ["a"] * 5 + ["b"],
            "date": pd.to_datetime(
                ["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-04"]
            ),
        }
    )
    found = engine.columns(stickiness(engine.make(log), as_of=dt.date(2024, 1, 4), window_days=4))
    assert (found["n"], found["daily_mean"], found["stickiness"]) == ([2], [1.25], [0.625])
    assert (found["low"], found["high"]) == ([0.0], [1.0])


def test_a_window_without_anybody_is_null(engine):
    log = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-01"])})
    found = engine.columns(stickiness(engine.make(log), as_of=dt.date(2024, 1, 14), window_days=7))
    assert found["n"] == [1, 0]
    assert found["stickiness"] == [pytest.approx(1 / 7), None]
    assert found["low"] == [None, None]


def test_the_business_day_counts_across_the_change_of_clocks(engine):
    # 23:30 and 00:30 in Warsaw on 30 and 31 March 2024, when clocks go forward: two days there,
    # one in UTC.
    local = pd.to_datetime(["2024-03-30 23:30", "2024-03-31 00:30"])
    log = pd.DataFrame(
        {"customer_id": ["a", "a"], "date": local.tz_localize("Europe/Warsaw").tz_convert("UTC")}
    )
    days = {
        tz: engine.columns(
            active_days_table(engine.make(log), as_of=dt.date(2024, 3, 31), window_days=2, tz=tz)
        )["customers"]
        for tz in ("Europe/Warsaw", "UTC")
    }
    assert days == {"Europe/Warsaw": [0, 1], "UTC": [1, 0]}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 200), width=st.integers(1, 40))
def test_laws(seed, n, width):
    log = make_log(n, customers=10, days=80, seed=seed, refunds=0.0)
    as_of = log["date"].max().date()
    days = columns(active_days_table(log, as_of=as_of, window_days=width))
    assert sum(days["customers"]) == days["n"][0] > 0
    span = (as_of - log["date"].min().date()).days + 1
    if span < width:
        return
    table = columns(stickiness(log, as_of=as_of, window_days=width))
    total = sum(k * count for k, count in zip(days["active_days"], days["customers"], strict=True))
    assert table["daily_mean"][-1] == pytest.approx(total / width)
    for share, low, high in zip(table["stickiness"], table["low"], table["high"], strict=True):
        assert share is None or 1 / width - 1e-12 <= share <= 1 + 1e-12
        assert low is None or 0 <= low <= share <= high <= 1


def test_too_short_a_history_is_told(engine, no_rows):
    log = pd.DataFrame({"customer_id": ["a"], "date": pd.to_datetime(["2024-01-10"])})
    with pytest.raises(NotEnoughDataError, match=r"the data span 5 days .* window_days=30"):
        stickiness(engine.make(log), as_of=dt.date(2024, 1, 14))
    with pytest.raises(NotEnoughDataError, match="the data span 0 days"):
        stickiness(engine.make(no_rows), as_of=dt.date(2024, 1, 14))
    empty = active_days_table(engine.make(no_rows), as_of=dt.date(2024, 1, 14))
    assert set(map(len, engine.columns(empty).values())) == {0}


@pytest.mark.parametrize("function", [stickiness, active_days_table])
@pytest.mark.parametrize("wrong", [{"window_days": 0}, {"level": 95}, {"as_of": "now"}])
def test_wrong_parameters_are_named(two_months, function, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        function(two_months, **({"as_of": dt.date(2024, 3, 31)} | wrong))
