"""Small made-up purchase logs and the plain-Python way to summarise them."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import warnings
from collections import defaultdict

import numpy as np
import pandas as pd

from crmlytics.errors import DataQualityWarning

EPOCH = dt.date(1970, 1, 1)


def make_log(
    n: int = 300, *, customers: int = 40, days: int = 400, refunds: float = 0.1, seed: int = 0
) -> pd.DataFrame:
    """A log with several rows a day, orders over two days, refunds, and free purchases."""
    rng = np.random.default_rng(seed)
    when = pd.Timestamp("2022-11-20") + pd.to_timedelta(
        rng.integers(0, days * 24 * 60, n), unit="min"
    )
    amount = np.round(rng.gamma(2.0, 20.0, n), 2)
    amount[rng.random(n) < 0.05] = 0.0
    amount = np.where(rng.random(n) < refunds, -amount, amount)
    customer = rng.integers(0, customers, n)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in customer],
            "date": when.astype("datetime64[us]"),
            "amount": amount + 0.0,
            "order_id": customer * 1000 + rng.integers(0, 12, n),
        }
    )


def quiet(function, *args, **kwargs):
    """Call without the warnings that count what was left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return function(*args, **kwargs)


def period(day: dt.date, unit: str) -> int:
    """Calendar period by the standard library alone."""
    if unit == "D":
        return (day - EPOCH).days
    if unit == "W":
        monday = day - dt.timedelta(days=day.weekday())
        return (monday - dt.date(1969, 12, 29)).days // 7
    months = (day.year - 1970) * 12 + day.month - 1
    return months // {"M": 1, "Q": 3, "Y": 12}[unit]


def rows_until(log: pd.DataFrame, as_of: dt.date) -> list[tuple[str, dt.date, float, int]]:
    return [
        (row.customer_id, row.date.date(), float(row.amount), row.order_id)
        for row in log.itertuples(index=False)
        if row.date.date() <= as_of
    ]


def rfm_oracle(log, as_of, count_by, monetary="sum", refunds="net"):
    """RFM by loops over dictionaries."""
    bought, counted, money = defaultdict(list), defaultdict(set), defaultdict(float)
    for i, (customer, day, amount, order) in enumerate(rows_until(log, as_of)):
        if amount >= 0:
            bought[customer].append(day)
            counted[customer].add({"orders": order, "days": day, "rows": i}[count_by])
        if amount >= 0 or refunds == "net":
            money[customer] += amount
    table = {"customer_id": [], "recency_days": [], "frequency": [], "monetary": []}
    for customer in sorted(bought):
        n = len(counted[customer])
        table["customer_id"].append(customer)
        table["recency_days"].append((as_of - max(bought[customer])).days)
        table["frequency"].append(n)
        table["monetary"].append(money[customer] / (n if monetary == "mean" else 1))
    return table


def summary_oracle(log, as_of, unit, *, exact=False, include=False, refunds="net"):
    """Purchase summary by loops over dictionaries."""
    merge, per = ("D", {"W": 7, "D": 1}[unit]) if exact else (unit, 1)
    bought, money = defaultdict(set), defaultdict(lambda: defaultdict(float))
    for customer, day, amount, _ in rows_until(log, as_of):
        if amount >= 0:
            bought[customer].add(period(day, merge))
        if amount >= 0 or refunds == "net":
            money[customer][period(day, merge)] += amount
    names = ("customer_id", "frequency", "recency", "T", "monetary_value", "log_gap_sum")
    table = {name: [] for name in names}
    for customer in sorted(bought):
        when = sorted(bought[customer])
        n = len(when) - (not include)
        paid = sum(amount for at, amount in money[customer].items() if include or at > when[0])
        table["customer_id"].append(customer)
        table["frequency"].append(n)
        table["recency"].append((when[-1] - when[0]) / per)
        table["T"].append((period(as_of, merge) - when[0]) / per)
        table["monetary_value"].append(paid / n if n else None)
        gaps = [(b - a) / per for a, b in itertools.pairwise(when)]
        table["log_gap_sum"].append(sum(math.log(gap) for gap in gaps))
    return table


def assert_same(found: dict, expected: dict, *, relative: float = 1e-9) -> None:
    """Equal columns in equal order; floats to the rounding of sums in another order."""
    assert list(found) == list(expected)
    for name, values in expected.items():
        got = found[name]
        assert len(got) == len(values), name
        for i, (a, b) in enumerate(zip(got, values, strict=True)):
            if isinstance(b, float) and a is not None:
                assert math.isclose(a, b, rel_tol=relative, abs_tol=1e-9), (name, i, a, b)
            else:
                assert a == b, (name, i, a, b)
