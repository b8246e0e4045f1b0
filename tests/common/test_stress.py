"""Logs at the edge: most customers bought once, all paid the same, one customer, refunds last,
and purchases around the nights in which the clocks change.

No function that reads a log may fail on them other than by a named error, lose a customer without
a word, or report a rate outside its interval.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import NotEnoughDataError
from tests.common import registry
from tests.support.engines import columns
from tests.support.purchases import assert_same, quiet

NAMES = sorted(
    name
    for name, table in registry.TABLES.items()
    if table.data is registry._log and name.split(".")[0] in ("customers", "retention")
)
#: They take no time zone: snapshots are cut at moments, and the view reads the days as they are.
NO_ZONE = {"customers.snapshots", "customers.snapshot_audit", "customers.customer_view"}
DATES = pd.date_range("2023-01-02 10:00", "2023-10-20 10:00", periods=80).astype("datetime64[us]")


def log_of(customer, date=DATES, amount=None) -> pd.DataFrame:
    n = len(date)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in customer],
            "date": date,
            "amount": np.full(n, 20.0) if amount is None else amount,
            "order_id": range(n),
        }
    )


def mostly_once(share: float) -> pd.DataFrame:
    """Of 50 customers this share bought once, the others again and again."""
    once = round(50 * share)
    faithful = [once + row % max(50 - once, 1) for row in range(len(DATES) - once)]
    customer = [*range(once), *(faithful if once < 50 else [])]
    return log_of(customer, DATES[: len(customer)], 5.0 + np.arange(len(customer)) % 17)


def refunds_last() -> pd.DataFrame:
    """Each customer's last row takes back the last purchase."""
    customer = np.arange(80) % 20
    return log_of(customer, amount=np.where(np.arange(80) >= 60, -20.0, 20.0))


LOGS = {
    "76 % bought once": mostly_once(0.76),
    "90 % bought once": mostly_once(0.90),
    "all bought once": mostly_once(1.00),
    "all paid the same": log_of(np.arange(80) % 23),
    "one customer": log_of(np.zeros(80, int)),
    "one customer, one purchase": log_of([0], DATES[:1]),
    "refunds last": refunds_last(),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("stress", LOGS)
def test_no_log_at_the_edge_breaks_a_table(name, stress):
    table = registry.TABLES[name]
    try:
        found = columns(quiet(table.call, LOGS[stress], **table.columns))
    except NotEnoughDataError:
        return  # too little is named, not guessed at
    if {"rate", "low", "high"} <= set(found):
        for rate, low, high in zip(found["rate"], found["low"], found["high"], strict=True):
            if rate is not None and low is not None:
                assert 0 <= low <= rate <= high <= 1
    if "customer_id" in found:
        assert set(found["customer_id"]) <= set(LOGS[stress]["customer_id"])
    for column in ("n", "active", "frequency"):
        assert all(value is None or value >= 0 for value in found.get(column, []))


def test_a_refund_as_the_last_event_is_no_visit():
    table = registry.TABLES["customers.rfm_table"]
    log = refunds_last()
    bought = table.call(log[log["amount"] > 0])
    found = table.call(log)
    assert found["recency_days"].tolist() == bought["recency_days"].tolist()
    assert found["monetary"].tolist() == [40.0] * 20


@pytest.mark.parametrize("name", sorted(set(NAMES) - NO_ZONE))
def test_the_business_day_counts_across_the_change_of_clocks(name):
    # New York, 2023: clocks went forward on 12 March; an hour around midnight there is an early
    # morning in UTC, and two noons around that night are 23 hours apart.
    nights = pd.date_range("2023-03-08", "2023-03-16", freq="D")
    local = [night + pd.Timedelta(hours=hour) for night in nights for hour in (0.5, 12, 23.5)]
    stamps = pd.DatetimeIndex(local).astype("datetime64[us]")
    naive = log_of(np.arange(len(stamps)) % 4, stamps)
    aware = naive.assign(date=stamps.tz_localize("America/New_York").tz_convert("UTC"))
    call = registry.TABLES[name].call
    expected = columns(quiet(call, naive))
    assert_same(columns(quiet(call, aware, tz="America/New_York")), expected)
