"""Dropping the rows that no analysis can use, counted by the first reason, and nothing else.

Library functions refuse such rows; only the report and the command drop them, and say so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.io.backends import from_arrow
from crmlytics.report import raw_columns

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

#: Why a row is dropped, in the order in which the reasons are asked for, as messages put it.
IN_WORDS = {
    "no_customer": "without a customer",
    "cancelled": "of cancelled orders",
    "price": "with a price of 0 or less",
    "quantity": "with a quantity of 0 or less",
    "date": "without a readable date",
    "amount": "without a finite amount",
    "refund": "of refunds",
    "after_as_of": "after as_of",
}
REASONS = tuple(IN_WORDS)


class Roles(NamedTuple):
    """Which column plays which part; None: there is no such column."""

    customer: str
    date: str
    amount: str | None = None
    order: str | None = None
    quantity: str | None = None
    price: str | None = None
    item: str | None = None


class Cleaned(NamedTuple):
    """The rows kept, under our own names, and what was found on the way.

    `rows` has ``customer_id``, ``date`` (local, without a zone), ``amount`` if there is money and
    ``order_id`` if there are orders. `dropped` and `dropped_money` have an entry for each reason
    that could be looked at. `repairs` counts values that were read otherwise than they stood.
    `items` are the items of `rows`, one by one and as they stand, if there is such a column.
    """

    rows: pd.DataFrame
    n_read: int
    dropped: dict[str, int]
    dropped_money: dict[str, float]
    duplicates_read: int
    duplicates_kept: int
    n_refunds: int
    refunds_money: float
    repairs: dict[str, int]
    items: pd.Series[Any] | None = None

    @property
    def n_dropped(self) -> int:
        """Number of rows dropped for any reason."""
        return sum(self.dropped.values())


def roles_of(
    frame: object,
    *,
    customer_col: str,
    date_col: str,
    amount_col: str | None,
    order_col: str | None,
    quantity_col: str | None,
    price_col: str | None,
    item_col: str | None = None,
    money: bool = True,
) -> Roles:
    """Check the columns named; without `amount_col` the amount is quantity times price."""
    available = frames.column_names(frame)
    if (quantity_col is None) != (price_col is None) and amount_col is None and money:
        raise ValueError(
            "quantity_col and price_col go together: the amount is their product; "
            "name both, or amount_col"
        )
    if amount_col is None and quantity_col is None and money:
        amount_col = "amount"
    wanted = {
        "customer_col": customer_col,
        "date_col": date_col,
        "amount_col": amount_col,
        "order_col": order_col,
        "quantity_col": quantity_col,
        "price_col": price_col,
        "item_col": item_col,
    }
    checks.columns(available, wanted)
    checks.distinct_columns(wanted)
    return Roles(customer_col, date_col, amount_col, order_col, quantity_col, price_col, item_col)


def clean_transactions(
    frame: Any,
    roles: Roles,
    *,
    as_of: dt.date,
    refunds: str = "net",
    cancelled_prefix: str | None = "C",
    tz: str | None = None,
    dayfirst: bool | None = None,
    decimal: str | None = None,
) -> Cleaned:
    """Drop rows by the first reason that applies, in the order of `REASONS`.

    An order is taken as cancelled if its number is `cancelled_prefix` and digits while most
    orders are digits alone, as the shops write it that export ``C536379`` beside ``536365``. With
    ``refunds="ignore"`` rows with a negative quantity or amount are dropped; with ``"net"`` they,
    and cancelled orders with negative amounts, stay as refunds. Exact duplicates are counted and
    kept: two lines of one order may be equal.
    """
    table = as_pandas(frame)
    n = len(table)
    if not n:
        raise NotEnoughDataError("the table has no rows; at least one purchase is needed")
    repairs: dict[str, int] = {}
    customer = raw_columns.ids(table[roles.customer], "customer", repairs)
    order = None if roles.order is None else raw_columns.ids(table[roles.order], "order", repairs)
    day = raw_columns.dates(table[roles.date], repairs, tz=tz, dayfirst=dayfirst)
    quantity, price = (
        None if name is None else raw_columns.numbers(table[name], repairs, decimal=decimal)
        for name in (roles.quantity, roles.price)
    )
    amount = _amounts(table, roles, quantity, price, repairs, decimal)
    reasons = _reasons(customer, quantity, price, day, amount, as_of, refunds)
    cancelled = None if order is None else cancelled_rows(order, cancelled_prefix)
    if cancelled is not None:
        # A cancellation that takes money back is a refund, where refunds are wanted.
        if amount is not None and refunds == "net":
            cancelled &= ~(amount < 0)
        reasons["cancelled"] = cancelled
    left = np.ones(n, bool)
    dropped, money = {}, {}
    for name in REASONS:
        if name not in reasons:
            continue
        hit = left & reasons[name]
        dropped[name] = int(hit.sum())
        money[name] = _sum(amount, hit)
        left &= ~hit
    _refuse_nothing_left(left, dropped, day, as_of)
    if amount is not None and not (amount[left] >= 0).any():
        raise NotEnoughDataError(
            f"all {int(left.sum()):,} rows that can be used are refunds; at least one purchase is "
            "needed"
        )
    duplicates = _duplicated(table, roles)
    rows = _kept_rows(customer, order, day, amount, left, repairs)
    refunded = left & (amount < 0) if amount is not None else np.zeros(n, bool)
    return Cleaned(
        rows=rows,
        n_read=n,
        dropped=dropped,
        dropped_money=money,
        duplicates_read=int(duplicates.sum()),
        duplicates_kept=int(_duplicated(table[left], roles).sum()),
        n_refunds=int(refunded.sum()),
        refunds_money=_sum(amount, refunded),
        repairs=repairs,
        items=None if roles.item is None else table[roles.item][left].reset_index(drop=True),
    )


def as_pandas(frame: Any) -> pd.DataFrame:
    """Collect any frame as pandas with rows numbered from 0."""
    if isinstance(frame, pd.DataFrame):
        if not frame.columns.is_unique:
            raise DataContractError(
                f"{int(frame.columns.duplicated().sum())} column names repeat; rename them first"
            )
        return frame.reset_index(drop=True)
    collected = frames.collect(frames.lazy(frame))
    if collected.implementation.is_pandas_like():
        return collected.to_pandas().reset_index(drop=True)
    # Through Arrow, so that long ids with gaps stay whole numbers instead of turning into floats.
    table: pd.DataFrame = from_arrow(collected.to_arrow(), "pandas")
    return table


def _amounts(
    table: pd.DataFrame,
    roles: Roles,
    quantity: NDArray[np.float64] | None,
    price: NDArray[np.float64] | None,
    repairs: dict[str, int],
    decimal: str | None,
) -> NDArray[np.float64] | None:
    if roles.amount is not None:
        return raw_columns.numbers(table[roles.amount], repairs, decimal=decimal)
    if quantity is None or price is None:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        return quantity * price


def _reasons(
    customer: pd.Series[Any],
    quantity: NDArray[np.float64] | None,
    price: NDArray[np.float64] | None,
    day: NDArray[np.datetime64],
    amount: NDArray[np.float64] | None,
    as_of: dt.date,
    refunds: str,
) -> dict[str, NDArray[np.bool_]]:
    """Whether each reason holds for each row; comparisons with a missing value are False."""
    reasons = {"no_customer": customer.isna().to_numpy(bool), "date": np.isnat(day)}
    reasons["after_as_of"] = day.astype("datetime64[D]") > np.datetime64(as_of)
    if price is not None:
        reasons["price"] = price <= 0
    if quantity is not None:
        reasons["quantity"] = quantity <= 0 if refunds == "ignore" else quantity == 0
    if amount is not None:
        reasons["amount"] = ~np.isfinite(amount)
        if refunds == "ignore":
            reasons["refund"] = amount < 0
    return reasons


def cancelled_rows(order: pd.Series[Any], prefix: str | None) -> NDArray[np.bool_] | None:
    """Which rows belong to cancelled orders; None where order numbers do not look like that."""
    if not prefix or pd.api.types.is_integer_dtype(order.dtype):
        return None
    code, numbers = pd.factorize(order)
    pattern = re.compile(f"{re.escape(prefix)}[0-9]+")
    marked = np.array([pattern.fullmatch(number) is not None for number in numbers], bool)
    plain = sum(number.isdecimal() for number in numbers)
    if not marked.any() or 2 * plain <= len(numbers):
        return None
    # Code -1, a missing order, takes the last place.
    of_row: NDArray[np.bool_] = np.append(marked, False)[code]
    return of_row


def _kept_rows(
    customer: pd.Series[Any],
    order: pd.Series[Any] | None,
    day: NDArray[np.datetime64],
    amount: NDArray[np.float64] | None,
    left: NDArray[np.bool_],
    repairs: dict[str, int],
) -> pd.DataFrame:
    rows = pd.DataFrame({"customer_id": _without_nulls(customer[left]), "date": day[left]})
    if amount is not None:
        rows["amount"] = amount[left]
    if order is not None:
        rows["order_id"] = order[left].reset_index(drop=True)
        missing = rows["order_id"].isna()
        if missing.any():
            repairs["order_missing"] = int(missing.sum())
            days = rows["date"].dt.strftime("%Y-%m-%d")
            stand_in = "no order number: " + rows["customer_id"].astype(str) + " " + days
            rows["order_id"] = rows["order_id"].astype(object).where(~missing, stand_in)
            rows["order_id"] = rows["order_id"].astype("str")
        else:
            rows["order_id"] = _without_nulls(rows["order_id"])
    return rows


def _without_nulls(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Give ids that miss nothing any more their plain type."""
    ids = ids.reset_index(drop=True)
    return ids.astype("int64") if pd.api.types.is_integer_dtype(ids.dtype) else ids.astype("str")


