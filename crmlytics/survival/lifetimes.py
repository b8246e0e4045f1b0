"""Mean times from a survival curve: within a horizon, and what remains at an age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, codes, frames, notices
from crmlytics.errors import DataQualityWarning
from crmlytics.survival import _bands as bands
from crmlytics.survival import _curves as curves
from crmlytics.survival import _product_limit as product_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def restricted_mean(curve: IntoFrameT, *, horizon: float, level: float = 0.95) -> IntoFrameT:
    r"""Mean time until the event or the horizon, whichever comes first.

    Parameters
    ----------
    curve : frame
        Result of `kaplan_meier`, of any engine; columns that are not its own tell groups apart.
    horizon : float
        Age up to which time is counted, in the curve's unit. Curves are comparable only at one
        horizon.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    frame
        The kind that came in, one row per group: the columns of the groups, ``horizon``,
        ``restricted_mean``, ``standard_error``, ``low`` and ``high``. Null where the curve ends,
        above 0, before the horizon.

    Raises
    ------
    ColumnNotFoundError
        If `curve` is no result of `kaplan_meier`.
    DataContractError
        If a group has a time twice, as in two curves stacked.
    ValueError
        If `horizon` is not above 0 or `level` is no fraction.

    Warns
    -----
    DataQualityWarning
        If curves end before the horizon; says how many.

    Notes
    -----
    :math:`\int_0^\tau \hat S(t) dt`, the area under the curve; its variance is
    :math:`\sum_{t_i \le \tau} (\int_{t_i}^\tau \hat S)^2 d_i / (n_i (n_i - d_i))`, the interval
    normal. Under delayed entry nothing is known before the curve's first row: the mean is of those
    who last until then.

    References
    ----------
    Klein, J. P. and Moeschberger, M. L. (2003). Survival Analysis, 2nd ed., equations 4.5.1 and
    4.5.2.

    Examples
    --------
    >>> from crmlytics.survival import kaplan_meier, restricted_mean
    >>> curve = kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0])
    >>> restricted_mean(curve, horizon=12).round(3)
       horizon  restricted_mean  standard_error    low    high
    0     12.0              7.6            1.59  4.484  10.716
    """
    checks.fraction("level", level)
    tau = checks.number("horizon", horizon, above=0.0)
    held = curves.read_curve(curve)
    ends = np.full(held.n_groups, tau)
    mean, error = _area(
        held.group, held.time, held.rows["survival"], held.rows, np.zeros(held.n_groups), ends
    )
    if short := int(np.isnan(mean).sum()):
        notices.warn(
            f"{short:,} of {held.n_groups:,} curves end above 0 before the horizon of {tau:g}: "
            "their restricted mean is unknown; choose a horizon within the time observed",
            DataQualityWarning,
        )
    low, high = _normal(mean, error, level=level, most=ends)
    columns = held.repeated(1) | {"horizon": ends, "restricted_mean": mean}
    columns |= {"standard_error": error, "low": low, "high": high}
    return frames.from_arrays(columns, like=curve)


def remaining_lifetime(
    curve: IntoFrameT,
    age: float | Sequence[float],
    *,
    horizon: float | None = None,
    level: float = 0.95,
) -> IntoFrameT:
    r"""Median and mean time still to come for a case that has lasted until `age`.

    Parameters
    ----------
    curve : frame
        Result of `kaplan_meier`, of any engine; columns that are not its own tell groups apart.
    age : float or sequence of float
        Ages reached so far, in the curve's unit.
    horizon : float, optional
        The mean counts the time within so long after `age`. Without it the mean is unrestricted,
        and null for curves that do not come down to 0.
    level : float
        Confidence of the intervals, a fraction.

    Returns
    -------
    frame
        The kind that came in, one row per group and age: the columns of the groups; ``age``;
        ``at_risk``, the cases under observation just after it; ``survival`` until then;
        ``median_remaining`` with ``median_low`` and ``median_high``; ``mean_remaining`` with
        ``mean_low`` and ``mean_high``. All but the first two are null where nobody is at risk;
        a median is null where fewer than half are known to end, a mean where the curve ends,
        above 0, before the time asked for.

    Raises
    ------
    ColumnNotFoundError
        If `curve` is no result of `kaplan_meier`.
    DataContractError
        If a group has a time twice, as in two curves stacked.
    ValueError
        If an age is negative, `horizon` is not above 0 or `level` is no fraction.

    Notes
    -----
    Of those who reach a, the share :math:`\hat S(a + u) / \hat S(a)` lasts another u: the product
    over the times after a only, and so are its variance and the log-log interval. The median is
    the least u at which that is at most 1/2, the mean :math:`\int_0^\tau \hat S(a + u) du / \hat
    S(a)`.

    References
    ----------
    Klein, J. P. and Moeschberger, M. L. (2003). Survival Analysis, 2nd ed., sections 2.4 and 4.5.

    Examples
    --------
    >>> from crmlytics.survival import kaplan_meier, remaining_lifetime
    >>> curve = kaplan_meier([1, 2, 4, 8, 16], [1, 1, 1, 1, 1])
    >>> left = remaining_lifetime(curve, [0, 4])
    >>> left[["age", "at_risk", "survival", "median_remaining", "mean_remaining"]]
       age  at_risk  survival  median_remaining  mean_remaining
    0  0.0        5       1.0               4.0             6.2
    1  4.0        2       0.4               4.0             8.0
    """
    checks.fraction("level", level)
    within = np.inf if horizon is None else checks.number("horizon", horizon, above=0.0)
    held = curves.read_curve(curve)
    ages = curves.numbers_of("age", age)
    row = held.at(ages).ravel()
    at_risk = np.where(row >= 0, held.staying()[row], 0)
    start, n = np.tile(ages, held.n_groups), len(row)
    later, combination = _later_rows(held, ages)
    rows = {name: held.rows[name][later] for name in ("time", "at_risk", "events")}
    survival, greenwood = product_limit.product_limit(combination, rows["at_risk"], rows["events"])
    low, high = bands.bands(survival, greenwood, level=level)
    columns = held.repeated(len(ages)) | {"age": start, "at_risk": at_risk}
    columns["survival"] = np.where(row >= 0, held.rows["survival"][row], np.nan)
    halves = {"median_remaining": survival, "median_low": low, "median_high": high}
    for name, values in halves.items():
        found = product_limit.first_times(combination, rows["time"], values, 0.5, n)
        columns[name] = found - start
    mean, error = _area(combination, rows["time"], survival, rows, start, start + within)
    columns["mean_remaining"] = mean
    most = np.full(n, within)
    columns["mean_low"], columns["mean_high"] = _normal(mean, error, level=level, most=most)
    for name in columns.keys() - held.values.keys() - {"age", "at_risk"}:
        columns[name] = np.where(at_risk > 0, columns[name], np.nan)
    return frames.from_arrays(columns, like=curve)


def _later_rows(
    held: curves.Curve, ages: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows after each age and their combination of group and age, ordered by it."""
    which, row = np.nonzero(held.time[None, :] > ages[:, None])
    combination = held.group[row] * len(ages) + which
    order = np.argsort(combination, kind="stable")
    return row[order], combination[order]


