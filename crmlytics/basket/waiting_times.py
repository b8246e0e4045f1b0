"""How long after one product customers buy another, customers still waiting counted as such."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.basket._sequence_rows import DatedItems, read_dated_items
from crmlytics.basket._waiting_curves import (
    Curves,
    influence,
    product_limit,
    quantiles,
    read_at,
    share_interval,
)
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

FromEach = Literal["first", "every"]
_DAYS_PER = {"D": 1, "W": 7}


class _Clocks(NamedTuple):
    """Waiting times from a start to the next purchase of an item, or to the end of `as_of`."""

    customer: NDArray[np.int64]
    duration: NDArray[np.int64]
    event: NDArray[np.bool_]


def time_to_next(
    transactions: IntoFrameT,
    *,
    as_of: dt.date,
    within: int,
    unit: Literal["D", "W"] = "D",
    first_item: Any = None,
    next_item: Any = None,
    pairs: Sequence[tuple[Any, Any]] | None = None,
    from_each: FromEach = "first",
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    item_col: str = "item",
    tz: str | None = None,
) -> IntoFrameT:
    """Estimate when customers of one item buy another, and whether more of them do than usual.

    Parameters
    ----------
    transactions : frame
        One row per line of an order, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist, and whoever has not
        bought the next item by then is still waiting (censored).
    within : int
        Time, in `unit`, in which the share of buyers is compared with the base rate.
    unit : {"D", "W"}
        Unit of `within`: days, or weeks of 7 days.
    first_item, next_item : str or int, optional
        The two items; they may be one and the same (the time to buy it again).
    pairs : sequence of (first, next), optional
        Several such pairs at once, instead.
    from_each : {"first", "every"}
        Whether the clock starts at each customer's first purchase of the first item, or anew at
        every one of them.
    level : float
        Confidence of the intervals, as a fraction.
    customer_col, date_col, item_col : str
        Names of the columns: customer and item (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per pair in the order given: ``first_item``, ``next_item``,
        ``n`` (clocks started), ``n_customers``, ``n_next`` (those that saw the next item),
        ``n_censored``, ``q25_days``, ``median_days`` and ``q75_days`` (null where the curve does
        not come so far), ``share`` (of customers who buy within `within`) with ``low`` and
        ``high``, ``base_share`` (the same after a random purchase of the same customers), ``lift``
        (``share / base_share``) with ``lift_low`` and ``lift_high``. Shares are null where nobody
        was watched for so long.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing or of the wrong type.
    NotEnoughDataError
        If there are no rows up to `as_of`, or an item is not among them.
    ValueError
        If an option is out of its range, or neither or both of `pairs` and the two items are given.

    Notes
    -----
    The event is the first purchase of the next item on a *later day*: on one day there is no order.
    The curve is Kaplan and Meier's. A plain median of the gaps that have closed is too short,
    because long gaps are those that are still open.

    The base rate is the same curve after every purchase day of the customers of the first item,
    whatever was bought; each customer's days together weigh as much as the customer's clocks. It
    tells how soon such customers buy the next item anyhow: a lift of 1 means that the first item
    changes nothing. The share and the base rate come from the same customers; the interval of the
    lift counts this by the infinitesimal jackknife on log(share / base_share), summed by customer.
    So do the other intervals, with Rothman's form of Wilson's; with one clock per customer the
    variance is Greenwood's. Nothing here corrects for trying many pairs.

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
    >>> from crmlytics.basket import time_to_next
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "bob", "cem"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-01", "2024-01-11", "2024-01-05", "2024-01-25", "2024-01-20"]
    ...     ),
    ...     "item": ["printer", "ink", "printer", "ink", "printer"],
    ... })
    >>> found = time_to_next(
    ...     lines, first_item="printer", next_item="ink", within=15, as_of=dt.date(2024, 1, 31)
    ... )
    >>> found[["n", "n_next", "n_censored", "median_days", "share"]].round(3)
       n  n_next  n_censored  median_days  share
    0  3       2           1         20.0  0.333
    """
    as_of = checks.day("as_of", as_of)
    days = (
        checks.whole_number("within", within, at_least=1)
        * _DAYS_PER[checks.word("unit", unit, tuple(_DAYS_PER))]
    )
    level = checks.fraction("level", level)
    checks.word("from_each", from_each, ("first", "every"))
    wanted = _pairs(pairs, first_item, next_item)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col, as_of=as_of,
        tz=tz,
    )  # fmt: skip
    last = periods.to_day_index(as_of)
    found = []
    for first, following in _codes(wanted, rows, item_col):
        clocks = _clocks(rows, first, following, last, from_each)
        found.append(_row(rows, clocks, following, last, days, level))
    columns: dict[str, NDArray[Any]] = {
        "first_item": _column([one for one, _ in wanted]),
        "next_item": _column([other for _, other in wanted]),
    }
    for name in found[0]:
        columns[name] = np.array([row[name] for row in found])
    return frames.from_arrays(columns, like=transactions)


def time_to_next_curves(
    transactions: IntoFrameT,
    *,
    as_of: dt.date,
    first_item: Any = None,
    next_item: Any = None,
    pairs: Sequence[tuple[Any, Any]] | None = None,
    from_each: FromEach = "first",
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    item_col: str = "item",
    tz: str | None = None,
) -> IntoFrameT:
    """Return the curves behind `time_to_next`: the share who have bought the next item by each day.

    Parameters
    ----------
    transactions : frame
        One row per line of an order, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end.
    first_item, next_item, pairs, from_each
        As in `time_to_next`.
    level : float
        Confidence of the intervals, as a fraction.
    customer_col, date_col, item_col : str
        Names of the columns: customer and item (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, for each pair in the order given one row for day 0 and one for each
        number of days after which somebody bought or was last seen waiting: ``first_item``,
        ``next_item``, ``day``, ``n`` (at risk: waiting until that day at least), ``n_next`` (bought
        on it), ``share`` (bought by then), ``low`` and ``high``.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing or of the wrong type.
    NotEnoughDataError
        If there are no rows up to `as_of`, or an item is not among them.
    ValueError
        If an option is out of its range, or neither or both of `pairs` and the two items are given.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.basket import time_to_next_curves
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "bob", "cem"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-01", "2024-01-11", "2024-01-05", "2024-01-25", "2024-01-20"]
    ...     ),
    ...     "item": ["printer", "ink", "printer", "ink", "printer"],
    ... })
    >>> curve = time_to_next_curves(
    ...     lines, first_item="printer", next_item="ink", as_of=dt.date(2024, 1, 31)
    ... )
    >>> curve[["day", "n", "n_next", "share"]].round(3)
       day  n  n_next  share
    0    0  3       0  0.000
    1   10  3       1  0.333
    2   11  2       0  0.333
    3   20  1       1  1.000
    """
    as_of = checks.day("as_of", as_of)
    level = checks.fraction("level", level)
    checks.word("from_each", from_each, ("first", "every"))
    wanted = _pairs(pairs, first_item, next_item)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col, as_of=as_of,
        tz=tz,
    )  # fmt: skip
    last = periods.to_day_index(as_of)
    parts: list[dict[str, NDArray[Any]]] = []
    for pair, (first, following) in zip(wanted, _codes(wanted, rows, item_col), strict=True):
        part = _curve(_clocks(rows, first, following, last, from_each), level)
        n = len(part["day"])
        parts.append(
            {"first_item": _column([pair[0]] * n), "next_item": _column([pair[1]] * n)} | part
        )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return frames.from_arrays(columns, like=transactions)


def _pairs(
    pairs: Sequence[tuple[Any, Any]] | None, first_item: Any, next_item: Any
) -> list[tuple[Any, Any]]:
    if (pairs is None) == (first_item is None and next_item is None):
        raise ValueError("give either first_item and next_item, or pairs of such items")
    if pairs is None:
        if first_item is None or next_item is None:
            missing = "first_item" if first_item is None else "next_item"
            raise ValueError(f"{missing} is missing; it may be the same as the other item")
        return [(first_item, next_item)]
    held = [tuple(pair) for pair in pairs]
    if not held or any(len(pair) != 2 for pair in held):
        raise ValueError("pairs must hold at least one (first, next), and each just two items")
    return [(pair[0], pair[1]) for pair in held]


def _codes(pairs: list[tuple[Any, Any]], rows: DatedItems, item_col: str) -> list[tuple[int, int]]:
    """Return the codes of the items, all of which must occur."""
    if not len(rows.day):
        raise NotEnoughDataError("there are no rows; at least 1 purchase of each item is needed")
    place = {name: code for code, name in enumerate(rows.items.tolist())}
    for name in (name for pair in pairs for name in pair):
        if name not in place:
            close = difflib.get_close_matches(str(name), [str(one) for one in place], n=1)
            raise NotEnoughDataError(
                f"{name!r} does not occur in {item_col!r} up to as_of"
                f"{f'; did you mean {close[0]!r}?' if close else ''}"
            )
    return [(place[first], place[following]) for first, following in pairs]


def _column(names: list[Any]) -> NDArray[Any]:
    if names and not isinstance(names[0], str):
        return np.asarray(names, np.int64)
    column = np.empty(len(names), object)
    column[:] = names
    return column


def _clocks(
    rows: DatedItems, first: int, following: int, last: int, from_each: FromEach
) -> _Clocks:
    """Start a clock at the purchases of the first item."""
    at = np.flatnonzero(rows.item == first)
    if from_each == "first":
        at = at[np.diff(rows.customer[at], prepend=-1) != 0]
    return _until(rows, rows.customer[at], rows.day[at], following, last)


def _until(
    rows: DatedItems,
    customer: NDArray[np.int64],
    day: NDArray[np.int64],
    following: int,
    last: int,
) -> _Clocks:
    """Stop each clock at the first later day on which the customer buys the item."""
    bought = np.flatnonzero(rows.item == following)
    low = int(rows.day.min())
    width = last - low + 2
    key = rows.customer[bought] * width + rows.day[bought] - low
    place = np.searchsorted(key, customer * width + day - low, side="right")
    at = np.minimum(place, len(bought) - 1)
    event = (place < len(bought)) & (rows.customer[bought[at]] == customer)
    return _Clocks(customer, np.where(event, rows.day[bought[at]], last) - day, event)


def _row(
    rows: DatedItems, clocks: _Clocks, following: int, last: int, days: int, level: float
) -> dict[str, float]:
    """Compute one line of `time_to_next`."""
    curves = product_limit(clocks.duration, clocks.event)
    share, change = _share_within(curves, clocks, days)
    base, base_change = _base_share(rows, clocks, following, last, days)
    n_customers = len(np.unique(clocks.customer))
    read = read_at(curves, np.zeros(1, np.int64), np.array([float(days)]))
    # Clocks of one customer are no customers of their own.
    known = (read.events_until + read.watched) * n_customers / len(clocks.event)
    low, high = share_interval(np.array([share]), np.array([(change**2).sum()]), known, level)
    lift, lift_low, lift_high = _lift(share, base, change, base_change, level)
    n_next = int(clocks.event.sum())
    return {
        "n": len(clocks.event),
        "n_customers": n_customers,
        "n_next": n_next,
        "n_censored": len(clocks.event) - n_next,
        "q25_days": float(quantiles(curves, 0.25, 1)[0]),
        "median_days": float(quantiles(curves, 0.5, 1)[0]),
        "q75_days": float(quantiles(curves, 0.75, 1)[0]),
        "share": share,
        "low": float(low[0]),
        "high": float(high[0]),
        "base_share": base,
        "lift": lift,
        "lift_low": lift_low,
        "lift_high": lift_high,
    }


def _share_within(
    curves: Curves, clocks: _Clocks, days: int, weight: NDArray[np.float64] | None = None
) -> tuple[float, NDArray[np.float64]]:
    """Share that ends within so many days, and what each customer adds to it."""
    left = read_at(curves, np.zeros(1, np.int64), np.array([float(days)])).left[0]
    change = influence(curves, clocks.duration, clocks.event, days, weight=weight)
    return float(1.0 - left), np.asarray(np.bincount(clocks.customer, -change), np.float64)


def _base_share(
    rows: DatedItems, clocks: _Clocks, following: int, last: int, days: int
) -> tuple[float, NDArray[np.float64]]:
    """Do the same from all purchase days of the same customers, each customer's weight kept."""
    weight = np.bincount(clocks.customer, minlength=len(rows.customers)).astype(np.float64)
    new = (np.diff(rows.customer, prepend=-1) != 0) | (np.diff(rows.day, prepend=0) != 0)
    at = np.flatnonzero(new & (weight[rows.customer] > 0))
    customer = rows.customer[at]
    n_days = np.bincount(customer, minlength=len(rows.customers))
    each = weight[customer] / n_days[customer]
    base = _until(rows, customer, rows.day[at], following, last)
    curves = product_limit(base.duration, base.event, weight=each)
    return _share_within(curves, base, days, each)


