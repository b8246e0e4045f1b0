"""Customers who fell silent, ranked by what it is worth to win them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.intervals import wilson
from crmlytics.customers import snapshots
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

#: Silence in multiples of `lapsed_after`, and purchases, at which a new group of customers begins.
_SILENCE = np.array([1.5, 2.0, 3.0, 5.0])
_PURCHASES = np.array([2, 5])
#: Weight of the overall rate against that of a small group, in customers.
_PRIOR = 10.0


def win_back_table(
    events: IntoFrameT,
    *,
    as_of: dt.date,
    lapsed_after: int,
    horizon: int,
    unit: periods.Unit,
    uplift: float,
    contact_cost: float,
    margin: float = 1.0,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str = "amount",
    tz: str | None = None,
    level: float = 0.95,
) -> IntoFrameT:
    """Rank customers who fell silent by the expected value of a contact that wants them back.

    Parameters
    ----------
    events : frame
        One row per purchase or order line, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    lapsed_after : int
        Silent for at least this time counts as lapsed, in `unit`.
    horizon : int
        Time within which a return counts, in `unit`.
    unit : {"D", "W"}
        Unit of both spans; weeks are 7 days.
    uplift : float
        By what share of itself a contact raises the rate of return, such as 0.5 for half as many
        again. The history cannot tell it: measure it against a group left alone.
    contact_cost : float
        Cost of a contact, in money.
    margin : float
        Share of the spend that is earned.
    customer_col, date_col, amount_col : str
        Names of the columns: the customer (text or integer), the date or timestamp, the money,
        negative for refunds.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.
    level : float
        Confidence of the interval of the rate, a fraction.

    Returns
    -------
    frame
        The kind that came in, one row per lapsed customer, best first and ties by customer:
        ``rank``; the customer; ``recency_days``, ``purchases`` and ``money`` of the past;
        ``return_rate`` (of customers alike, without a contact), ``n`` (how many of these were
        seen one horizon ago), ``low`` and ``high`` (Wilson); ``value_if_back`` (money earned
        within the horizon of who returns: own mean purchase times the purchases of those who came
        back); ``expected_value`` (uplift × return_rate × value_if_back - contact_cost) and
        ``contact`` (whether it is above 0).

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If a named column is not there; if values are missing or of the wrong type.
    NotEnoughDataError
        If nobody had lapsed one horizon ago, so that no return could be seen.

    Notes
    -----
    Customers are alike who are silent for as many times `lapsed_after` (up to 1.5, 2, 3, 5, and
    more) and bought as often (1, 2 to 4, more). A group's rate is drawn to the overall one as if
    10 more customers had been seen at that: (k + 10 π) / (n + 10); its interval is of the group
    alone. Those who would return by themselves are no gain, which is why `uplift` multiplies.

    References
    ----------
    Stauss, B. and Friege, C. (1999). Regaining Service Customers. Journal of Service Research
    1(4), 347-361.
    Thomas, J. S., Blattberg, R. C. and Fox, E. J. (2004). Recapturing Lost Customers. Journal of
    Marketing Research 41(1), 31-45.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.churn import win_back_table
    >>> from crmlytics.datasets import make_transactions
    >>> log = make_transactions(300, random_state=1).transactions
    >>> table = win_back_table(
    ...     log, as_of=dt.date(2024, 12, 31), lapsed_after=120, horizon=90, unit="D",
    ...     uplift=0.5, contact_cost=1.0,
    ... )
    >>> bool(table["expected_value"].is_monotonic_decreasing)
    True
    >>> table.columns[:6].tolist()
    ['rank', 'customer_id', 'recency_days', 'purchases', 'money', 'return_rate']
    """
    day = checks.day("as_of", as_of)
    checks.word("unit", unit, ("D", "W"))
    long = checks.whole_number("lapsed_after", lapsed_after, at_least=1) * (7 if unit == "W" else 1)
    checks.whole_number("horizon", horizon, at_least=1)
    raised = checks.number("uplift", uplift, at_least=0.0)
    cost = checks.number("contact_cost", contact_cost, at_least=0.0)
    share = checks.number("margin", margin, above=0.0)
    level = checks.fraction("level", level)
    options: dict[str, Any] = {
        "lookback": None, "active_within": None, "unit": unit, "windows": (), "as_of": day,
        "customer_col": customer_col, "date_col": date_col, "amount_col": amount_col, "tz": tz,
    }  # fmt: skip
    today = periods.shifted(day, 1, "D")
    before = periods.shifted(today, -horizon, unit)
    past = _lapsed(snapshots(events, cutoffs=before, horizon=horizon, **options), long)
    if not len(past["purchases"]):
        raise NotEnoughDataError(
            f"nobody was silent for {lapsed_after} {unit} or more at {before}, so that no return "
            "could be seen; shorten lapsed_after or the horizon"
        )
    now = _lapsed(snapshots(events, cutoffs=today, horizon=None, **options), long)
    groups = _returns(past, long, level)
    at = _group(now, long)
    worth = share * now["money"] / now["purchases"] * groups["purchases"][at]
    expected = raised * groups["rate"][at] * worth - cost
    order = np.argsort(-expected, kind="stable")  # the customers are in order already
    ids = now.pop(customer_col)
    table = {
        "rank": np.arange(1, len(order) + 1),
        customer_col: ids[order],
        "recency_days": now["recency_days"][order],
        "purchases": now["purchases"][order],
        "money": now["money"][order],
        "return_rate": groups["rate"][at][order],
        "n": groups["n"][at][order],
        "low": groups["low"][at][order],
        "high": groups["high"][at][order],
        "value_if_back": worth[order],
        "expected_value": expected[order],
        "contact": expected[order] > 0,
    }
    return frames.from_arrays(table, like=events)


def _lapsed(table: Any, days: int) -> dict[str, NDArray[Any]]:
    """Columns of the customers who are silent for so many days, in the order of the table."""
    held = frames.arrays(frames.collect(frames.lazy(table)))
    kept = held["recency_days"] >= days
    return {name: values[kept] for name, values in held.items()}


def _group(table: dict[str, NDArray[Any]], days: int) -> NDArray[np.int64]:
    """Number each customer's group by silence and purchases."""
    silence = np.searchsorted(_SILENCE, table["recency_days"] / days, side="right")
    often = np.searchsorted(_PURCHASES, table["purchases"], side="right")
    result: NDArray[np.int64] = silence * (len(_PURCHASES) + 1) + often
    return result


def _returns(past: dict[str, NDArray[Any]], days: int, level: float) -> dict[str, NDArray[Any]]:
    """Rate of return of each group, and how often those buy who do return."""
    n_groups = (len(_SILENCE) + 1) * (len(_PURCHASES) + 1)
    at, back = _group(past, days), past["churned"] == 0
    n = np.bincount(at, minlength=n_groups)
    returned = np.bincount(at[back], minlength=n_groups)
    overall = back.mean()
    low, high = wilson(returned, n, level)
    often = float(past["outcome_purchases"][back].mean()) if back.any() else 0.0
    bought = np.bincount(at[back], past["outcome_purchases"][back], minlength=n_groups)
    return {
        "rate": (returned + _PRIOR * overall) / (n + _PRIOR),
        "n": n.astype(np.int64),
        "low": low,
        "high": high,
        "purchases": (bought + _PRIOR * often) / (returned + _PRIOR),
    }
