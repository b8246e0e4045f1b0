"""The rule of the customer's own rhythm: silent for unusually long, and how often that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.intervals import wilson
from crmlytics.customers import snapshots

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

#: Purchases without which there is no gap of one's own worth the name.
_LEAST_PURCHASES = 3
_STATES = ("overdue", "in rhythm", "unknown rhythm")
_RESULTS = (
    "recency_days", "purchases", "usual_gap_days", "gap_ratio", "state", "churn_rate", "n", "low",
    "high",
)  # fmt: skip


def gap_churn_table(
    events: IntoFrameT,
    *,
    as_of: dt.date,
    horizon: int,
    unit: periods.Unit,
    factor: float = 3.0,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
    level: float = 0.95,
) -> IntoFrameT:
    """Call customers overdue whose silence is long for their own rhythm, with the hit rate.

    Parameters
    ----------
    events : frame
        One row per purchase or order line, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    horizon : int
        Time without a purchase that counts as having left, in `unit`: the rule is tried on the
        last `horizon` before the end of `as_of`.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of the horizon. Weeks are 7 days; months and longer go by the calendar.
    factor : float
        Overdue is who is silent for more than this many usual gaps. At random times (exponential
        gaps) one gap in 20 is longer than 3.0 mean ones.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; with it a negative amount is a refund, and no purchase.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.
    level : float
        Confidence of the interval of the rate, a fraction.

    Returns
    -------
    frame
        The kind that came in, one row per customer, ordered by customer: the customer;
        ``recency_days`` (to the day after `as_of`); ``purchases`` (days); ``usual_gap_days`` (mean
        time between purchases, null below 3 purchases); ``gap_ratio`` (recency over it);
        ``state`` ("overdue", "in rhythm", or "unknown rhythm" below 3 purchases); and the hit
        rate: of the ``n`` customers in that state one horizon ago, ``churn_rate`` bought nothing
        since, with ``low`` and ``high`` (Wilson); null where nobody was in it.

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If a named column is not there; if values are missing or of the wrong type.
    NotEnoughDataError
        If there is no event, or none more than one horizon before the end of `as_of`.

    Notes
    -----
    The rule is popular and weak: a mean of few gaps is a noisy yardstick. On Online Retail it
    ranked churn with an AUC of .577, where the plain recency of the same customers had .643. Look
    at the rate before believing the state, and prefer `ChurnModel`.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.churn import gap_churn_table
    >>> days = {"ann": [0, 10, 20, 100], "bob": [0, 30, 60, 90], "cem": [0, 8, 16]}
    >>> events = pd.DataFrame(
    ...     [(who, dt.datetime(2024, 1, 1) + dt.timedelta(days=day))
    ...      for who, bought in days.items() for day in bought],
    ...     columns=["customer_id", "date"],
    ... )
    >>> table = gap_churn_table(events, as_of=dt.date(2024, 4, 20), horizon=30, unit="D")
    >>> table[["customer_id", "recency_days", "usual_gap_days", "state", "n", "churn_rate"]]
      customer_id  recency_days  usual_gap_days      state  n  churn_rate
    0         ann            11       33.333333  in rhythm  1         0.0
    1         bob            21       30.000000  in rhythm  1         0.0
    2         cem            95        8.000000    overdue  2         0.5
    """
    day = checks.day("as_of", as_of)
    limit = checks.number("factor", factor, above=0.0)
    level = checks.fraction("level", level)
    checks.whole_number("horizon", horizon, at_least=1)
    checks.word("unit", unit, periods.UNITS)
    checks.free_names([customer_col], _RESULTS)
    options: dict[str, Any] = {
        "lookback": None, "active_within": None, "unit": unit, "windows": (), "as_of": day,
        "customer_col": customer_col, "date_col": date_col, "amount_col": amount_col, "tz": tz,
    }  # fmt: skip
    today = periods.shifted(day, 1, "D")
    past = snapshots(
        events, cutoffs=periods.shifted(today, -horizon, unit), horizon=horizon, **options
    )
    now = snapshots(events, cutoffs=today, horizon=None, **options)
    rates = _hit_rates(_with_state(frames.lazy(past), limit), level)
    table = _with_state(frames.lazy(now), limit)
    for name, values in rates.items():
        table = table.with_columns(_by_state(values).alias(name))
    table = table.with_columns(nw.col("n").cast(nw.Int64)).sort(customer_col)
    return frames.same_kind(table.select(customer_col, *_RESULTS), like=events)


def _with_state(table: nw.LazyFrame[Any], factor: float) -> nw.LazyFrame[Any]:
    known = nw.col("purchases") >= _LEAST_PURCHASES
    late = known & (nw.col("recency_days") > factor * nw.col("mean_gap_days"))
    state = nw.when(late).then(nw.lit(_STATES[0])).otherwise(
        nw.when(known).then(nw.lit(_STATES[1])).otherwise(nw.lit(_STATES[2]))
    )  # fmt: skip
    return table.with_columns(
        usual_gap_days=nw.when(known).then(nw.col("mean_gap_days")),
        gap_ratio=nw.when(known).then(nw.col("recency_to_gap")),
        state=state,
    )


def _hit_rates(past: nw.LazyFrame[Any], level: float) -> dict[str, NDArray[np.float64]]:
    """Churn of each state one horizon ago, NaN where nobody was in it."""
    counted = past.group_by("state").agg(nw.len().alias("n"), nw.col("churned").sum().alias("gone"))
    held = frames.arrays(frames.collect(counted))
    n, gone = np.zeros(len(_STATES)), np.zeros(len(_STATES))
    for state, size, lost in zip(held["state"], held["n"], held["gone"], strict=True):
        n[_STATES.index(state)], gone[_STATES.index(state)] = size, lost
    low, high = wilson(gone, n, level)
    rate = np.where(n > 0, gone / np.maximum(n, 1), np.nan)
    return {"churn_rate": rate, "n": n, "low": low, "high": high}


def _by_state(values: NDArray[np.float64]) -> nw.Expr:
    """Choose the value of a row's state; null where there is none."""
    first, second, third = (
        nw.lit(None).cast(nw.Float64) if np.isnan(value) else nw.lit(float(value))
        for value in values
    )
    is_first, is_second = (nw.col("state") == name for name in _STATES[:2])
    return nw.when(is_first).then(first).otherwise(
        nw.when(is_second).then(second).otherwise(third)
    )  # fmt: skip
