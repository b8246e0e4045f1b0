"""The forecasting members by name: one call for any method, all series at once.

A member is a function of an array of series by periods, `season_length` and `horizon` that returns
a `MemberFit`. Own methods may be used beside them as long as they keep that call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics.forecast._member import Member, MemberFit
from crmlytics.forecast.drift import random_walk_with_drift
from crmlytics.forecast.naive import seasonal_naive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MEMBERS", "Member", "MemberFit"]


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
}
