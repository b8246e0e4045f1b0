"""How many customers buy a second time, and by when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import read_events
from crmlytics.errors import NotEnoughDataError
from crmlytics.retention._purchase_days import count_gaps
from crmlytics.survival import survival_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def repeat_rate(
    events: IntoFrameT,
    *,
    as_of: dt.date,
    within_days: int | Sequence[int] | None = None,
    count_by: Literal["days", "orders"] | None = None,
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    order_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    """Share of customers who have bought a second time within so many days of the first.

    Parameters
    ----------
    events : frame
        One row per purchase or order line, from any engine; other columns are ignored. It should
        hold the whole history: the first row of a customer is the first purchase.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    within_days : int or sequence of int, optional
        Days since the first purchase. None asks for the whole time observed, one row.
    count_by : {"days", "orders"}, optional
        Whether a second purchase is another day or another order, on the same day, too. None
        means orders where `order_col` is given, and days otherwise.
    level : float
        Confidence of the interval, a fraction.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; a row with a negative amount is a refund and no purchase.
    order_col : str, optional
        The order, whose rows are one purchase (text or integer).
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per entry of `within_days`, in its order: ``within_days``;
        ``n`` (customers); ``repeated`` (seen to buy again by then) and ``observed_rate``
        (``repeated / n``, too low: it takes who had no time yet for who did not want); ``at_risk``
        (observed so long without a second purchase), ``rate`` (Kaplan-Meier), ``low``, ``high``.
        The last three are null beyond the longest time observed.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type.
    NotEnoughDataError
        If there is no purchase, or `as_of` lies before all rows.

    Warns
    -----
    DataQualityWarning
        If customers have refunds only: they are left out and counted.

    Notes
    -----
    ``rate`` is 1 - S(t), with S the Kaplan-Meier estimate of the time from the first purchase to
    the second; customers without a second one are censored at `as_of`. It supposes that late
    cohorts return like early ones.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric Estimation from Incomplete Observations.
    Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import repeat_rate
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "cem"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-01-25", "2024-01-10", "2024-02-20"]),
    ... })
    >>> table = repeat_rate(events, as_of=dt.date(2024, 3, 1), within_days=30)
    >>> table[["within_days", "n", "repeated", "observed_rate", "at_risk", "rate"]].round(3)
       within_days  n  repeated  observed_rate  at_risk  rate
    0           30  3         1          0.333        1   0.5
    """
    as_of = checks.day("as_of", as_of)
    by_order = _counts_orders(count_by, order_col)
    level = checks.fraction("level", level)
    rows = read_events(
        events,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        order_col=order_col if by_order else None,
        as_of=as_of,
        tz=tz,
    )
    last_day = periods.to_day_index(as_of)
    gaps = count_gaps(rows, last_day=last_day, from_each="first", by_order=by_order)
    if not len(gaps.days):
        raise NotEnoughDataError("there is no purchase; at least 1 is needed")
    times = _times(within_days, longest=int(gaps.days.max()))
    read = survival_at(gaps.curve(level), times.astype(np.float64).tolist())
    n = int(gaps.n.sum())
    repeated = np.array([gaps.n[gaps.closed & (gaps.days <= time)].sum() for time in times])
    found = {name: read[name].to_numpy(np.float64) for name in ("survival", "low", "high")}
    return frames.from_arrays(
        {
            "within_days": times,
            "n": np.full(len(times), n),
            "repeated": repeated.astype(np.int64),
            "observed_rate": repeated / n,
            "at_risk": read["at_risk"].to_numpy(np.int64),
            "rate": 1.0 - found["survival"],
            "low": 1.0 - found["high"],
            "high": 1.0 - found["low"],
        },
        like=events,
    )


def _counts_orders(count_by: str | None, order_col: str | None) -> bool:
    if count_by is None:
        return order_col is not None
    checks.word("count_by", count_by, ("days", "orders"))
    if count_by == "orders" and order_col is None:
        raise ValueError("count_by='orders' needs order_col, the column of the order")
    return count_by == "orders"


def _times(within_days: int | Sequence[int] | None, *, longest: int) -> NDArray[np.int64]:
    if within_days is None:
        return np.array([longest], np.int64)
    each = [within_days] if np.ndim(within_days) == 0 else list(within_days)  # type: ignore[arg-type]
    if not each:
        raise ValueError("within_days must name at least 1 span of days")
    return np.array([checks.whole_number("within_days", one, at_least=0) for one in each], np.int64)
