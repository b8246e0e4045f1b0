"""Random walk with drift: the line through the first and the last value goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast._member import MemberFit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def random_walk_with_drift(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,  # noqa: ARG001 (every member has it)
    horizon: int,
) -> MemberFit:
    """Forecast by the last value plus the mean change per period so far.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Not used: the method knows no season.
    horizon : int
        Periods to forecast past the last column.

    Returns
    -------
    MemberFit
        Parameter ``drift``, the mean change per period (0 for a single value). The fitted value
        of a period is the last value before it plus the drift for each period since.

    Notes
    -----
    f_h = y_n + h (y_n - y_1) / (n - 1), where 1 and n are the periods of the first and the last
    value: gaps inside do not matter. A series that ended before the last column is continued from
    where it ended.

    References
    ----------
    Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed.,
    section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.drift import random_walk_with_drift
    >>> fit = random_walk_with_drift(np.array([[10.0, 14.0, 16.0]]), horizon=2)
    >>> fit.forecast
    array([[19., 22.]])
    >>> fit.fitted
    array([[nan, 13., 17.]])
    """
    n = values.shape[1]
    period = np.arange(n + horizon)
    # Column of the latest value before each period; -1 before the first.
    source = np.full((len(values), n + horizon), -1)
    source[:, 1 : n + 1] = np.maximum.accumulate(
        np.where(np.isfinite(values), period[:n], -1), axis=1
    )
    source[:, n + 1 :] = source[:, n, None]
    seen = np.isfinite(values)
    first, last = seen.argmax(axis=1), source[:, n]
    rows = np.arange(len(values))
    rise = values[rows, last] - values[rows, first]
    drift = np.where(
        last > first, rise / np.maximum(last - first, 1), np.where(last < 0, np.nan, 0)
    )
    line = np.take_along_axis(values, np.maximum(source, 0), axis=1)
    line = np.where(source >= 0, line + drift[:, None] * (period - source), np.nan)
    return MemberFit(line[:, n:], line[:, :n], {"drift": drift})