def _lift(
    share: float,
    base: float,
    change: NDArray[np.float64],
    base_change: NDArray[np.float64],
    level: float,
) -> tuple[float, float, float]:
    """Ratio of two shares of the same customers, with its interval on the logarithmic scale."""
    if not base > 0.0 or np.isnan(share):
        return np.nan, np.nan, np.nan
    if share == 0.0:
        return 0.0, np.nan, np.nan
    from scipy.special import ndtri

    spread = float(np.sqrt(((change / share - base_change / base) ** 2).sum()))
    ratio, reach = share / base, float(ndtri((1 + level) / 2)) * spread
    return ratio, ratio * float(np.exp(-reach)), ratio * float(np.exp(reach))


def _curve(clocks: _Clocks, level: float) -> dict[str, NDArray[Any]]:
    """Compute one curve, a row per day on which something happened, and day 0."""
    curves = product_limit(clocks.duration, clocks.event)
    if len(np.unique(clocks.customer)) == len(clocks.customer):
        variance = curves.left**2 * np.nan_to_num(curves.hazard_variance)
    else:
        sums = [
            np.bincount(
                clocks.customer, influence(curves, clocks.duration, clocks.event, int(time))
            )
            for time in curves.time
        ]
        variance = np.array([float((one**2).sum()) for one in sums])
    share = 1.0 - curves.left
    known = np.cumsum(curves.events) + curves.at_risk - curves.events
    per_clock = len(np.unique(clocks.customer)) / len(clocks.customer)
    low, high = share_interval(share, variance, known * per_clock, level)
    # Nothing can have happened on day 0: that is certain, whatever the number of customers.
    high = np.where(curves.time == 0, 0.0, high)
    started = len(curves.time) > 0 and curves.time[0] == 0
    first = [] if started else [0]
    return {
        "day": np.concatenate((np.array(first, np.int64), curves.time)),
        "n": np.concatenate(([len(clocks.event)] * len(first), curves.at_risk)).astype(np.int64),
        "n_next": np.concatenate(([0] * len(first), curves.events)).astype(np.int64),
        "share": np.concatenate(([0.0] * len(first), share)),
        "low": np.concatenate(([0.0] * len(first), low)),
        "high": np.concatenate(([0.0] * len(first), high)),
    }
