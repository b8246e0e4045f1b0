"""Revenue that is at risk because customers may leave, from a survival curve and their age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.churn._revenue import discounts
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_RESULTS = ("revenue_at_stake", "revenue_at_risk", "low", "high")
_CURVE = ("time", "survival", "standard_error")


class _Curve(NamedTuple):
    """Survival and Greenwood's sum at rising times, one group."""

    time: NDArray[np.float64]
    survival: NDArray[np.float64]
    greenwood: NDArray[np.float64]


def revenue_at_risk(
    customers: IntoFrameT,
    *,
    curve: Any,
    horizon: int,
    age_col: str = "age",
    amount_col: str = "amount",
    rate: float = 0.0,
    by: str | None = None,
    level: float = 0.95,
) -> IntoFrameT:
    r"""Say how much of each customer's revenue to come is expected to be lost by leaving.

    Parameters
    ----------
    customers : frame
        One row per customer who is still there, from any engine; its other columns are kept.
    curve : frame
        Result of `crmlytics.survival.kaplan_meier` on all customers, those who left among them.
    horizon : int
        Periods ahead, in the unit of the curve.
    age_col : str
        Column of the age of each customer, in the unit of the curve.
    amount_col : str
        Column of the margin per period, in money.
    rate : float
        Interest per period by which later money is discounted.
    by : str, optional
        Column of both frames that says which curve a customer follows, such as the contract.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    frame
        The kind that came in, row by row: all columns, ``revenue_at_stake`` (with nobody
        leaving), ``revenue_at_risk`` (expected loss), and ``low`` and ``high`` of it. Null where
        age and horizon together lie beyond the curve, and where nobody of the curve reached the
        age.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there, or `curve` is no result of `kaplan_meier`.
    DataContractError
        If an age or margin is missing, an age is negative, a group has no curve, or a column bears
        the name of a result.
    ValueError
        If `horizon`, `rate` or `level` is out of its range.

    Notes
    -----
    With margin m, discount v and age a, :math:`m \sum_{s=1}^{H} v^s (1 - S(a + s) / S(a))`. The
    interval takes the limits of every :math:`S(a + s) / S(a)` on the log(-log) scale together,
    its variance being Greenwood's sum between the two ages; since errors of neighbouring periods
    go together, it is somewhat wide. It is about the curve, not about the luck of one customer.
    Customers who share a curve share its error: the limits of a sum are the sums of the limits.

    References
    ----------
    Klein, J. P. and Moeschberger, M. L. (2003). Survival Analysis, 2nd ed., section 4.3.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.churn import revenue_at_risk
    >>> from crmlytics.survival import kaplan_meier
    >>> curve = kaplan_meier([1, 2, 2, 3, 4, 5, 6, 6], [1, 1, 0, 1, 0, 1, 0, 0])
    >>> customers = pd.DataFrame({"customer_id": ["ann", "bob"], "age": [2, 4], "amount": [10, 10]})
    >>> revenue_at_risk(customers, curve=curve, horizon=2).round(2)
      customer_id  age  amount  revenue_at_stake  revenue_at_risk   low   high
    0         ann    2      10              20.0             4.00  0.62  15.92
    1         bob    4      10              20.0             6.67  1.10  18.92
    """
    ahead = checks.whole_number("horizon", horizon, at_least=1)
    level = checks.fraction("level", level)
    discount = discounts(rate, ahead)
    names = frames.column_names(customers)
    roles = {"age_col": age_col, "amount_col": amount_col, "by": by}
    checks.columns(names, roles)
    checks.distinct_columns(roles)
    checks.free_names(names, _RESULTS)
    curves = _read(curve, by)
    held = frames.collect(frames.lazy(customers))
    age, margin = frames.finite(held, age_col), frames.finite(held, amount_col)
    if bad := int((age < 0).sum()):
        raise DataContractError(f"{bad:,} of {len(age):,} values of {age_col!r} are negative")
    groups = np.zeros(len(age)) if by is None else frames.arrays(held.select(by))[by]
    known = np.isin(groups.astype(str), np.array(list(curves)).astype(str))
    if bad := int((~known).sum()):
        raise DataContractError(
            f"{bad:,} of {len(age):,} values of {by!r} have no curve; make the curve of all "
            "groups, or leave those customers out"
        )
    lost = np.full((3, len(age)), np.nan)
    for group, one in curves.items():
        rows = np.flatnonzero(groups.astype(str) == str(group))
        ages, place = np.unique(age[rows], return_inverse=True)
        lost[:, rows] = (1.0 - _conditional(one, ages, ahead, level))[:, place] @ discount
    added = {
        "revenue_at_stake": margin * discount.sum(),
        "revenue_at_risk": margin * lost[0],
        "low": margin * lost[1],
        "high": margin * lost[2],
    }
    return frames.same_kind(frames.with_arrays(held, added, like=customers), like=customers)


def _read(curve: Any, by: str | None) -> dict[Any, _Curve]:
    """Curves by group, each in the order of time."""
    roles = {f"column {name} of the curve": name for name in _CURVE}
    checks.columns(frames.column_names(curve), roles | {"by": by})
    wanted = [*_CURVE] + ([by] if by is not None else [])
    held = frames.arrays(frames.collect(frames.lazy(curve, wanted)))
    group = np.zeros(len(held["time"])) if by is None else held[by]
    curves = {}
    for one in dict.fromkeys(group.tolist()):
        rows = np.flatnonzero(group == one)
        rows = rows[np.argsort(held["time"][rows], kind="stable")]
        time, survival, error = (held[name][rows].astype(np.float64) for name in _CURVE)
        if len(np.unique(time)) < len(time):
            raise DataContractError(
                "the curve has a time twice: name the column of its groups with by="
            )
        with np.errstate(invalid="ignore", divide="ignore"):
            curves[one] = _Curve(time, survival, (error / survival) ** 2)
    return curves


def _conditional(
    curve: _Curve, ages: NDArray[np.float64], horizon: int, level: float
) -> NDArray[np.float64]:
    """S(a + s) / S(a) with its upper and lower limit, shape (3, ages, horizon)."""
    from scipy.special import ndtri

    later = ages[:, None] + np.arange(1, horizon + 1)
    survival, spent = _at(curve, later)
    start, before = _at(curve, ages)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(start[:, None] > 0, survival / start[:, None], np.nan)
        error = np.sqrt(np.maximum(spent - before[:, None], 0.0)) / np.abs(np.log(share))
        error = np.where(share == 1.0, 0.0, error)
        z = float(ndtri((1 + level) / 2))
        upper, lower = share ** np.exp(-z * error), share ** np.exp(z * error)
    return np.stack((share, upper, lower))


def _at(
    curve: _Curve, times: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Survival and Greenwood's sum at any times; NaN beyond the curve unless all have left."""
    place = np.searchsorted(curve.time, times, side="right") - 1
    survival, spent = curve.survival[place], curve.greenwood[place]
    unknown = (place < 0) | ((times > curve.time[-1]) & (curve.survival[-1] > 0))
    return np.where(unknown, np.nan, survival), np.where(unknown, np.nan, spent)
