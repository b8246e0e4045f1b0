"""How long after one product customers buy another, customers still waiting counted as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.basket._sequence_rows import read_dated_items
from crmlytics.basket._waiting_clocks import (
    FromEach,
    clocks_of,
    codes_of_pairs,
    wanted_pairs,
)
from crmlytics.basket._waiting_shares import waiting_curve, waiting_row

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_DAYS_PER = {"D": 1, "W": 7}


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
        was watched for so long, the interval of the lift where the customers do not differ in it,
        as when one alone bought the next item.

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
    TypeError
        If an item is neither text nor an integer.

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
    wanted = wanted_pairs(pairs, first_item, next_item)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col, as_of=as_of,
        tz=tz,
    )  # fmt: skip
    last = periods.to_day_index(as_of)
    found = []
    for first, following in codes_of_pairs(wanted, rows, item_col):
        clocks = clocks_of(rows, first, following, last, from_each)
        found.append(waiting_row(rows, clocks, following, last, days, level))
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
    wanted = wanted_pairs(pairs, first_item, next_item)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col, as_of=as_of,
        tz=tz,
    )  # fmt: skip
    last = periods.to_day_index(as_of)
    parts: list[dict[str, NDArray[Any]]] = []
    for pair, (first, following) in zip(
        wanted, codes_of_pairs(wanted, rows, item_col), strict=True
    ):
        part = waiting_curve(clocks_of(rows, first, following, last, from_each), level)
        n = len(part["day"])
        parts.append(
            {"first_item": _column([pair[0]] * n), "next_item": _column([pair[1]] * n)} | part
        )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return frames.from_arrays(columns, like=transactions)


def _column(names: list[Any]) -> NDArray[Any]:
    if names and not isinstance(names[0], str):
        return np.asarray(names, np.int64)
    column = np.empty(len(names), object)
    column[:] = names
    return column
