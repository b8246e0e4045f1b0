"""Errors of forecasts on arrays: one series per row, NaN where there is nothing to score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks
from crmlytics.evaluation.naive_benchmarks import as_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def mase_scale(train: ArrayLike, *, season_length: int) -> NDArray[np.float64]:
    r"""Mean absolute change of each series over one season: the unit in which MASE counts.

    Parameters
    ----------
    train : array-like of shape (n_series, n_periods) or (n_periods,)
        One series per row, its last period in the last column; NaN in front of a series that
        begins later, and in its gaps.
    season_length : int
        Periods per season m.

    Returns
    -------
    ndarray of shape (n_series,)
        The scale Q in the unit of the values; NaN where it is 0 (the series repeats itself) or
        where no two values lie apart by the lag.

    Raises
    ------
    DataContractError
        If a value is infinite.
    ValueError
        If `train` has more than two dimensions.

    Notes
    -----
    .. math:: Q = \frac{1}{n - m} \sum_{t=m+1}^{n} |y_t - y_{t-m}|

    over the pairs of which both values are known; a series of m values or fewer is measured at
    lag 1. Q = 0 leaves the scaled errors undefined, not infinite.

    References
    ----------
    Hyndman, R. J. and Koehler, A. B. (2006). Another look at measures of forecast accuracy.
    International Journal of Forecasting 22, 679-688.

    Examples
    --------
    >>> from crmlytics.evaluation import mase_scale
    >>> mase_scale([[1, 4, 3, 8], [2, 2, 2, 2]], season_length=2)
    array([ 3., nan])
    """
    m = checks.whole_number("season_length", season_length, at_least=1)
    values = as_rows("train", train)
    known = np.isfinite(values)
    began = known.argmax(axis=1)
    length = np.where(known.any(axis=1), values.shape[1] - began, 0) if values.size else 0
    scale: NDArray[np.float64] = np.where(
        length > m, _mean_change(values, m), _mean_change(values, 1)
    )
    scale[~(scale > 0)] = np.nan
    return scale


def _mean_change(values: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    return row_means(np.abs(values[:, lag:] - values[:, :-lag]))


def row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the known values of each row, NaN where there is none."""
    known = np.isfinite(values)
    n = known.sum(axis=1)
    mean = np.full(len(values), np.nan)
    np.divide(np.where(known, values, 0.0).sum(axis=1), n, out=mean, where=n > 0)
    return mean


def smape(actual: NDArray[np.float64], forecast: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each series' sMAPE as in the M4 competition, 0 to 200; a term 0/0 counts 0."""
    size = np.abs(actual) + np.abs(forecast)
    error = np.abs(actual - forecast)
    term = np.divide(error, size, out=np.where(np.isfinite(error), 0.0, np.nan), where=size > 0)
    return np.multiply(200.0, row_means(term))


def mase(
    actual: NDArray[np.float64], forecast: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Each series' mean absolute error in units of `mase_scale`."""
    return np.divide(row_means(np.abs(actual - forecast)), scale)


def pinball(
    actual: NDArray[np.float64], quantile: NDArray[np.float64], q: float
) -> NDArray[np.float64]:
    """Return the pinball loss of a forecast of the quantile q, in the unit of the values."""
    error = actual - quantile
    return np.where(error >= 0, q * error, (q - 1) * error)


def interval_score(
    actual: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    level: float,
) -> NDArray[np.float64]:
    """Width of the interval plus a fine for each value outside it (Gneiting & Raftery 2007)."""
    fine = 2.0 / (1.0 - level)
    outside = np.maximum(low - actual, 0.0) + np.maximum(actual - high, 0.0)
    return (high - low) + fine * outside
