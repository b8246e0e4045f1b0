"""Regular sales series from transactions: one row per period, with zeros where nothing was sold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, notices, periods
from crmlytics._core.events import CodedEvents, Events, read_events
from crmlytics.customers.purchases import REFUNDS, Refunds, refuse_refunds
from crmlytics.errors import DataQualityWarning, NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_RESULTS = ("date", "value", "complete")


class _Sales(NamedTuple):
    """Amounts by series (as positions in `ids`) and period, summed or still to be summed."""

    ids: Any
    code: NDArray[np.int64]
    period: NDArray[np.int64]
    amount: NDArray[np.float64]


def sales_series(
    transactions: IntoFrameT,
    *,
    unit: periods.Unit,
    as_of: dt.date,
    by: str | None = None,
    incomplete: Literal["drop", "mask", "include"] = "drop",
    refunds: Refunds = "net",
    date_col: str = "date",
    amount_col: str = "amount",
    tz: str | None = None,
) -> IntoFrameT:
    """Sum sales by calendar period, from each series' first sale to `as_of`, without holes.

    Parameters
    ----------
    transactions : frame
        One row per order line or order, from any engine; other columns are ignored.
    unit : {"D", "W", "M", "Q", "Y"}
        Length of a period; weeks run Monday to Sunday.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    by : str, optional
        Column that tells the series apart (text or integer), such as the region or the product.
        None: one series of all sales.
    incomplete : {"drop", "mask", "include"}
        What happens to the period of `as_of` if it is not over at the end of that day: it is left
        out; it is a row whose value is null; or it is a row with the part sold so far.
    refunds : {"net", "ignore", "error"}
        What a negative amount does: lowers the sales of its own period, is left out, or is
        refused.
    date_col, amount_col : str
        Names of the columns: the date or timestamp, the money in one currency.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, ordered by series and date: the column `by` (if given), ``date``
        (first day of the period), ``value`` (sales in the unit of the amounts; 0 in a period
        without rows) and, unless ``incomplete="drop"``, ``complete`` (False for a period that is
        not over).

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type; if there are refunds and
        ``refunds="error"``.
    NotEnoughDataError
        If `as_of` lies before all rows, or no period is over by then and the incomplete one is
        dropped.

    Warns
    -----
    DataQualityWarning
        If series are left out: those that begin in the period dropped, and with
        ``refunds="ignore"`` those of refunds only. They are counted.

    Notes
    -----
    A series begins with the period of its first row. With ``refunds="net"`` that row may be a
    refund, so that the values of a series always add up to its amounts. Nobody can tell from
    transactions whether the first period was observed from its beginning: if the log starts in
    mid-month, drop that month before forecasting.

    The engine that holds the rows sums them; only one row per series and period is collected.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.forecast import sales_series
    >>> transactions = pd.DataFrame({
    ...     "date": pd.to_datetime(["2024-01-05", "2024-01-30", "2024-03-04", "2024-04-02"]),
    ...     "amount": [20.0, 30.0, 15.0, 5.0],
    ... })
    >>> sales_series(transactions, unit="M", as_of=dt.date(2024, 4, 10))
            date  value
    0 2024-01-01   50.0
    1 2024-02-01    0.0
    2 2024-03-01   15.0
    >>> sales_series(transactions, unit="M", as_of=dt.date(2024, 4, 10), incomplete="mask")
            date  value  complete
    0 2024-01-01   50.0      True
    1 2024-02-01    0.0      True
    2 2024-03-01   15.0      True
    3 2024-04-01    NaN     False
    """
    as_of = checks.day("as_of", as_of)
    checks.word("unit", unit, periods.UNITS)
    checks.word("incomplete", incomplete, ("drop", "mask", "include"))
    checks.word("refunds", refunds, REFUNDS)
    checks.free_names([by] if isinstance(by, str) else [], _RESULTS)
    events = read_events(
        transactions,
        id_col=by,
        date_col=date_col,
        amount_col=amount_col,
        as_of=as_of,
        unit=unit,
        tz=tz,
        id_parameter="by",
    )
    refuse_refunds(events, refunds=refunds, amount_col=amount_col)
    last_complete = periods.last_complete(as_of, unit)
    last = last_complete if incomplete == "drop" else periods.period_of(as_of, unit)
    sales = _sales(events, ignore=refunds == "ignore")
    series, period, value = _regular(_until(sales, last, unit, as_of), last)
    columns = {} if by is None else {by: sales.ids[series]}
    columns |= {"date": periods.first_days(period, unit), "value": value}
    if incomplete != "drop":
        columns["complete"] = period <= last_complete
    if incomplete == "mask":
        columns["value"] = np.where(columns["complete"], value, np.nan)
    return frames.from_arrays(columns, like=transactions)


def _sales(events: Events | CodedEvents, *, ignore: bool) -> _Sales:
    """Sales by series and period; with `ignore`, without refunds and series of refunds only."""
    if isinstance(events, CodedEvents):
        sold = np.ones(events.n_rows, bool) if not ignore else events.amount >= 0
        sales = _Sales(events.ids, events.code, events.period, events.amount)
    else:
        sold, sales = _summed_lazily(events, ignore=ignore)
    sales = sales._replace(
        code=sales.code[sold], period=sales.period[sold], amount=sales.amount[sold]
    )
    if ignore and (left_out := len(sales.ids) - len(np.unique(sales.code))):
        _warn(f"{left_out:,} series have refunds and no sale; they are left out")
    return sales


def _summed_lazily(events: Events, *, ignore: bool) -> tuple[NDArray[np.bool_], _Sales]:
    amount, sold = nw.col("_amount"), nw.col("_amount") >= 0
    kept = nw.when(sold).then(amount).otherwise(nw.lit(0.0)) if ignore else amount
    rows = events.rows.with_columns(_amount=kept, _sold=frames.flag(sold) if ignore else nw.lit(1))
    summed = rows.group_by("_id", "_period").agg(nw.col("_amount").sum(), nw.col("_sold").max())
    table = frames.arrays(frames.collect(summed))
    code, ids = codes.factorise(pd.Series(table["_id"]))
    period = table["_period"].astype(np.int64)
    return table["_sold"] > 0, _Sales(np.asarray(ids), code, period, table["_amount"])


def _until(sales: _Sales, last: int, unit: str, as_of: dt.date) -> _Sales:
    """Leave out what lies in a dropped period, and say if whole series go with it."""
    kept = sales.period <= last
    if kept.all():
        return sales
    if not kept.any():
        raise NotEnoughDataError(
            f"no period of unit={unit!r} with sales is over at as_of={as_of}: at least one is "
            "needed; pass a later as_of, a shorter unit or incomplete='include'"
        )
    before, after = len(np.unique(sales.code)), len(np.unique(sales.code[kept]))
    if before > after:
        _warn(
            f"{before - after:,} of {before:,} series begin in the period that is not over at "
            f"as_of={as_of}; they are left out (incomplete='include' or 'mask' keeps them)"
        )
    return sales._replace(
        code=sales.code[kept], period=sales.period[kept], amount=sales.amount[kept]
    )


def _regular(
    sales: _Sales, last: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Series, period and value of every cell from each series' first period to `last`."""
    n = len(sales.ids)
    first = np.full(n, last + 1)
    np.minimum.at(first, sales.code, sales.period)
    length = last + 1 - first
    start = np.cumsum(length) - length
    cell = start[sales.code] + sales.period - first[sales.code]
    series = np.repeat(np.arange(n), length)
    value = codes.totals(cell, sales.amount, len(series))
    return series, np.arange(len(series)) - start[series] + first[series], value


def _warn(message: str) -> None:
    notices.warn(message, DataQualityWarning)
