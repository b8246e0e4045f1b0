"""Deals out of a raw export: what cannot be used is dropped and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames
from crmlytics.errors import NotEnoughDataError
from crmlytics.report import raw_columns
from crmlytics.report.cleaning import as_pandas

if TYPE_CHECKING:
    import datetime as dt

_NEEDED = {
    "deal_col": "deal_id",
    "created_col": "created_at",
    "closed_col": "closed_at",
    "outcome_col": "outcome",
    "amount_col": "amount",
}
_OUTCOMES = {"won": "won", "closed won": "won", "lost": "lost", "closed lost": "lost"}
_OPEN = ("", "open")

#: Why a deal is dropped, in the order in which the reasons are asked for.
REASONS = ("no_deal", "repeated", "created", "after_as_of", "outcome", "not_closed", "early",
           "no_amount")  # fmt: skip


class CleanedDeals(NamedTuple):
    """Deals under the usual names, and how many were read, mended and dropped by reason."""

    rows: pd.DataFrame
    counts: dict[str, int]


def clean_deals(
    frame: Any, *, as_of: dt.date, tz: str | None, dayfirst: bool | None, decimal: str | None
) -> CleanedDeals:
    """Keep the deals of which creation, closing, outcome and money make sense together.

    The columns bear their usual names; ``list_price``, ``owner``, ``product`` and ``customer_id``
    are used where they are there.
    """
    names = frames.column_names(frame)
    checks.columns(names, dict(_NEEDED))
    table = as_pandas(frame)
    mended: dict[str, int] = {}
    money = {
        name: raw_columns.numbers(table[name], mended, decimal=decimal)
        for name in ("amount", "list_price")
        if name in names
    }
    columns: dict[str, Any] = {
        "deal_id": raw_columns.ids(table["deal_id"], "deal", mended),
        "created_at": raw_columns.dates(table["created_at"], mended, tz=tz, dayfirst=dayfirst),
        "closed_at": _closings(table["closed_at"], tz=tz, dayfirst=dayfirst),
        "outcome": _outcomes(table["outcome"]),
    }
    deals = pd.DataFrame(columns | money)
    for name in ("owner", "product", "customer_id"):
        if name in names:
            deals[name] = raw_columns.ids(table[name], name, mended)
    for name in ("owner", "product"):
        if name in names:
            deals[name] = deals[name].astype(object).where(deals[name].notna(), "–").astype(str)
    # A date of an open deal is the one that its owner hopes for.
    hoped = deals["closed_at"].notna() & deals["outcome"].eq("open")
    deals["closed_at"] = deals["closed_at"].mask(hoped)
    counts = {"read": len(deals), "expected_dates": int(hoped.sum())}
    left = np.ones(len(deals), bool)
    for name, bad in _reasons(deals, as_of).items():
        counts[name] = int((left & bad).sum())
        left &= ~bad
    if not left.any():
        raise NotEnoughDataError(
            f"none of the {len(deals):,} deals can be used; look at the columns "
            "deal_id, created_at, closed_at, outcome ('won', 'lost' or empty) and amount"
        )
    rows = deals[left].reset_index(drop=True)
    rows["outcome"] = rows["outcome"].where(rows["outcome"] != "open", None)
    return CleanedDeals(rows, counts)


def won_as_sales(deals: pd.DataFrame) -> pd.DataFrame:
    """Won deals with a known customer as purchases."""
    won = deals[(deals["outcome"] == "won") & deals["customer_id"].notna()]
    columns = {"customer_id": "customer_id", "closed_at": "date", "amount": "amount",
               "deal_id": "order_id"}  # fmt: skip
    return won[list(columns)].rename(columns=columns).reset_index(drop=True)


def _closings(values: pd.Series[Any], *, tz: str | None, dayfirst: bool | None) -> Any:
    if values.isna().all():
        return np.full(len(values), np.datetime64("NaT", "us"))
    return raw_columns.dates(values, {}, tz=tz, dayfirst=dayfirst)


def _outcomes(values: pd.Series[Any]) -> pd.Series[Any]:
    """``won``, ``lost``, ``open``, or missing where the word is none of them."""
    words = (
        values.astype(object).where(values.notna(), "").map(lambda one: str(one).strip().lower())
    )
    found = words.map(_OUTCOMES).astype(object)
    return found.mask(words.isin(_OPEN), "open")


def _reasons(deals: pd.DataFrame, as_of: dt.date) -> dict[str, Any]:
    """Which deals each reason drops, by themselves."""
    day = np.datetime64(as_of, "D")
    created = deals["created_at"].to_numpy("datetime64[D]")
    closed = deals["closed_at"].to_numpy("datetime64[D]")
    outcome = deals["outcome"]
    ended = outcome.isin(["won", "lost"]).to_numpy()
    value = deals["amount"].to_numpy()
    if "list_price" in deals:
        value = np.where(outcome.eq("won"), value, deals["list_price"].to_numpy())
    found = (
        deals["deal_id"].isna().to_numpy(bool),
        deals["deal_id"].duplicated().to_numpy(),
        np.isnat(created),
        created > day,
        outcome.isna().to_numpy(),
        ended & np.isnat(closed),
        closed < created,
        ~outcome.eq("lost").to_numpy() & ~(np.isfinite(value) & (value >= 0)),
    )
    return dict(zip(REASONS, found, strict=True))
