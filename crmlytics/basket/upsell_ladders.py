"""Who stands on which rung of a category's price ladder, and who is ready for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.basket._arguments import require_columns
from crmlytics.basket._sequence_rows import DatedItems, paired_names, read_dated_items
from crmlytics.basket._upsell_rungs import Ladders, ladders, typical_prices
from crmlytics.basket._waiting_curves import read_at, share_interval
from crmlytics.errors import DataContractError
from crmlytics.survival import product_limit

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_DAYS_PER = {"D": 1, "W": 7}
_RESULTS = (
    "rung", "n_rungs", "rung_price", "next_price", "since", "tenure_days", "n", "n_stepped_up",
    "step_up_rate", "low", "high", "rung_rate", "ready",
)  # fmt: skip


class _Climbs(NamedTuple):
    """Each stay of a customer on a rung, ordered by customer, category and time.

    `stays` days passed until the first purchase on a higher rung, or, where not `left`, to `as_of`.
    """

    customer: NDArray[np.int64]
    category: NDArray[np.int64]
    rung: NDArray[np.int64]
    since: NDArray[np.int64]
    stays: NDArray[np.int64]
    left: NDArray[np.bool_]


def upsell_table(
    transactions: IntoFrameT,
    *,
    as_of: dt.date,
    within: int,
    unit: Literal["D", "W"] = "D",
    n_rungs: int = 3,
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    item_col: str = "item",
    category_col: str = "category",
    price_col: str = "price",
    tz: str | None = None,
) -> IntoFrameT:
    """Place each customer on the price ladder of each category and rate the chance of a step up.

    Parameters
    ----------
    transactions : frame
        One row per line of an order, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    within : int
        Time, in `unit`, in which a step up counts.
    unit : {"D", "W"}
        Unit of `within`: days, or weeks of 7 days.
    n_rungs : int
        Most rungs of a ladder, 2 or more.
    level : float
        Confidence of the interval, as a fraction.
    customer_col, date_col, item_col, category_col : str
        Names of the columns: customer, item and the item's one category (text or integer), the
        date or timestamp.
    price_col : str
        Price of one unit, at least 0: where lines hold amounts, divide them by the quantity first.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per customer and category, ordered by both, under the names
        of their columns. ``rung`` (the highest reached so far, from 1, the cheapest), ``n_rungs``
        (of this category), ``rung_price`` and ``next_price`` (typical prices; null above the top),
        ``since`` (date of the first purchase on that rung), ``tenure_days``, ``n`` (stays of all
        customers on that rung known to have lasted longer than this tenure), ``n_stepped_up``
        (those that ended `within` after it), ``step_up_rate`` with ``low`` and ``high`` (of
        customers who stayed that long, the share who step up within that time), ``rung_rate`` (the
        same for customers new on the rung) and ``ready`` (whether there is a next rung and
        ``step_up_rate`` is at least ``rung_rate``). Rates are null on the top rung and where
        nobody was watched for so long.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type, prices are negative, an item has
        several categories, or a key column bears the name of a result.
    NotEnoughDataError
        If `as_of` lies before all rows.
    ValueError
        If an option is out of its range.

    Notes
    -----
    An item's typical price is the median over its purchases (a customer's purchases of one day
    count once, at their mean price). The items of a category, ordered by typical price, are cut
    into `n_rungs` parts of about equally many items; items of one price share a rung. A customer
    stands on the highest rung reached so far: a cheaper purchase later is no step down.

    A stay on a rung ends with the first purchase on a higher one and is censored at `as_of`. With
    S the Kaplan-Meier curve of all stays on the rung, u the tenure and w the time `within`, the
    rate is 1 - S(u + w) / S(u). Its interval is Wilson's with the sample size at which a plain
    share has Greenwood's variance (Rothman). The table describes; whether an offer causes the step
    only an experiment tells. The definition of the rungs and of ``ready`` has no published source.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations.
    Journal of the American Statistical Association 53, 457-481.

    Rothman, K. J. (1978). Estimation of confidence limits for the cumulative probability of
    survival in life table analysis. Journal of Chronic Diseases 31, 557-560.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.basket import upsell_table
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "cem"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-21", "2024-01-05", "2024-03-01"]),
    ...     "item": ["basic", "deluxe", "basic", "basic"],
    ...     "category": ["razor", "razor", "razor", "razor"],
    ...     "price": [10.0, 40.0, 10.0, 10.0],
    ... })
    >>> table = upsell_table(lines, within=30, as_of=dt.date(2024, 3, 11))
    >>> table[["customer_id", "rung", "n_rungs", "tenure_days", "n", "step_up_rate", "ready"]]
      customer_id  rung  n_rungs  tenure_days  n  step_up_rate  ready
    0         ann     2        2           50  0           NaN  False
    1         bob     1        2           66  0           NaN  False
    2         cem     1        2           10  2           0.5   True
    """
    as_of = checks.day("as_of", as_of)
    unit = checks.word("unit", unit, tuple(_DAYS_PER))  # type: ignore[assignment]
    days = checks.whole_number("within", within, at_least=1) * _DAYS_PER[unit]
    checks.whole_number("n_rungs", n_rungs, at_least=2)
    level = checks.fraction("level", level)
    roles: dict[str, str | None] = {
        "customer_col": customer_col, "date_col": date_col, "item_col": item_col,
        "price_col": price_col, "category_col": category_col,
    }  # fmt: skip
    require_columns(roles)
    checks.free_names([customer_col, category_col], _RESULTS)
    checks.columns(frames.column_names(transactions), roles)
    checks.distinct_columns(roles)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col, as_of=as_of,
        price_col=price_col, tz=tz,
    )  # fmt: skip
    if rows.n_negative:
        raise DataContractError(
            f"{rows.n_negative:,} prices in {price_col!r} are negative; leave refunds out"
        )
    _, categories, of_item, category = paired_names(
        transactions, item_col=item_col, other_col=category_col, parameter="category_col",
        date_col=date_col, as_of=as_of, tz=tz,
    )  # fmt: skip
    _refuse_several(of_item, len(rows.items), category_col)
    prices = typical_prices(rows.item, rows.price, len(rows.items))
    held = ladders(category, prices, n_categories=len(categories), n_rungs=n_rungs)
    climbs = _climbs(rows, category, held, periods.to_day_index(as_of))
    now = ~climbs.left
    columns: dict[str, NDArray[Any]] = {
        customer_col: rows.customers[climbs.customer[now]],
        category_col: categories[climbs.category[now]],
    }
    return frames.from_arrays(columns | _rates(climbs, held, days, level), like=transactions)


def _refuse_several(of_item: NDArray[np.int64], n_items: int, category_col: str) -> None:
    """Refuse items of several categories: their rungs would not be defined."""
    if several := n_items and int((np.bincount(of_item, minlength=n_items) > 1).sum()):
        raise DataContractError(
            f"{several:,} of {n_items:,} items have several values of {category_col!r}; "
            "give every item one category"
        )


def _climbs(rows: DatedItems, category: NDArray[np.int64], held: Ladders, today: int) -> _Climbs:
    """Find each customer's stays on the rungs of each category."""
    of, rung = category[rows.item], held.rung[rows.item]
    # The highest rung of a day first: the others of that day are no steps.
    order = np.lexsort((-rung, rows.day, of, rows.customer))
    customer, of, rung, day = rows.customer[order], of[order], rung[order], rows.day[order]
    new = (np.diff(customer, prepend=-1) != 0) | (np.diff(of, prepend=-1) != 0)
    stride = int(rung.max(initial=0)) + 1
    reached = np.maximum.accumulate((np.cumsum(new) - 1) * stride + rung)
    at = np.flatnonzero(np.diff(reached, prepend=-1) > 0)
    customer, of, rung, day = customer[at], of[at], rung[at], day[at]
    last = np.ones(len(at), bool)
    last[:-1] = (np.diff(customer) != 0) | (np.diff(of) != 0)
    end = np.where(last, today, np.append(day[1:], today))
    return _Climbs(customer, of, rung, day, end - day, ~last)


