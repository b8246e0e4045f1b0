"""Purchases and refunds: what counts as buying, and what it was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import frames, notices
from crmlytics.errors import DataContractError, DataQualityWarning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.events import CodedEvents, Events

Refunds = Literal["net", "ignore", "error"]
REFUNDS: tuple[Refunds, ...] = ("net", "ignore", "error")

#: Day or period of the last purchase of a group of rows that are all refunds: before any date.
NEVER = -(10**7)


def refuse_refunds(events: Events | CodedEvents, *, refunds: Refunds, amount_col: str) -> None:
    """Raise if there are refunds and the policy is not to have any."""
    if events.n_refunds and refunds == "error":
        raise DataContractError(
            f"{events.n_refunds:,} of {events.n_rows:,} values of {amount_col!r} are negative "
            "(refunds); choose refunds='net' to subtract them or refunds='ignore' to leave them out"
        )


def lazy_purchases(events: Events, *, ignore: bool, warn: bool = True) -> nw.LazyFrame[Any]:
    """Rows with ``_buys`` (1 or 0), ``_bought_day`` and ``_bought_period`` added.

    A refund never counts as a purchase: it is left out with `ignore`, and otherwise only lowers
    the money, the day and period of its purchase being `NEVER`.
    """
    rows, bought = events.rows, nw.col("_amount") >= 0
    if events.n_refunds and warn:
        _warn(_n_refunds_only(rows, bought))
    if not events.n_refunds or ignore:
        rows = rows.filter(bought) if events.n_refunds else rows
        return rows.with_columns(
            _buys=nw.lit(1).cast(nw.Int64),
            _bought_day=nw.col("_day"),
            _bought_period=nw.col("_period"),
        )
    rows = rows.with_columns(_buys=frames.flag(bought))
    return rows.with_columns(
        _bought_day=bought_on(nw.col("_day")), _bought_period=bought_on(nw.col("_period"))
    )


def bought_on(day: nw.Expr, *, never: int = NEVER) -> nw.Expr:
    """Return the day or period where something was bought, and `never` where not."""
    otherwise = nw.lit(never).cast(nw.Int64)
    return nw.when(nw.col("_buys") > 0).then(day).otherwise(otherwise)


def coded_purchases(events: CodedEvents) -> NDArray[np.bool_]:
    """Which rows are purchases; customers with refunds only are counted in a warning."""
    bought = np.ones(events.n_rows, bool) if not len(events.amount) else events.amount >= 0
    if events.n_refunds:
        buys = np.zeros(len(events.ids), bool)
        buys[events.code[bought]] = True
        # Only those who have refunds: in a part of a log not all ids need have rows.
        _warn(int((~buys[np.unique(events.code[~bought])]).sum()))
    return bought


def _n_refunds_only(rows: nw.LazyFrame[Any], bought: nw.Expr) -> int:
    """Customers who have refunds and no purchase: the few refunds are looked up, not the rest."""
    refunded = rows.filter(~bought).select("_id").unique()
    buyers = rows.filter(bought).select("_id").join(refunded, on="_id", how="semi").unique()
    n_refunded, n_buyers = (
        int(frames.row(each.select(n=nw.len()))["n"]) for each in (refunded, buyers)
    )
    return n_refunded - n_buyers


def _warn(left_out: int) -> None:
    if left_out:
        notices.warn(
            f"{left_out:,} customers have refunds and no purchase; they are left out",
            DataQualityWarning,
        )
