"""The slow obvious versions: sales series and the seasonal naive method by loops."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict

from tests.support.purchases import period, rows_until


def first_day(index: int, unit: str) -> dt.date:
    """Walk day by day to the first day of a period."""
    day = dt.date(1970, 1, 1) + dt.timedelta(days=index if unit == "D" else 0)
    if unit == "D":
        return day
    day = dt.date(2022, 1, 1)
    while period(day, unit) < index:
        day += dt.timedelta(days=1)
    while period(day - dt.timedelta(days=1), unit) >= index:
        day -= dt.timedelta(days=1)
    return day


def series_oracle(log, as_of, unit, *, by=None, incomplete="drop", refunds="net"):
    """Sales by series and period, zeros inside, by loops over dictionaries."""
    sums = defaultdict(lambda: defaultdict(float))
    for customer, day, amount, order in rows_until(log, as_of):
        if amount >= 0 or refunds == "net":
            name = {None: None, "customer_id": customer, "order_id": order}[by]
            sums[name][period(day, unit)] += amount
    tomorrow = period(as_of + dt.timedelta(days=1), unit)
    last = tomorrow - 1 if incomplete == "drop" else period(as_of, unit)
    names = [*([by] if by else []), "date", "value"]
    table = {name: [] for name in names + (["complete"] if incomplete != "drop" else [])}
    for name in sorted(sums, key=lambda each: (each is not None, each)):
        for index in range(min(sums[name]), last + 1):
            complete = index < tomorrow
            if by:
                table[by].append(name)
            table["date"].append(first_day(index, unit))
            hidden = incomplete == "mask" and not complete
            table["value"].append(None if hidden else sums[name].get(index, 0.0))
            if incomplete != "drop":
                table["complete"].append(complete)
    return table


def naive_oracle(values, m, horizon):
    """Forecasts, their scales, fitted values, sigma and count of residuals of one series.

    `values` is a list with None for gaps.
    """
    if sum(value is not None for value in values) < 2 * m:
        m = 1

    def look_back(t):
        """Value of the same season before t, and how many seasons before."""
        for k in range(1, t // m + 2):
            if 0 <= t - k * m < len(values) and values[t - k * m] is not None:
                return values[t - k * m], k
        return None, None

    fitted, residuals = [], []
    for t, value in enumerate(values):
        before, k = look_back(t)
        fitted.append(before)
        if value is not None and before is not None:
            residuals.append((value - before) / math.sqrt(k))
    sigma = None
    if residuals:
        sigma = math.sqrt(sum(each**2 for each in residuals) / len(residuals))
    ahead = [look_back(len(values) + h) for h in range(horizon)]
    forecast = [value for value, _ in ahead]
    scale = [None if k is None or sigma is None else sigma * math.sqrt(k) for _, k in ahead]
    return forecast, scale, fitted, sigma, len(residuals)
