"""Recency, frequency and monetary value: one row per customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.events import CodedEvents, Events, read_events
from crmlytics.customers.purchases import (
    NEVER,
    REFUNDS,
    Refunds,
    bought_on,
    coded_purchases,
    lazy_purchases,
    refuse_refunds,
)

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT

CountBy = Literal["orders", "days", "rows"]

_RESULTS = ("recency_days", "frequency", "monetary")


def rfm_table(
    transactions: IntoFrameT,
    *,
    as_of: dt.date,
    count_by: CountBy | None = None,
    monetary: Literal["sum", "mean"] = "sum",
    refunds: Refunds = "net",
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str = "amount",
    order_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    """Summarise when, how often and for how much each customer bought, up to `as_of`.

    Parameters
    ----------
    transactions : frame
        One row per order line or order, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    count_by : {"orders", "days", "rows"}, optional
        What one purchase is: a distinct order, a distinct day, or a row. The default is
        ``"orders"`` if `order_col` is given and ``"days"`` if not.
    monetary : {"sum", "mean"}
        The money of all purchases together, or divided by their number.
    refunds : {"net", "ignore", "error"}
        What a negative amount does: lowers the money, is left out, or is refused. In no case
        does it count as a purchase or refresh the recency.
    customer_col, date_col, amount_col, order_col : str
        Names of the columns: the customer (text or integer), the date or timestamp, the money in
        one currency, the order. None may have missing values.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per customer, ordered by customer: the customer,
        ``recency_days`` (whole days from the last purchase to `as_of`), ``frequency`` (number of
        purchases), ``monetary`` (in the unit of the amounts).

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type; if there are refunds and
        ``refunds="error"``.
    NotEnoughDataError
        If `as_of` lies before all rows.

    Warns
    -----
    DataQualityWarning
        If customers have refunds only: they are left out and counted.

    Notes
    -----
    An amount of 0 is a purchase. An order that spans two days counts once and is as recent as its
    last row. On a database the table stays lazy: the engine that holds the rows aggregates them.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.customers import rfm_table
    >>> transactions = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-03-01", "2024-02-10", "2024-03-04"]),
    ...     "amount": [20.0, 30.0, 15.0, -5.0],
    ... })
    >>> rfm_table(transactions, as_of=dt.date(2024, 3, 31))
      customer_id  recency_days  frequency  monetary
    0         ann            30          2      45.0
    1         bob            50          1      15.0
    """
    as_of = checks.day("as_of", as_of)
    checks.word("monetary", monetary, ("sum", "mean"))
    checks.word("refunds", refunds, REFUNDS)
    count_by = _counting(count_by, order_col)
    checks.free_names([customer_col], _RESULTS)
    events = read_events(
        transactions,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        order_col=order_col if count_by == "orders" else None,
        as_of=as_of,
        tz=tz,
    )
    refuse_refunds(events, refunds=refunds, amount_col=amount_col)
    last_day = periods.to_day_index(as_of)
    if isinstance(events, CodedEvents):
        table = _coded(events, count_by, monetary, refunds, last_day)
        return frames.from_arrays({customer_col: table.pop("_id")} | table, like=transactions)
    customers = _lazily(events, count_by, monetary, refunds, last_day)
    customers = customers.rename({"_id": customer_col}).sort(customer_col)
    return frames.same_kind(customers, like=transactions)


def _counting(count_by: str | None, order_col: str | None) -> CountBy:
    if count_by is None:
        return "days" if order_col is None else "orders"
    checks.word("count_by", count_by, ("orders", "days", "rows"))
    if count_by == "orders" and order_col is None:
        raise ValueError("count_by='orders' needs order_col, the column that holds the order")
    return count_by  # type: ignore[return-value]


def _lazily(
    events: Events, count_by: CountBy, monetary: str, refunds: Refunds, last_day: int
) -> nw.LazyFrame[Any]:
    """Aggregate on the engine that holds the rows: first to purchases, then to customers."""
    rows = lazy_purchases(events, ignore=refunds == "ignore")
    if count_by == "orders":
        rows = rows.group_by("_id", "_order").agg(
            nw.col("_bought_day").max(), nw.col("_buys").max(), nw.col("_amount").sum()
        )
    if count_by == "days":
        # Millions of groups: carry no column that can be worked out from the others.
        rows = rows.group_by("_id", "_day").agg(nw.col("_buys").max(), nw.col("_amount").sum())
        rows = rows.with_columns(_bought_day=bought_on(nw.col("_day")))
    customers = (
        rows.group_by("_id")
        .agg(nw.col("_bought_day").max(), nw.col("_buys").sum(), nw.col("_amount").sum())
        .filter(nw.col("_bought_day") > NEVER)
    )
    money = nw.col("_amount")
    return customers.select(
        "_id",
        recency_days=(last_day - nw.col("_bought_day")).cast(nw.Int64),
        frequency=nw.col("_buys").cast(nw.Int64),
        monetary=money if monetary == "sum" else money / nw.col("_buys").cast(nw.Float64),
    )


def _coded(
    events: CodedEvents, count_by: CountBy, monetary: str, refunds: Refunds, last_day: int
) -> dict[str, Any]:
    """Do the same in numpy: no table of purchases is needed to count and to sum."""
    n = len(events.ids)
    bought = coded_purchases(events)
    code, day = events.code[bought], events.day[bought]
    counted = code
    if count_by != "rows":
        what = day if count_by == "days" else events.order[bought]
        counted, _ = codes.distinct_pairs(code, what)
    frequency = np.bincount(counted, minlength=n)
    paid = bought if refunds == "ignore" else slice(None)
    money = codes.totals(events.code[paid], events.amount[paid], n)
    buyers = frequency > 0
    frequency, money = frequency[buyers], money[buyers]
    return {
        "_id": events.ids[buyers],
        "recency_days": last_day - codes.last(code, day, n, empty=NEVER)[buyers],
        "frequency": frequency,
        "monetary": money if monetary == "sum" else money / frequency,
    }
