"""The forecasting members by name: one call for any method, all series at once.

A member is a function of an array of series by periods, `season_length` and `horizon` that returns
a `MemberFit`. Own methods may be used beside them as long as they keep that call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics.forecast._member import Member, MemberFit
from crmlytics.forecast.complex_smoothing import ces
from crmlytics.forecast.damped_trend import damped_holt
from crmlytics.forecast.drift import random_walk_with_drift
from crmlytics.forecast.holt_winters import (
    holt_winters_additive,
    holt_winters_log,
    holt_winters_multiplicative,
)
from crmlytics.forecast.intermittent import croston, syntetos_boylan, teunter_syntetos_babai
from crmlytics.forecast.naive import seasonal_naive
from crmlytics.forecast.simple_smoothing import exponential_smoothing
from crmlytics.forecast.theta import dynamic_theta

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["GOOD_FIVE", "MEMBERS", "Member", "MemberFit"]


def _seasonal_naive(
    values: NDArray[np.float64], /, *, season_length: int, horizon: int
) -> MemberFit:
    """`seasonal_naive`, its result in the common shape."""
    fit = seasonal_naive(values, season_length=season_length, horizon=horizon)
    return MemberFit(fit.forecast, fit.fitted, {"sigma": fit.sigma})


#: Every member by the name that `SalesForecaster` knows it by.
MEMBERS: dict[str, Member] = {
    "seasonal_naive": _seasonal_naive,
    "drift": random_walk_with_drift,
    "exponential_smoothing": exponential_smoothing,
    "damped_trend": damped_holt,
    "holt_winters_additive": holt_winters_additive,
    "holt_winters_multiplicative": holt_winters_multiplicative,
    "holt_winters_log": holt_winters_log,
    "theta": dynamic_theta,
    "complex_smoothing": ces,
    "croston": croston,
    "sba": syntetos_boylan,
    "tsb": teunter_syntetos_babai,
}

#: Members whose equal mean is the classical combination.
GOOD_FIVE: tuple[str, ...] = (
    "theta",
    "holt_winters_additive",
    "holt_winters_multiplicative",
    "holt_winters_log",
    "complex_smoothing",
)
