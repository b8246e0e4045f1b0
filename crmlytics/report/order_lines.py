"""Order lines for baskets out of a raw export: what cannot be used is dropped and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.report import raw_columns
from crmlytics.report.cleaning import as_pandas, cancelled_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: Why a line is dropped, in the order in which the reasons are asked for, as messages put it.
IN_WORDS = {
    "no_order": "without an order",
    "cancelled": "of cancelled orders",
    "price": "with a price of 0 or less",
    "refund": "of refunds",
    "no_item": "without an item",
    "date": "without a readable date",
    "after_as_of": "after as_of",
}


class OrderLines(NamedTuple):
    """Lines with ``order_id`` and ``item``, and how many there were and were dropped."""

    rows: pd.DataFrame
    counts: dict[str, int]


def clean_order_lines(
    frame: Any,
    columns: Mapping[str, str | None],
    *,
    as_of: dt.date | None = None,
    cancelled_prefix: str | None = "C",
    tz: str | None = None,
    dayfirst: bool | None = None,
    decimal: str | None = None,
) -> OrderLines:
    """Keep the lines that say what lay in which order.

    Only ``item_col`` and ``order_col`` must be there; without orders, what a customer buys on one
    day is one. Lines of refunds (an amount below 0, a quantity of 0 or less) are no purchase.
    """
    named = _checked(frame, columns, as_of)
    table = as_pandas(frame)
    if not len(table):
        raise NotEnoughDataError("the table has no rows; at least one line of an order is needed")
    repairs: dict[str, int] = {}
    days = None
    if as_of is not None or "order_col" not in named:
        days = raw_columns.dates(table[named["date_col"]], repairs, tz=tz, dayfirst=dayfirst)
    orders = _orders(table, named, days, repairs)
    items = raw_columns.ids(table[named["item_col"]], "item", repairs)
    reasons = {"no_order": orders.isna().to_numpy(bool), "no_item": items.isna().to_numpy(bool)}
    if "order_col" in named:
        cancelled = cancelled_rows(orders, cancelled_prefix)
        reasons |= {} if cancelled is None else {"cancelled": cancelled}
    reasons |= _no_purchases(table, named, repairs, decimal)
    if as_of is not None and days is not None:
        reasons["date"] = np.isnat(days)
        reasons["after_as_of"] = days.astype("datetime64[D]") > np.datetime64(as_of)
    left = np.ones(len(table), bool)
    counts = {"read": len(table)}
    for name in IN_WORDS:
        if name in reasons:
            counts[name] = int((left & reasons[name]).sum())
            left &= ~reasons[name]
    if not left.any():
        told = ", ".join(
            f"{n:,} {IN_WORDS[name]}" for name, n in counts.items() if name != "read" and n
        )
        raise DataContractError(f"no line of {len(table):,} can be used: {told}")
    counts["kept"] = int(left.sum())
    rows = pd.DataFrame({"order_id": orders[left].to_numpy(), "item": items[left].to_numpy()})
    return OrderLines(rows, counts)


def _checked(
    frame: Any, columns: Mapping[str, str | None], as_of: dt.date | None
) -> dict[str, str]:
    """The columns that are there to be read; what must be there and is not is refused."""
    named = {parameter: column for parameter, column in columns.items() if column is not None}
    available = frames.column_names(frame)
    named.setdefault("item_col", "item")
    if "order_col" not in named and not {"customer_col", "date_col"} <= named.keys():
        named["order_col"] = "order_id"
    if as_of is not None and "date_col" not in named:
        raise ColumnNotFoundError(
            "as_of leaves out what was bought later, which takes a column of dates; there is none."
        )
    checks.columns(available, named)
    checks.distinct_columns(named)
    return named


def _orders(
    table: pd.DataFrame,
    named: Mapping[str, str],
    days: NDArray[np.datetime64] | None,
    repairs: dict[str, int],
) -> pd.Series[Any]:
    """The order of each line, or its customer and day."""
    if "order_col" in named:
        return raw_columns.ids(table[named["order_col"]], "order", repairs)
    customers = raw_columns.ids(table[named["customer_col"]], "customer", repairs)
    day = pd.Series(days).dt.floor("D")
    known = customers.notna() & day.notna()
    pairs = pd.DataFrame({"customer": customers.astype(object), "day": day})[known]
    number = pairs.groupby(["customer", "day"], sort=True).ngroup()
    code: pd.Series[Any] = number.reindex(table.index).astype("Int64")
    return code


def _no_purchases(
    table: pd.DataFrame, named: Mapping[str, str], repairs: dict[str, int], decimal: str | None
) -> dict[str, NDArray[np.bool_]]:
    numbers = {
        name: raw_columns.numbers(table[named[name]], repairs, decimal=decimal)
        for name in ("amount_col", "quantity_col", "price_col")
        if name in named
    }
    refund = np.zeros(len(table), bool)
    if "amount_col" in numbers:
        refund |= numbers["amount_col"] < 0
    if "quantity_col" in numbers:
        refund |= numbers["quantity_col"] <= 0
    found = {"refund": refund} if {"amount_col", "quantity_col"} & numbers.keys() else {}
    if "price_col" in numbers:
        found["price"] = numbers["price_col"] <= 0
    return found
