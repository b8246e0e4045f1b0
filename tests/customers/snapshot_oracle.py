"""Snapshots by loops over dictionaries: the slow and obvious twin."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict


def snapshot_oracle(
    log, *, cutoffs, lookback, active_within, horizon, gap=0, windows=(), refunds="net", money=True
):
    """Columns of the snapshots in days, ordered by cut-off and customer."""
    days = defaultdict(lambda: defaultdict(lambda: [0, 0.0]))
    for row in log.itertuples(index=False):
        amount = float(row.amount) if money else 0.0
        if amount < 0 and refunds == "ignore":
            continue
        cell = days[row.customer_id][row.date.date()]
        cell[0] |= amount >= 0
        cell[1] += amount
    table = defaultdict(list)
    for cut in sorted(cutoffs):
        for customer in sorted(days):
            add(table, customer, days[customer], cut, lookback, active_within, horizon, gap,
                windows, money)  # fmt: skip
    return dict(table)


def add(table, customer, days, cut, lookback, active_within, horizon, gap, windows, money):
    def between(first, last):
        inside = {day: cell for day, cell in days.items() if first <= day < last}
        return [day for day, cell in inside.items() if cell[0]], sum(c[1] for c in inside.values())

    def back(n):
        return dt.date.min if n is None else cut - dt.timedelta(days=n)

    bought, paid = between(back(lookback), cut)
    active, _ = between(back(active_within), cut)
    if not bought or not active:
        return
    first, last, n = min(bought), max(bought), len(bought)
    row = {"customer_id": customer, "cutoff": cut, "recency_days": (cut - last).days}
    row |= {"age_days": (cut - first).days, "purchases": n}
    if money:
        row["money"] = paid
    mean = (last - first).days / (n - 1) if n > 1 else None
    row["mean_gap_days"] = mean
    row["recency_to_gap"] = row["recency_days"] / mean if mean else None
    seen = {width: between(back(width), cut) for width in windows}
    row |= {f"purchases_{width}d": len(found) for width, (found, _) in seen.items()}
    if money:
        row |= {f"money_{width}d": total for width, (_, total) in seen.items()}
    if horizon is not None:
        opens = cut + dt.timedelta(days=gap)
        after, total = between(opens, opens + dt.timedelta(days=horizon))
        row["outcome_purchases"] = len(after)
        if money:
            row["outcome_money"] = total
        row["churned"] = int(not after)
    for name, value in row.items():
        table[name].append(value)