def _rates(climbs: _Climbs, held: Ladders, days: int, level: float) -> dict[str, NDArray[Any]]:
    """Rate the next step of everyone who still stands on a rung."""
    width = held.rung_price.shape[1]
    group = climbs.category * width + climbs.rung
    curves = product_limit(climbs.stays, climbs.left, group=group)
    now = ~climbs.left
    group, tenure = group[now], climbs.stays[now].astype(np.float64)
    category, rung = climbs.category[now], climbs.rung[now]
    top = rung >= held.n_rungs[category]
    start, stop = read_at(curves, group, tenure), read_at(curves, group, tenure + days)
    fresh = read_at(curves, group, np.full(len(group), float(days)))
    with np.errstate(invalid="ignore", divide="ignore"):
        staying = np.where(start.left > 0, stop.left / start.left, np.nan)
    at_risk = start.at_risk_after
    rate = np.where(top | (at_risk == 0), np.nan, 1.0 - staying)
    added = np.nan_to_num(stop.greenwood - start.greenwood)
    known = stop.events_until - start.events_until + stop.watched
    low, high = share_interval(rate, (1.0 - rate) ** 2 * added, known, level)
    rung_rate = np.where(top, np.nan, 1.0 - fresh.left)
    return {
        "rung": rung,
        "n_rungs": held.n_rungs[category],
        "rung_price": held.rung_price[category, rung],
        "next_price": held.rung_price[category, rung + 1],
        "since": climbs.since[now].astype("datetime64[D]"),
        "tenure_days": climbs.stays[now],
        "n": np.where(top, 0, at_risk).astype(np.int64),
        "n_stepped_up": np.where(top, 0, stop.events_until - start.events_until).astype(np.int64),
        "step_up_rate": rate,
        "low": low,
        "high": high,
        "rung_rate": rung_rate,
        "ready": rate >= rung_rate,
    }
