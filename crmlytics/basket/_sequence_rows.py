"""Who bought what on which day: the distinct rows of any engine as numpy codes, collected once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames
from crmlytics._core.events import CodedEvents, read_events
from crmlytics.basket._arguments import require_columns
from crmlytics.basket._rows import distinct_keys

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray


class DatedItems(NamedTuple):
    """One row per customer, day and item, ordered by the three.

    `customer` and `item` are positions in `customers` and `items`, the names in ascending order.
    `price` is the mean price of the row's lines where a column of prices was asked for, or empty.
    """

    customers: NDArray[Any]
    items: NDArray[Any]
    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    item: NDArray[np.int64]
    price: NDArray[np.float64]
    n_negative: int


def read_dated_items(
    frame: object,
    *,
    customer_col: str,
    date_col: str,
    item_col: str,
    as_of: dt.date,
    price_col: str | None = None,
    tz: str | None = None,
) -> DatedItems:
    """Check the columns and collect the distinct (customer, day, item) up to `as_of` once."""
    roles: dict[str, str | None] = {
        "customer_col": customer_col,
        "date_col": date_col,
        "item_col": item_col,
        "price_col": price_col,
    }
    require_columns({name: column for name, column in roles.items() if name != "price_col"})
    checks.columns(frames.column_names(frame), roles)
    checks.distinct_columns(roles)
    events = read_events(
        frame, id_col=customer_col, order_col=item_col, amount_col=price_col, date_col=date_col,
        as_of=as_of, tz=tz,
    )  # fmt: skip
    if isinstance(events, CodedEvents):
        # Rows come back in one order, so a second look gives the names of the items' codes.
        named: Any = read_events(
            frame, id_col=item_col, date_col=date_col, as_of=as_of, tz=tz, id_parameter="item_col"
        )
        return _distinct(
            distinct_keys(events.ids), distinct_keys(named.ids), events.code, events.day,
            events.order, events.amount, np.ones(len(events.code)), events.n_refunds,
        )  # fmt: skip
    grouped = events.rows.group_by("_id", "_day", "_order")
    sums = [nw.len().alias("_lines")] + ([nw.col("_amount").sum()] if price_col else [])
    held = frames.arrays(frames.collect(grouped.agg(*sums)))
    code, customers = codes.factorise(pd.Series(held["_id"]))
    item, items = codes.factorise(pd.Series(held["_order"]))
    return _distinct(
        distinct_keys(customers), distinct_keys(items), code, held["_day"].astype(np.int64), item,
        held["_amount"].astype(np.float64) if price_col else np.empty(0),
        held["_lines"].astype(np.float64), events.n_refunds,
    )  # fmt: skip


def paired_names(
    frame: object, *, item_col: str, other_col: str, parameter: str, date_col: str, as_of: dt.date,
    tz: str | None,
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Return the names of items and of another column, and their distinct pairs as codes."""
    checks.columns(frames.column_names(frame), {parameter: other_col})
    events = read_events(
        frame, id_col=item_col, order_col=other_col, date_col=date_col, as_of=as_of, tz=tz,
        id_parameter="item_col",
    )  # fmt: skip
    if isinstance(events, CodedEvents):
        named: Any = read_events(
            frame, id_col=other_col, date_col=date_col, as_of=as_of, tz=tz, id_parameter=parameter
        )
        item, other = codes.distinct_pairs(events.code, events.order)
        return distinct_keys(events.ids), distinct_keys(named.ids), item, other
    held = frames.arrays(
        frames.collect(events.rows.group_by("_id", "_order").agg(_n=nw.len()).drop("_n"))
    )
    item, items = codes.factorise(pd.Series(held["_id"]))
    other, others = codes.factorise(pd.Series(held["_order"]))
    return (distinct_keys(items), distinct_keys(others), *codes.distinct_pairs(item, other))


def _distinct(
    customers: NDArray[Any],
    items: NDArray[Any],
    customer: NDArray[np.int64],
    day: NDArray[np.int64],
    item: NDArray[np.int64],
    price_sum: NDArray[np.float64],
    lines: NDArray[np.float64],
    n_negative: int,
) -> DatedItems:
    order = np.lexsort((item, day, customer))
    customer, day, item = customer[order], day[order], item[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(customer) != 0) | (np.diff(day) != 0) | (np.diff(item) != 0)
    price = np.empty(0)
    if len(price_sum):
        place = np.cumsum(new) - 1
        price = np.bincount(place, price_sum[order]) / np.bincount(place, lines[order])
    return DatedItems(customers, items, customer[new], day[new], item[new], price, n_negative)
