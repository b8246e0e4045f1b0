"""When each customer is due to buy each item again, and who is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.basket._arguments import require_columns
from crmlytics.basket._sequence_rows import DatedItems, read_dated_items
from crmlytics.basket._waiting_curves import read_at
from crmlytics.survival import product_limit, product_limit_quantile

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_RESULTS = (
    "n", "last_date", "own_interval_days", "item_interval_days", "item_n", "item_n_censored",
    "expected_interval_days", "basis", "due_date", "days_overdue", "overdue", "longer_share",
)  # fmt: skip


class _Histories(NamedTuple):
    """One row per customer and item, ordered by both; days since 1970-01-01."""

    customer: NDArray[np.int64]
    item: NDArray[np.int64]
    n: NDArray[np.int64]
    last: NDArray[np.int64]
    own: NDArray[np.float64]


def next_purchase_table(
    transactions: IntoFrameT,
    *,
    as_of: dt.date,
    enough_gaps: int = 5,
    customer_col: str = "customer_id",
    date_col: str = "date",
    item_col: str = "item",
    tz: str | None = None,
) -> IntoFrameT:
    """Tell for each customer and item when the next purchase is due and how late it is.

    Parameters
    ----------
    transactions : frame
        One row per line of an order, from any engine; other columns are ignored. Purchases of an
        item by one customer on one day count once.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    enough_gaps : int
        Number of gaps between purchases from which a customer's own rhythm counts alone.
    customer_col, date_col, item_col : str
        Names of the columns: customer and item (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per customer and item, ordered by both, under the names of
        their columns. ``n`` (days on which the customer bought it), ``last_date``,
        ``own_interval_days`` (median of the customer's gaps; null before the second purchase),
        ``item_interval_days`` (Kaplan-Meier median over all customers of the item; null where
        fewer than half of the waits have ended), ``item_n`` (gaps of the item) and
        ``item_n_censored`` (customers' last waits, still open), ``expected_interval_days``,
        ``basis`` (``"own"``, ``"shrunk"``, ``"item"`` or ``"unknown"``), ``due_date``,
        ``days_overdue`` (negative before it), ``overdue`` (False where nothing is known) and
        ``longer_share``: the share of waits longer than the one so far, in this customer's rhythm.
        Near 1 it is early; near 0 nearly everyone would have come back. Null beyond the longest
        wait known.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing or of the wrong type, or a key column bears the name of a result.
    NotEnoughDataError
        If `as_of` lies before all rows.
    ValueError
        If an option is out of its range.

    Notes
    -----
    The item's rhythm is the Kaplan-Meier curve of all gaps of all its customers, in which each
    customer's wait since the last purchase is censored at `as_of`: leaving out the open waits
    would make every item look quicker than it is. Customers who buy often add more gaps.

    With g gaps and m = `enough_gaps`, the expected interval is w · own + (1 - w) · item with
    w = min(1, g / m): a plain shrinkage, chosen for being easy to explain; it has no published
    source. Where the item has no median, customers with m gaps keep their own and the others have
    no due date. The due date is the last purchase plus the interval, rounded up to whole days.
    ``longer_share`` reads the item's curve with time stretched by item / expected interval.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations.
    Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.basket import next_purchase_table
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-21", "2024-01-25"]),
    ...     "item": ["ink", "ink", "ink", "ink"],
    ... })
    >>> table = next_purchase_table(lines, as_of=dt.date(2024, 2, 3))
    >>> table[["customer_id", "n", "basis", "due_date", "days_overdue", "overdue"]]
      customer_id  n   basis   due_date  days_overdue  overdue
    0         ann  3  shrunk 2024-01-31           3.0     True
    1         bob  1    item 2024-02-04          -1.0    False
    """
    as_of = checks.day("as_of", as_of)
    enough = checks.whole_number("enough_gaps", enough_gaps, at_least=1)
    require_columns({"customer_col": customer_col, "item_col": item_col})
    checks.free_names([customer_col, item_col], _RESULTS)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col, as_of=as_of,
        tz=tz,
    )  # fmt: skip
    today = periods.to_day_index(as_of)
    histories, gap, gap_item = _histories(rows)
    waited = today - histories.last
    n_items = len(rows.items)
    curves = product_limit(
        np.concatenate((gap, waited)),
        np.arange(len(gap) + len(waited)) < len(gap),
        group=np.concatenate((gap_item, histories.item)),
    )
    item = histories.item
    of_item = product_limit_quantile(curves, 0.5, n_groups=n_items)[item]
    expected, basis = _expected(histories, of_item, enough)
    known = ~np.isnan(expected)
    due = histories.last + np.ceil(np.where(known, expected, 0.0)).astype(np.int64)
    late = np.where(known, today - due, np.nan)
    stretch = np.where(known & ~np.isnan(of_item), of_item / np.where(known, expected, 1.0), 1.0)
    longer = read_at(curves, item, np.asarray(waited * stretch, np.float64)).left
    columns: dict[str, NDArray[Any]] = {
        customer_col: rows.customers[histories.customer],
        item_col: rows.items[item],
        "n": histories.n,
        "last_date": histories.last.astype("datetime64[D]"),
        "own_interval_days": histories.own,
        "item_interval_days": of_item,
        "item_n": np.bincount(gap_item, minlength=n_items)[item],
        "item_n_censored": np.bincount(item, minlength=n_items)[item],
        "expected_interval_days": expected,
        "basis": basis,
        "due_date": np.where(known, due.astype("datetime64[D]"), np.datetime64("NaT", "D")),
        "days_overdue": late,
        "overdue": np.nan_to_num(late) > 0,
        "longer_share": np.where(known, longer, np.nan),
    }
    return frames.from_arrays(columns, like=transactions)


def _histories(rows: DatedItems) -> tuple[_Histories, NDArray[np.int64], NDArray[np.int64]]:
    """Sum each customer's purchases of each item up; and all gaps with their items."""
    order = np.lexsort((rows.day, rows.item, rows.customer))
    customer, item, day = rows.customer[order], rows.item[order], rows.day[order]
    new = (np.diff(customer, prepend=-1) != 0) | (np.diff(item, prepend=-1) != 0)
    start = np.flatnonzero(new)
    stop = np.append(start, len(day))[1:]
    gap = np.diff(day, prepend=0)
    pair = np.cumsum(new) - 1
    histories = _Histories(
        customer=customer[start],
        item=item[start],
        n=stop - start,
        last=day[stop - 1],
        own=_medians(gap[~new], pair[~new], len(start)),
    )
    return histories, gap[~new], item[~new]


def _medians(
    values: NDArray[np.int64], group: NDArray[np.int64], n_groups: int
) -> NDArray[np.float64]:
    """Median of each group, NaN where it is empty."""
    ordered = values[np.lexsort((values, group))]
    size = np.bincount(group, minlength=n_groups)
    start = np.cumsum(size) - size
    filled = np.flatnonzero(size)
    low = start[filled] + (size[filled] - 1) // 2
    high = start[filled] + size[filled] // 2
    result = np.full(n_groups, np.nan)
    result[filled] = (ordered[low] + ordered[high]) / 2
    return result


def _expected(
    histories: _Histories, of_item: NDArray[np.float64], enough: int
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Expected interval of each customer and item, and on what it rests."""
    n_gaps = histories.n - 1
    weight = np.minimum(1.0, n_gaps / enough)
    mixed = weight * np.nan_to_num(histories.own) + (1.0 - weight) * of_item
    expected = np.where(weight == 1.0, histories.own, mixed)
    basis = np.where(weight == 1.0, "own", np.where(n_gaps > 0, "shrunk", "item")).astype(object)
    basis[np.isnan(expected)] = "unknown"
    return expected, basis
