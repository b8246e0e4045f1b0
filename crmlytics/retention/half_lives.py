"""The age by which half of the customers are gone."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, NamedTuple, overload

import numpy as np

from crmlytics._core import checks, frames, notices
from crmlytics.errors import DataContractError, DataQualityWarning


class HalfLife(NamedTuple):
    """What `half_life` read off a curve.

    Attributes
    ----------
    age : float
        First age at which at most half are left; NaN if the curve does not come down so far.
    low, high : float
        The same of the lower and the upper end of the curve's interval; NaN where not reached.
    """

    age: float
    low: float
    high: float


@overload
def half_life(retention: float) -> float: ...


@overload
def half_life(retention: Any) -> HalfLife: ...


def half_life(retention: Any) -> HalfLife | float:
    r"""Age by which half of the customers are gone, from a curve or a constant rate.

    Parameters
    ----------
    retention : frame or float
        Result of `retention_curve`, of any engine; or the share of customers who stay from each
        period to the next, a fraction.

    Returns
    -------
    HalfLife or float
        Of a curve: ``age``, the first at which the rate is at most 1/2, and ``low`` and ``high``,
        the first ages at which the ends of its interval are; NaN where that is not reached. Of a
        constant rate: the number of periods, NaN for a rate of 1, at which nobody leaves.

    Raises
    ------
    ColumnNotFoundError
        If the frame is no result of `retention_curve`.
    DataContractError
        If an age occurs twice, as in two curves stacked.
    ValueError
        If the rate is not between 0 and 1.

    Warns
    -----
    DataQualityWarning
        If the curve does not come down to one half.

    Notes
    -----
    With constant retention r the share left after t periods is :math:`r^t`, and the half-life
    :math:`\ln(1/2) / \ln r`. An average of cohorts with ``kind="on"`` may fall below one half and
    rise again; the first age counts. A curve by Kaplan and Meier only falls.

    References
    ----------
    Brookmeyer, R. and Crowley, J. (1982). A Confidence Interval for the Median Survival Time.
    Biometrics 38, 29-41.

    Examples
    --------
    >>> from crmlytics.retention import half_life
    >>> round(half_life(0.8), 4)
    3.1063
    """
    if isinstance(retention, Real):
        return _of_constant(float(retention))
    needed = ("age", "rate", "low", "high")
    checks.columns(frames.column_names(retention), {f"column {name}": name for name in needed})
    held = frames.arrays(frames.collect(frames.lazy(retention, list(needed))))
    age = held["age"].astype(np.float64)
    order = np.argsort(age)
    if len(np.unique(age)) < len(age):
        raise DataContractError("an age occurs twice; pass one result of retention_curve")
    first = [_first_half(age[order], held[name][order]) for name in needed[1:]]
    if math.isnan(first[0]):
        rates = held["rate"][order].astype(np.float64)
        seen = np.flatnonzero(~np.isnan(rates))
        end = f" ends at {rates[seen[-1]]:.1%} at age {age[order][seen[-1]]:g}" if len(seen) else (
            " has no rate"
        )  # fmt: skip
        notices.warn(
            f"the curve{end} and never comes down to one half: the half-life is unknown (NaN)",
            DataQualityWarning,
        )
    return HalfLife(*first)


def _of_constant(rate: float) -> float:
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"retention must be a fraction from 0 to 1, got {rate!r}")
    if rate in (0.0, 1.0):
        return float("nan") if rate == 1.0 else 0.0
    return math.log(0.5) / math.log(rate)


def _first_half(age: np.ndarray[Any, Any], share: np.ndarray[Any, Any]) -> float:
    """Return the first age, in order, at which the share is at most one half; NaN if none is."""
    with np.errstate(invalid="ignore"):
        low_enough = np.flatnonzero(share.astype(np.float64) <= 0.5)
    return float(age[low_enough[0]]) if len(low_enough) else float("nan")
