"""Revenue retention: how much of last period's money the same customers bring again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.events import CodedEvents, read_events
from crmlytics.customers.purchases import REFUNDS, Refunds, refuse_refunds
from crmlytics.retention._activity import coded_activity, lazy_activity
from crmlytics.retention._revenue_moments import (
    MONEY,
    SQUARES,
    Moments,
    coded_moments,
    lazy_moments,
)

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def revenue_retention(
    events: IntoFrameT,
    *,
    unit: periods.Unit,
    as_of: dt.date,
    lag: int = 1,
    incomplete: Literal["mask", "include"] = "mask",
    refunds: Refunds = "net",
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str = "amount",
    tz: str | None = None,
) -> IntoFrameT:
    r"""Gross and net revenue retention of each period, with intervals.

    Parameters
    ----------
    events : frame
        One row per purchase, from any engine; other columns are ignored.
    unit : {"D", "W", "M", "Q", "Y"}
        Calendar unit of the periods; weeks run Monday to Sunday.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    lag : int
        How many periods back the customers and their money are taken from: ``unit="M", lag=12``
        compares each month with the same month a year before.
    incomplete : {"mask", "include"}
        Whether the period that is not over at the end of `as_of` is null, or shown as it stands.
    refunds : {"net", "ignore", "error"}
        What a negative amount does: lowers the money, is left out, or is refused.
    level : float
        Confidence of the intervals, a fraction.
    customer_col, date_col, amount_col : str
        Names of the columns: the customer (text or integer), the date or timestamp, the money in
        one currency.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per period from `lag` after the first to the one that holds
        `as_of`: ``period`` (first day, a date); ``n`` (customers active `lag` periods before);
        ``start`` (their money then), ``retained`` (what of it they bring again), ``expansion``
        (what those who stayed bring more), ``contraction`` (less), ``churned`` (money of those
        who did not come); ``grr``, ``grr_low``, ``grr_high``, ``nrr``, ``nrr_low``, ``nrr_high``
        as fractions; ``complete`` (whether the period is over). Rates are null where ``start``
        is 0. Without rows the table is empty.

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
        If customers have refunds only, and if refunds exceed the purchases of a customer's
        period, which counts as 0; both are counted.

    Notes
    -----
    With :math:`x_i` the money of a customer before, :math:`y_i` now, over the customers active
    before::

        start = retained + contraction + churned
        grr = (start - contraction - churned) / start = Σ min(x, y) / Σ x
        nrr = (start + expansion - contraction - churned) / start = Σ y / Σ x

    New and returning customers are in neither: they are the business of `growth_accounting`.

    The intervals are those of a ratio of sums over customers, by linearisation: the variance is
    :math:`n / (n - 1) \sum (k_i - R x_i)^2 / (\sum x_i)^2`, the GRR kept within 0 to 1 and the NRR
    above 0. Where a few large customers make most of the money they are too short.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 6.4 (ratio estimates).

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import revenue_retention
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cem", "ann", "bob", "eva"],
    ...     "date": pd.to_datetime([
    ...         "2024-02-03", "2024-02-09", "2024-02-20", "2024-03-01", "2024-03-09", "2024-03-20",
    ...     ]),
    ...     "amount": [100.0, 60.0, 40.0, 120.0, 50.0, 80.0],
    ... })
    >>> table = revenue_retention(events, unit="M", as_of=dt.date(2024, 3, 31))
    >>> table[["period", "n", "start", "expansion", "contraction", "churned", "grr", "nrr"]]
          period  n  start  expansion  contraction  churned   grr   nrr
    0 2024-03-01  3  200.0       20.0         10.0     40.0  0.75  0.85
    """
    as_of = checks.day("as_of", as_of)
    checks.word("unit", unit, periods.UNITS)
    checks.whole_number("lag", lag, at_least=1)
    checks.word("incomplete", incomplete, ("mask", "include"))
    checks.word("refunds", refunds, REFUNDS)
    level = checks.fraction("level", level)
    rows = read_events(
        events,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        as_of=as_of,
        unit=unit,
        tz=tz,
    )
    refuse_refunds(rows, refunds=refunds, amount_col=amount_col)
    ignore = refunds == "ignore"
    if isinstance(rows, CodedEvents):
        found = coded_moments(coded_activity(rows, money=True, ignore_refunds=ignore), lag=lag)
    else:
        found = lazy_moments(lazy_activity(rows, money=True, ignore_refunds=ignore), lag=lag)
    period, moments = _every_period(found, last=periods.period_of(as_of, unit))
    complete = period <= periods.last_complete(as_of, unit)
    hidden = ~complete if incomplete == "mask" else np.zeros(len(period), bool)
    table: dict[str, NDArray[Any]] = {"period": periods.first_days(period, unit)}
    table |= {"n": moments["n"], "start": moments["start"]}
    names = {"retained": "kept", "expansion": "gained", "contraction": "lost", "churned": "left"}
    shown = {name: moments[of] for name, of in names.items()} | _rates(moments, level)
    table |= {name: np.where(hidden, np.nan, values) for name, values in shown.items()}
    table["complete"] = complete
    return frames.from_arrays(table, like=events)


def _every_period(found: Moments, *, last: int) -> tuple[NDArray[np.int64], Moments]:
    """Put the sums in order from the first period with a base on, zeros where there is none."""
    at = found["_period"]
    first = int(at.min()) if len(at) else last + 1
    period = np.arange(first, last + 1)
    kept = at <= last
    moments: Moments = {}
    for name in ("n", *MONEY, *SQUARES):
        moments[name] = np.zeros(len(period), np.int64 if name == "n" else np.float64)
        moments[name][at[kept] - first] = found[name][kept]
    return period, moments


def _rates(moments: Moments, level: float) -> Moments:
    kept, now = moments["kept"], moments["kept"] + moments["gained"]
    grr, grr_low, grr_high = _ratio(moments, kept, moments["xk"], moments["kk"], level)
    nrr, nrr_low, nrr_high = _ratio(moments, now, moments["xy"], moments["yy"], level)
    return {
        "grr": grr,
        "grr_low": grr_low,
        "grr_high": np.minimum(grr_high, 1.0),
        "nrr": nrr,
        "nrr_low": nrr_low,
        "nrr_high": nrr_high,
    }


def _ratio(
    moments: Moments,
    above: NDArray[np.float64],
    product: NDArray[np.float64],
    square: NDArray[np.float64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Ratio of two sums over customers, and its interval, cut at 0."""
    from scipy.special import ndtri

    n, start = moments["n"], moments["start"]
    ratio = codes.ratio(above, start)
    # Rounding may leave a sum of squares a hair below 0.
    residuals = np.maximum(square - 2 * ratio * product + ratio**2 * moments["xx"], 0.0)
    error = np.sqrt(codes.ratio(residuals * n, np.maximum(n - 1, 0))) / np.where(
        start > 0, start, 1
    )
    half = float(ndtri((1 + level) / 2)) * error
    return ratio, np.maximum(ratio - half, 0.0), ratio + half
