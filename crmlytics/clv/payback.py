"""When cohorts have earned what it cost to win them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, intervals
from crmlytics.clv import _time_units
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import ArrayLike, NDArray

    from crmlytics._core.periods import Unit

    Floats = NDArray[np.float64]


_PERIODS = ("payback_period", "payback_low", "payback_high")
_TYPES: dict[str, Any] = {"periods": np.int64, "result": object}


class ValueToCost(NamedTuple):
    """Result of `ltv_to_cac`.

    Attributes
    ----------
    ratio : float
        Mean lifetime value over acquisition cost.
    low, high : float
        Its interval, from the spread between customers; NaN for a single value.
    n : int
        Customers.
    """

    ratio: float
    low: float
    high: float
    n: int


def payback_table(
    revenue: IntoFrameT,
    *,
    acquisition_cost: float | None = None,
    period_unit: Unit,
    annual_rate: float,
    margin: float = 1.0,
    cohort_col: str | None = None,
    period_col: str = "period",
    revenue_col: str = "revenue",
    cost_col: str | None = None,
    low_col: str | None = None,
    high_col: str | None = None,
) -> IntoFrameT:
    r"""Find the period in which each cohort has earned its acquisition cost.

    Parameters
    ----------
    revenue : frame
        One row per cohort and period, from any engine, such as the result of
        `cohort_value_table`: revenue of the period, observed or expected, per customer or of the
        whole cohort.
    acquisition_cost : float, optional
        What it cost to win the customers, per customer or for the whole cohort as the revenue is,
        the same for all cohorts. Give this or `cost_col`.
    period_unit : {"D", "W", "M", "Q", "Y"}
        Unit of the periods; with `annual_rate` it gives the interest per period
        (1 Y = 4 Q = 12 M = 365.25 D, 1 W = 7 D).
    annual_rate : float
        Effective interest per year; 0 does not discount. The money of the period k is discounted
        by k periods, so that period 0 is the start and the others count at their end.
    margin : float
        Share of the revenue that is earned.
    cohort_col : str, optional
        Column with the cohort; without it all rows are one cohort, whose periods do not repeat.
    period_col, revenue_col : str
        Columns with the whole number of the period from 0 (or 1) on, and its revenue.
    cost_col : str, optional
        Column with the acquisition cost of each cohort, equal in all its rows.
    low_col, high_col : str, optional
        Columns with the ends of an interval of each period's revenue, both or none.

    Returns
    -------
    frame
        The kind that came in, one row per cohort, ordered by cohort: the cohort (if there is a
        column); ``periods`` (the last one seen); ``acquisition_cost``; ``value`` (cumulative
        discounted margin at the end); ``ratio`` (value over cost; null if the cost is 0);
        ``payback_period`` (first period at whose end the value reaches the cost; null: never
        within ``periods``), ``payback_low`` and ``payback_high`` (interval; null as an end:
        later than ``periods``, or no interval is known), and ``result`` in words.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If values are missing, periods repeat, lack or are no whole numbers, or the cost of a
        cohort is not one.
    NotEnoughDataError
        If there is no row.
    ValueError
        If both or none of `acquisition_cost` and `cost_col` are given.

    Notes
    -----
    The value after the period k is :math:`\sum_{j \le k} \text{margin} \cdot R_j / (1 + d)^j`.
    A refund can take a cohort below its cost again; the first crossing counts. The interval takes
    the periods as rising and falling together, as they do where a rate is uncertain, so it errs
    on the wide side; `expected_payback` draws it exactly from the models.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import payback_table
    >>> revenue = pd.DataFrame({
    ...     "cohort": ["2024-01"] * 3 + ["2024-02"] * 3,
    ...     "period": [0, 1, 2] * 2,
    ...     "revenue": [50.0, 40.0, 30.0, 30.0, 10.0, 5.0],
    ... })
    >>> payback_table(
    ...     revenue, acquisition_cost=40.0, period_unit="M", annual_rate=0.1, margin=0.5,
    ...     cohort_col="cohort",
    ... )[["cohort", "value", "ratio", "payback_period", "result"]].round(2)
        cohort  value  ratio  payback_period                 result
    0  2024-01  59.61   1.49               1  paid back in period 1
    1  2024-02  22.42   0.56            <NA>  never within period 2
    """
    rate = math.log1p(checks.number("annual_rate", annual_rate, at_least=0))
    rate /= _time_units.PER_YEAR[_time_units.word("period_unit", period_unit)]
    share = checks.number("margin", margin, above=0)
    if (acquisition_cost is None) == (cost_col is None):
        raise ValueError("give the cost once: either acquisition_cost or cost_col")
    if (low_col is None) != (high_col is None):
        raise ValueError("give both low_col and high_col or none")
    wanted = {
        "cohort_col": cohort_col, "period_col": period_col, "revenue_col": revenue_col,
        "cost_col": cost_col, "low_col": low_col, "high_col": high_col,
    }  # fmt: skip
    checks.columns(frames.column_names(revenue), wanted)
    checks.distinct_columns(wanted)
    used = {role: name for role, name in wanted.items() if name is not None}
    held = frames.collect(frames.lazy(revenue, list(used.values())))
    if not len(held):
        raise NotEnoughDataError("the frame is empty; at least 1 period is needed")
    values = {
        role: frames.finite(held, name) for role, name in used.items() if role != "cohort_col"
    }
    if cohort_col is None:
        names, code = np.zeros(1), np.zeros(len(held), np.int64)
    else:
        if missing := int(held[cohort_col].null_count()):
            raise DataContractError(
                f"{missing:,} of {len(held):,} values of {cohort_col!r} are missing; see them with "
                f"{frames.how_to_find(revenue, cohort_col, 'missing')}"
            )
        names, code = np.unique(frames.arrays(held)[cohort_col], return_inverse=True)
    if acquisition_cost is not None:
        cost = checks.number("acquisition_cost", acquisition_cost, at_least=0)
        values["cost_col"] = np.full(len(held), cost)
    factor = share * np.exp(-rate * values["period_col"])
    found = [
        _one(
            {role: one[code == i] for role, one in values.items()},
            factor[code == i],
            period_col,
            revenue_col,
        )
        for i in range(len(names))
    ]
    table: dict[str, Any] = {} if cohort_col is None else {cohort_col: names}
    checks.free_names(table, found[0])
    for name in found[0]:
        column = [row[name] for row in found]
        table[name] = _whole(column) if name in _PERIODS else np.array(column, _TYPES.get(name))
    return frames.from_arrays(table, like=revenue)


def ltv_to_cac(values: ArrayLike, *, acquisition_cost: float, level: float = 0.95) -> ValueToCost:
    """Divide the mean lifetime value of customers by what it cost to win one.

    Parameters
    ----------
    values : float or array-like of shape (n_customers,)
        Lifetime values, such as the column ``clv`` of `clv_table`, or their mean. For new
        customers take the last ``cumulative_value`` of `cohort_value_table`: values of known
        customers leave out what they have paid already.
    acquisition_cost : float
        Cost of winning one customer, above 0, in the same currency.
    level : float
        Confidence of the interval.

    Returns
    -------
    ValueToCost
        ``ratio``, ``low``, ``high`` and ``n``.

    Raises
    ------
    DataContractError
        If values are missing or infinite.

    Notes
    -----
    The interval is Student's t for the mean of the values: it takes the customers as a sample and
    leaves out the errors of the models.

    Examples
    --------
    >>> from crmlytics.clv import ltv_to_cac
    >>> ltv_to_cac(90.0, acquisition_cost=30.0).ratio
    3.0
    >>> result = ltv_to_cac([80.0, 120.0, 70.0, 90.0], acquisition_cost=30.0)
    >>> round(result.ratio, 2), round(result.low, 2), round(result.high, 2)
    (3.0, 1.85, 4.15)
    """
    cost = checks.number("acquisition_cost", acquisition_cost, above=0)
    checks.fraction("level", level)
    worth = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
    if not len(worth):
        raise NotEnoughDataError("values is empty; at least 1 is needed")
    if bad := int((~np.isfinite(worth)).sum()):
        raise DataContractError(f"{bad:,} of {len(worth):,} values are missing or infinite")
    mean = float(worth.mean())
    sd = float(worth.std(ddof=1)) if len(worth) > 1 else 0.0
    low, high = intervals.student(mean, sd, len(worth), level)
    return ValueToCost(mean / cost, float(low) / cost, float(high) / cost, len(worth))


def _one(
    values: dict[str, Floats], factor: Floats, period_col: str, revenue_col: str
) -> dict[str, Any]:
    """One cohort's row."""
    order = np.argsort(values["period_col"])
    period = values["period_col"][order]
    if period[0] not in (0, 1) or not (np.diff(period) == 1).all():
        raise DataContractError(
            f"the values of {period_col!r} must be 0, 1, 2 … (or 1, 2 …) in each cohort, each "
            f"once; write 0 into {revenue_col!r} where nothing was bought"
        )
    cost = values["cost_col"]
    if not (cost == cost[0]).all() or cost[0] < 0:
        raise DataContractError("the cost of a cohort must be the same in all its rows, at least 0")
    curve = np.cumsum((factor * values["revenue_col"])[order])
    at = _first(period, curve, cost[0])
    ends: list[int | None] = [None, None]
    if "low_col" in values:
        best, worst = (np.cumsum((factor * values[r])[order]) for r in ("high_col", "low_col"))
        ends = [_first(period, best, cost[0]), _first(period, worst, cost[0])]
    last = int(period[-1])
    return {
        "periods": last,
        "acquisition_cost": float(cost[0]),
        "value": float(curve[-1]),
        "ratio": float(curve[-1] / cost[0]) if cost[0] > 0 else float("nan"),
        "payback_period": at,
        "payback_low": ends[0],
        "payback_high": ends[1],
        "result": f"never within period {last}" if at is None else f"paid back in period {at}",
    }


def _first(period: Floats, curve: Floats, cost: float) -> int | None:
    reached = np.flatnonzero(curve >= cost)
    return int(period[reached[0]]) if len(reached) else None


def _whole(values: list[int | None]) -> Any:
    missing = [value is None for value in values]
    return np.ma.MaskedArray([value or 0 for value in values], mask=missing, dtype=np.int64)
