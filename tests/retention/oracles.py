"""Retention by loops over dictionaries, as slow and as plain as can be."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.support.purchases import EPOCH, period, rows_until

if TYPE_CHECKING:
    import pandas as pd


def first_day(index: int, unit: str) -> dt.date:
    """First day of a period, by walking the calendar of the standard library."""
    days = {"D": 1, "W": 7, "M": 30.436875, "Q": 91.310625, "Y": 365.2425}[unit]
    day = EPOCH + dt.timedelta(days=int(index * days) - 40)
    while period(day, unit) < index:
        day += dt.timedelta(days=1)
    while period(day - dt.timedelta(days=1), unit) >= index:
        day -= dt.timedelta(days=1)
    return day


def is_over(index: int, unit: str, as_of: dt.date) -> bool:
    return period(as_of + dt.timedelta(days=1), unit) > index


def activity(log: pd.DataFrame, as_of: dt.date, unit: str, *, refunds: str | None):
    """Active periods of each customer, and net money by period; without `refunds` no money."""
    active, money = defaultdict(set), defaultdict(lambda: defaultdict(float))
    for customer, day, amount, _ in rows_until(log, as_of):
        if refunds is None or amount >= 0:
            active[customer].add(period(day, unit))
        if amount >= 0 or refunds == "net":
            money[customer][period(day, unit)] += amount
    return active, {customer: money[customer] for customer in active}


def counts(periods: set[int], kind: str, age: int) -> bool:
    first = min(periods)
    if kind == "on":
        return first + age in periods
    if kind == "on_or_after":
        return max(periods) >= first + age
    return all(first + each in periods for each in range(1, age + 1))


def cohort_oracle(log, as_of, unit, kind="on", *, refunds=None, mask=True):
    """The columns of cohort_table but the interval."""
    active, money = activity(log, as_of, unit, refunds=refunds)
    names = ["cohort", "age", "n", "active", "rate", "revenue", "complete"]
    table = {name: [] for name in names if refunds or name != "revenue"}
    for cohort in sorted({min(periods) for periods in active.values()}):
        members = [customer for customer in active if min(active[customer]) == cohort]
        for age in range(period(as_of, unit) - cohort + 1):
            over = is_over(cohort + age, unit, as_of)
            count = sum(counts(active[each], kind, age) for each in members)
            row = {
                "cohort": first_day(cohort, unit),
                "age": age,
                "n": len(members),
                "active": count if over or not mask else None,
                "rate": count / len(members) if over or not mask else None,
                "complete": over,
            }
            if refunds:
                paid = sum(
                    amount
                    for each in members
                    for at, amount in money[each].items()
                    if max(at, cohort) == cohort + age
                )
                row["revenue"] = paid if over or not mask else None
            for name, values in table.items():
                values.append(row[name])
    return table


def growth_oracle(log, as_of, unit, *, refunds=None):
    """The columns of growth_accounting."""
    active, money = activity(log, as_of, unit, refunds=refunds)
    rows = []
    start = min(min(periods) for periods in active.values())
    for at in range(start, period(as_of, unit) + 1):
        worth = {
            who: (max(money[who].get(at - 1, 0.0), 0.0), max(money[who].get(at, 0.0), 0.0))
            for who in active
        }
        now = {who for who in active if at in active[who]}
        before = {who for who in active if at - 1 in active[who]}
        new = {who for who in now if min(active[who]) == at}
        stayed, left, back = now & before, before - now, now - before - new
        first = at == start
        row = {
            "period": first_day(at, unit),
            "active": len(now),
            "new": len(new),
            "retained": len(stayed),
            "resurrected": len(back),
            "churned": None if first else len(left),
            "quick_ratio": None if first or not left else (len(new) + len(back)) / len(left),
        }
        if refunds:
            more = sum(max(worth[who][1] - worth[who][0], 0.0) for who in stayed)
            less = sum(max(worth[who][0] - worth[who][1], 0.0) for who in stayed)
            lost = sum(worth[who][0] for who in left)
            gain = sum(worth[who][1] for who in new | back) + more
            row |= {
                "revenue": sum(worth[who][1] for who in now),
                "revenue_new": sum(worth[who][1] for who in new),
                "revenue_retained": sum(min(worth[who]) for who in stayed),
                "revenue_resurrected": sum(worth[who][1] for who in back),
                "expansion": more,
                "contraction": None if first else less,
                "revenue_churned": None if first else lost,
                "revenue_quick_ratio": None if first or lost + less <= 0 else gain / (lost + less),
            }
        rows.append(row | {"complete": is_over(at, unit, as_of)})
    table = {name: [row[name] for row in rows] for name in rows[0]}
    floats = ("revenue", "expansion", "contraction")
    return {
        name: [float(value) if name.startswith(floats) and value is not None else value
               for value in values]
        for name, values in table.items()
    }  # fmt: skip


def purchase_days(log: pd.DataFrame, as_of: dt.date, *, refunds: bool) -> dict[str, list[dt.date]]:
    """Each customer's distinct days with a purchase, in order."""
    days = defaultdict(set)
    for customer, day, amount, _ in rows_until(log, as_of):
        if amount >= 0 or not refunds:
            days[customer].add(day)
    return {customer: sorted(each) for customer, each in days.items()}


def product_limit(times: list[tuple[float, bool]], at: float) -> float:
    """Kaplan-Meier survival just after `at`, of (time, whether it ended) pairs."""
    share = 1.0
    for time in sorted({each for each, ended in times if ended and each <= at}):
        at_risk = sum(each >= time for each, _ in times)
        share *= 1 - sum(ended and each == time for each, ended in times) / at_risk
    return share


def revenue_oracle(log, as_of, unit, *, lag=1, refunds="net"):
    """The columns of revenue_retention but the intervals."""
    active, money = activity(log, as_of, unit, refunds=refunds)
    start, last = min(min(periods) for periods in active.values()), period(as_of, unit)
    names = ("period", "n", "start", "retained", "expansion", "contraction", "churned", "grr",
             "nrr", "complete")  # fmt: skip
    table = {name: [] for name in names}
    for at in range(start + lag, last + 1):
        base = [who for who in active if at - lag in active[who]]
        pairs = [
            (
                max(money[who].get(at - lag, 0.0), 0.0),
                max(money[who].get(at, 0.0), 0.0) if at in active[who] else None,
            )
            for who in base
        ]
        before = sum(x for x, _ in pairs)
        stayed = [(x, y) for x, y in pairs if y is not None]
        row = {
            "period": first_day(at, unit), "n": len(base), "start": float(before),
            "retained": float(sum(min(pair) for pair in stayed)),
            "expansion": float(sum(max(y - x, 0.0) for x, y in stayed)),
            "contraction": float(sum(max(x - y, 0.0) for x, y in stayed)),
            "churned": float(sum(x for x, y in pairs if y is None)),
            "grr": sum(min(pair) for pair in stayed) / before if before else None,
            "nrr": sum(y for _, y in stayed) / before if before else None,
            "complete": is_over(at, unit, as_of),
        }  # fmt: skip
        for name in names:
            table[name].append(row[name])
    return table
