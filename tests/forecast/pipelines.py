"""Small pipelines for tests, and the slow way to follow them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

EPOCH = dt.date(1970, 1, 1)
COLUMNS = {
    "deal_col": "deal_id",
    "created_col": "created_at",
    "closed_col": "closed_at",
    "outcome_col": "outcome",
    "amount_col": "amount",
}


def day(year: int, month: int, date: int) -> int:
    return (dt.date(year, month, date) - EPOCH).days


def tiny(**changes) -> pd.DataFrame:
    """Four deals: won after 10 days, lost after 20, open since 5 and 30 days at 2024-01-31."""
    columns = {
        "deal_id": ["a", "b", "c", "d"],
        "created_at": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-26", "2024-01-01"]),
        "closed_at": pd.to_datetime(["2024-01-11", "2024-01-25", None, None]),
        "outcome": ["won", "lost", None, None],
        "amount": [100.0, 200.0, 300.0, 400.0],
    }
    return pd.DataFrame(columns | changes)


def lexis_oracle(deals: pd.DataFrame, as_of: dt.date, observed_from: dt.date | None):
    """(created, age) → deals at risk, won, lost, by walking through every day of every deal."""
    at_risk, won, lost = {}, {}, {}
    for row in deals.itertuples():
        created = row.created_at.date()
        closed = None if pd.isna(row.closed_at) else row.closed_at.date()
        date = created
        while date <= as_of and (closed is None or date <= closed):
            if observed_from is None or date >= observed_from:
                cell = ((created - EPOCH).days, (date - created).days)
                at_risk[cell] = at_risk.get(cell, 0) + 1
                if date == closed:
                    which = won if row.outcome == "won" else lost
                    which[cell] = which.get(cell, 0) + 1
            date += dt.timedelta(days=1)
    return at_risk, won, lost


def follow(hazard_won, hazard_lost, age: int, days: int):
    """Probability to be won and lost within so many days, one day after the other."""
    still, won, lost = 1.0, 0.0, 0.0
    for ahead in range(1, days + 1):
        at = min(age + ahead, len(hazard_won) - 1)
        won, lost = won + still * hazard_won[at], lost + still * hazard_lost[at]
        still *= 1 - hazard_won[at] - hazard_lost[at]
    return won, lost


def random_deals(seed: int, n: int = 40) -> pd.DataFrame:
    """Deals of half a year with any outcome, some of them open."""
    rng = np.random.default_rng(seed)
    created = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 180, n), unit="D")
    closed = created + pd.to_timedelta(rng.integers(0, 120, n), unit="D")
    outcome = rng.choice(["won", "lost", "open"], n)
    is_open = outcome == "open"
    return pd.DataFrame(
        {
            "deal_id": [f"d{i:03d}" for i in range(n)],
            "created_at": created,
            "closed_at": pd.Series(closed).mask(is_open),
            "outcome": pd.Series(outcome, dtype=object).mask(is_open, None),
            "amount": rng.gamma(2.0, 500.0, n).round(2),
        }
    )