def _duplicated(table: pd.DataFrame, roles: Roles) -> NDArray[np.bool_]:
    """Which rows repeat an earlier one in every column."""
    try:
        return table.duplicated().to_numpy(bool)
    except TypeError:  # lists and the like cannot be compared: the columns that matter can
        used = [name for name in roles._replace(item=None) if name is not None]
        return table[used].duplicated().to_numpy(bool)


def _sum(amount: NDArray[np.float64] | None, rows: NDArray[np.bool_]) -> float:
    if amount is None:
        return float("nan")
    values = amount[rows]
    return float(values[np.isfinite(values)].sum())


def _refuse_nothing_left(
    left: NDArray[np.bool_],
    dropped: dict[str, int],
    day: NDArray[np.datetime64],
    as_of: dt.date,
) -> None:
    if left.any():
        return
    n = len(left)
    known = day[~np.isnat(day)].astype("datetime64[D]")
    if len(known) and known.min() > np.datetime64(as_of):
        raise NotEnoughDataError(
            f"as_of={as_of} lies before all {n:,} rows (the first is of {known.min()}); nothing is "
            "left to analyse: pass a later as_of"
        )
    counts = ", ".join(f"{count:,} {IN_WORDS[name]}" for name, count in dropped.items() if count)
    raise DataContractError(f"no row of {n:,} can be used: {counts}")
