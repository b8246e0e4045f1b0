"""Times between purchases, the gaps that are still open counted as what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import read_events
from crmlytics.errors import NotEnoughDataError
from crmlytics.retention._purchase_days import FromEach, count_gaps
from crmlytics.survival import survival_quantile

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd
    from narwhals.stable.v2.typing import IntoFrameT


class PurchaseGaps(NamedTuple):
    """What `purchase_gaps` found.

    Attributes
    ----------
    median_days : float
        Days by which half of all gaps have ended, open ones censored; NaN if fewer than half have.
    low, high : float
        Its interval; NaN for an end that was not reached.
    n, n_open : int
        Gaps: those that a next purchase closed, and those still open.
    observed_median_days, observed_mean_days : float
        Of the closed gaps alone, which are too short; NaN if there are none.
    curve : frame
        Share of gaps still open by ``time`` in days, a result of `kaplan_meier`.
    """

    median_days: float
    low: float
    high: float
    n: int
    n_open: int
    observed_median_days: float
    observed_mean_days: float
    curve: Any


def purchase_gaps(
    events: IntoFrameT,
    *,
    as_of: dt.date,
    from_each: FromEach = "every",
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
) -> PurchaseGaps:
    """Days between the purchases of a customer: what was observed, and what it means.

    Parameters
    ----------
    events : frame
        One row per purchase, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist, and the gap after
        each customer's last purchase is open on it.
    from_each : {"every", "first"}
        The gap after every purchase day, or after each customer's first only.
    level : float
        Confidence of the interval, a fraction.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; a row with a negative amount is a refund and no purchase. Without this column
        every row is a purchase.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    PurchaseGaps
        ``median_days`` by Kaplan and Meier with ``low`` and ``high``; ``n`` closed and ``n_open``
        open gaps; ``observed_median_days`` and ``observed_mean_days`` of the closed ones;
        ``curve``, the whole survival curve, of the kind of frame that came in.

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
    Several purchases of one day are one. Long gaps are the likeliest not to have ended yet, so
    the closed gaps alone are too short; the median counts the open ones as at least so long.
    Frequent buyers have many gaps: with ``"every"`` the curve is one of gaps, not of customers,
    and the interval, which takes gaps for independent, is too short.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric Estimation from Incomplete Observations.
    Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import purchase_gaps
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob", "cem"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-01-15", "2024-02-04", "2024-02-15", "2024-02-20"]
    ...     ),
    ... })
    >>> gaps = purchase_gaps(events, as_of=dt.date(2024, 3, 1))
    >>> gaps.n, gaps.n_open, gaps.observed_median_days, gaps.median_days
    (2, 3, 15.0, 20.0)
    """
    as_of = checks.day("as_of", as_of)
    checks.word("from_each", from_each, ("every", "first"))
    level = checks.fraction("level", level)
    rows = read_events(
        events, id_col=customer_col, date_col=date_col, amount_col=amount_col, as_of=as_of, tz=tz
    )
    gaps = count_gaps(rows, last_day=periods.to_day_index(as_of), from_each=from_each)
    if not len(gaps.days):
        raise NotEnoughDataError("there is no purchase; at least 1 is needed")
    curve = gaps.curve(level)
    median = survival_quantile(curve, 0.5)
    days, count = gaps.days[gaps.closed], gaps.n[gaps.closed]
    return PurchaseGaps(
        median_days=float(median["time"].iloc[0]),
        low=float(median["low"].iloc[0]),
        high=float(median["high"].iloc[0]),
        n=int(count.sum()),
        n_open=int(gaps.n[~gaps.closed].sum()),
        observed_median_days=_median(days, count),
        observed_mean_days=float((days * count).sum() / count.sum()) if len(days) else np.nan,
        curve=of_kind(curve, like=events),
    )


def of_kind(table: pd.DataFrame, *, like: IntoFrameT) -> IntoFrameT:
    """Hand a small pandas table back as the kind of frame that `like` is."""
    return frames.from_arrays(frames.arrays(frames.collect(frames.lazy(table))), like=like)


def _median(days: np.ndarray[Any, Any], count: np.ndarray[Any, Any]) -> float:
    """Middle of the days in ascending order, each repeated as often as it occurs."""
    if not len(days):
        return float("nan")
    until, n = np.cumsum(count), int(count.sum())
    middle = np.searchsorted(until, [(n + 1) // 2, n // 2 + 1])
    return float(days[middle].mean())