def _area(
    group: NDArray[np.int64],
    time: NDArray[np.float64],
    survival: NDArray[Any],
    rows: dict[str, NDArray[Any]],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area under each group's curve from `start` to `end`, and its standard error.

    The curve is 1 from `start` to the first row; the area is NaN where a curve stops above 0
    before `end`.
    """
    n = len(start)
    last = np.append(group[1:] != group[:-1], np.ones(min(len(group), 1), bool))
    first = np.append(np.ones(min(len(group), 1), bool), group[1:] != group[:-1])
    until = np.minimum(np.append(time[1:], np.inf), end[group])
    until[last] = end[group[last]]
    width = np.where(survival > 0.0, np.maximum(until - time, 0.0), 0.0)
    piece = np.where(width > 0.0, survival * width, 0.0)
    beyond = product_limit.running(piece[::-1], group[::-1])[::-1]
    mean = np.full(n, np.nan)
    own = group[first]
    mean[own] = np.minimum(time[first], end[own]) - start[own] + beyond[first]
    stops = last & (survival > 0.0) & (time < end[group])
    mean[group[stops]] = np.nan
    rest = rows["at_risk"].astype(np.float64) * (rows["at_risk"] - rows["events"])
    step = np.nan_to_num(codes.ratio(rows["events"].astype(np.float64), rest))
    with np.errstate(invalid="ignore"):
        terms = np.where((time <= end[group]) & (step > 0), beyond**2 * step, 0.0)
    variance = codes.totals(group, terms, n)
    return mean, np.where(np.isnan(mean), np.nan, np.sqrt(variance))


def _normal(
    mean: NDArray[np.float64],
    error: NDArray[np.float64],
    *,
    level: float,
    most: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.special import ndtri

    half = float(ndtri((1 + level) / 2)) * error
    return np.maximum(mean - half, 0.0), np.minimum(mean + half, most)
