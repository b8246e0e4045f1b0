"""Made-up sources of a single view and the plain-Python way to add them up."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import datetime as dt

START = pd.Timestamp("2024-01-01")
NAMES = [f"c{number}" for number in range(12)]


def make_sources(seed: int, n: int = 60) -> dict[str, pd.DataFrame]:
    """Twelve customers, ten of whom have rows; deals and tickets in every state."""
    rng = np.random.default_rng(seed)

    def when(days: int = 120) -> pd.Series:
        minutes = pd.Series(pd.to_timedelta(rng.integers(0, days * 1440, n), unit="min"))
        return (START + minutes).astype("datetime64[us]")

    def later(start: pd.Series, still_open: np.ndarray) -> pd.Series:
        end = start + pd.Series(pd.to_timedelta(rng.integers(1440, 40 * 1440, n), unit="min"))
        return end.astype("datetime64[us]").mask(still_open)

    def whose() -> list[str]:
        return [NAMES[i] for i in rng.integers(0, 10, n)]

    state = rng.integers(0, 3, n)
    created, opened = when(), when()
    worth = np.where((state != 1) & (rng.random(n) < 0.3), np.nan, rng.integers(1, 500, n))
    return {
        "transactions": pd.DataFrame(
            {
                "customer_id": whose(), "date": when(), "amount": rng.integers(-20, 90, n) / 4,
                "order_id": rng.integers(0, 25, n),
            }
        ),
        "deals": pd.DataFrame(
            {
                "customer_id": whose(), "deal_id": np.arange(n), "created_at": created,
                "closed_at": later(created, state == 0), "amount": worth,
                "outcome": pd.Series(state).map({1: "won", 2: "lost"}).astype(object),
            }
        ),
        "tickets": pd.DataFrame(
            {
                "customer_id": whose(), "ticket_id": np.arange(n), "opened_at": opened,
                "resolved_at": later(opened, rng.random(n) < 0.3),
            }
        ),
        "touches": pd.DataFrame(
            {"customer_id": whose(), "date": when(), "response": rng.integers(0, 2, n)}
        ),
        "surveys": pd.DataFrame(
            {"customer_id": whose(), "date": when(), "score": rng.integers(0, 11, n)}
        ),
    }  # fmt: skip


def view_oracle(sources: dict[str, pd.DataFrame], as_of: dt.date) -> dict[str, list]:
    """The view by loops over rows, orders counted by order_id, refunds netted."""
    rows = {
        name: [{key: None if pd.isna(value) else value for key, value in row.items()}
               for row in frame.to_dict("records")]
        for name, frame in sources.items()
    }  # fmt: skip
    table: dict[str, list] = defaultdict(list)
    for name in sorted(NAMES):
        mine = {key: [row for row in each if row["customer_id"] == name]
                for key, each in rows.items()}  # fmt: skip
        record = {"customer_id": name}
        for source in (_purchases, _deals, _tickets, _touches, _surveys):
            record |= source(mine, as_of)
        for column, value in record.items():
            table[column].append(value)
    return dict(table)


def _until(rows: list[dict], date: str, as_of: dt.date) -> list[dict]:
    return [row for row in rows if row[date].date() <= as_of]


def _ago(days: list[dt.date], as_of: dt.date, pick=max) -> float | None:
    return float((as_of - pick(days)).days) if days else None


def _purchases(mine: dict, as_of: dt.date) -> dict:
    rows = _until(mine["transactions"], "date", as_of)
    bought = [row for row in rows if row["amount"] >= 0]
    days = [row["date"].date() for row in bought]
    orders, revenue = len({row["order_id"] for row in bought}), sum(row["amount"] for row in rows)
    back = [row["amount"] for row in rows if row["amount"] < 0]
    return {
        "orders": orders,
        "revenue": float(revenue),
        "mean_order_value": revenue / orders if orders else None,
        "first_purchase": min(days, default=None),
        "last_purchase": max(days, default=None),
        "days_since_purchase": _ago(days, as_of),
        "refunds": len(back),
        "refunded": float(-sum(back)),
    }


def _deals(mine: dict, as_of: dt.date) -> dict:
    rows = _until(mine["deals"], "created_at", as_of)
    over = [row for row in rows if row["closed_at"] and row["closed_at"].date() <= as_of]
    still = [row for row in rows if row not in over]
    created = [row["created_at"].date() for row in rows]
    return {
        "deals": len(rows),
        "open_deals": len(still),
        "won_deals": sum(row["outcome"] == "won" for row in over),
        "lost_deals": sum(row["outcome"] == "lost" for row in over),
        "won_value": float(sum(row["amount"] for row in over if row["outcome"] == "won")),
        "open_value": float(sum(row["amount"] or 0 for row in still)),
        "open_deals_without_amount": sum(row["amount"] is None for row in still),
        "last_deal": max(created, default=None),
        "days_since_deal_event": _ago(created + [row["closed_at"].date() for row in over], as_of),
    }


def _tickets(mine: dict, as_of: dt.date) -> dict:
    rows = _until(mine["tickets"], "opened_at", as_of)
    over = [row for row in rows if row["resolved_at"] and row["resolved_at"].date() <= as_of]
    still = [row["opened_at"].date() for row in rows if row not in over]
    took = [(row["resolved_at"] - row["opened_at"]).total_seconds() / 3600 for row in over]
    return {
        "tickets": len(rows),
        "open_tickets": len(still),
        "last_ticket": max((row["opened_at"].date() for row in rows), default=None),
        "mean_resolution_hours": sum(took) / len(took) if took else None,
        "oldest_open_ticket_days": _ago(still, as_of, min),
    }


def _touches(mine: dict, as_of: dt.date) -> dict:
    rows = _until(mine["touches"], "date", as_of)
    days = [row["date"].date() for row in rows]
    return {
        "touches": len(rows),
        "last_touch": max(days, default=None),
        "days_since_touch": _ago(days, as_of),
        "responses": sum(row["response"] for row in rows),
    }


def _surveys(mine: dict, as_of: dt.date) -> dict:
    rows = _until(mine["surveys"], "date", as_of)
    last = max((row["date"].date() for row in rows), default=None)
    newest = [row["score"] for row in rows if row["date"].date() == last]
    scores = [row["score"] for row in rows]
    return {
        "surveys": len(rows),
        "last_survey": last,
        "last_score": sum(newest) / len(newest) if newest else None,
        "mean_score": sum(scores) / len(scores) if scores else None,
    }
