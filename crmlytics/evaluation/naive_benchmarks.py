"""Naive2, the benchmark of the M competitions: the last value, seasonally adjusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Quantile of the normal distribution for a 90 % test of the seasonal autocorrelation.
_LIMIT = 1.645


def naive2(train: ArrayLike, *, season_length: int, horizon: int) -> NDArray[np.float64]:
    r"""Forecast every series by its last value, seasonally adjusted where a test finds a season.

    Parameters
    ----------
    train : array-like of shape (n_series, n_periods) or (n_periods,)
        One series per row, its last period in the last column. NaN in front: the series begins
        later; NaN inside or at the end: a gap.
    season_length : int
        Periods per season, such as 12 for months of a year; 1 means no season.
    horizon : int
        Periods to forecast.

    Returns
    -------
    ndarray of shape (n_series, horizon) or (horizon,)
        The forecasts of the periods after the last column; NaN for a series without a value.

    Raises
    ------
    DataContractError
        If a value is infinite.
    ValueError
        If `train` has more than two dimensions.

    Notes
    -----
    A series of n values, n ≥ 3m, is seasonal if

    .. math:: |r_m| > 1.645 \sqrt{(1 + 2 \sum_{i=1}^{m-1} r_i^2) / n}

    where r are its autocorrelations. Its season is then the classical multiplicative one: the
    ratios to a centred moving average (2 × m terms for an even m), averaged per season and divided
    by their mean. The forecast is the last deseasonalised value times the index of its period.
    Every other series, and one whose trend or an index is not positive, keeps its last value.

    The definition knows no gaps. Here a gap is bridged by a straight line for the test and the
    moving average, and gives no ratio.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition: 100,000 time
    series and 61 forecasting methods. International Journal of Forecasting 36, 54-74.

    Examples
    --------
    >>> from crmlytics.evaluation import naive2
    >>> quarters = [10, 20, 30, 40, 10, 20, 30, 40, 10, 20, 30, 40]
    >>> naive2(quarters, season_length=4, horizon=4).round(6)
    array([10., 20., 30., 40.])
    >>> naive2([3, 1, 2], season_length=4, horizon=2)  # too short for a season
    array([2., 2.])
    """
    m = checks.whole_number("season_length", season_length, at_least=1)
    horizon = checks.whole_number("horizon", horizon, at_least=1)
    values = as_rows("train", train)
    filled = bridged(values)
    index = np.ones((len(values), m))
    held = np.flatnonzero(_seasonal(filled, m))
    index[held] = _seasonal_index(values[held], filled[held], m)
    forecast = _last_adjusted(values, index, horizon)
    return forecast[0] if np.ndim(train) == 1 else forecast


def as_rows(parameter: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return one or many series as rows of floats, none infinite."""
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim not in (1, 2):
        raise ValueError(
            f"{parameter} must have one series (1 dimension) or one per row (2), "
            f"it has {rows.ndim} dimensions"
        )
    if bad := int(np.isinf(rows).sum()):
        raise DataContractError(
            f"{bad:,} of {rows.size:,} values of {parameter} are infinite; "
            f"see them with np.argwhere(np.isinf({parameter}))"
        )
    return np.atleast_2d(rows)


def bridged(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill gaps inside a series by straight lines; what lies outside it stays NaN."""
    known = np.isfinite(values)
    if not values.size:
        return values
    place = np.arange(values.shape[1])
    before = np.maximum.accumulate(np.where(known, place, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, place, values.shape[1])[:, ::-1], axis=1)[:, ::-1]
    inside = ~known & (before >= 0) & (after < values.shape[1])
    if not inside.any():
        return values
    row, column = np.nonzero(inside)
    left, right = before[inside], after[inside]
    share = (column - left) / (right - left)
    filled = values.copy()
    filled[inside] = values[row, left] * (1 - share) + values[row, right] * share
    return filled


def _seasonal(values: NDArray[np.float64], m: int) -> NDArray[np.bool_]:
    """Which series pass the test of the seasonal autocorrelation."""
    n = np.isfinite(values).sum(axis=1)
    if m == 1 or values.shape[1] < 3 * m:
        return np.zeros(len(values), bool)
    n_safe = np.maximum(n, 1)
    centred = values - (np.nansum(values, axis=1) / n_safe)[:, None]
    centred = np.where(np.isfinite(centred), centred, 0.0)
    # Autocorrelations know no unit: scaled first, no square overflows or vanishes.
    largest = np.abs(centred).max(axis=1)
    centred /= np.where(largest > 0, largest, 1.0)[:, None]
    square = (centred**2).sum(axis=1)
    r = np.stack([(centred[:, k:] * centred[:, :-k]).sum(axis=1) for k in range(1, m + 1)])
    r = np.divide(r, square, out=np.zeros_like(r), where=square > 0)
    limit = _LIMIT * np.sqrt((1 + 2 * (r[:-1] ** 2).sum(axis=0)) / n_safe)
    found: NDArray[np.bool_] = (n >= 3 * m) & (np.abs(r[-1]) > limit)
    return found


def _seasonal_index(
    values: NDArray[np.float64], filled: NDArray[np.float64], m: int
) -> NDArray[np.float64]:
    """Index of each season, column j that of the periods j, j + m … before the end; 1 if none."""
    trend = centred_average(filled, m)
    ratio = np.full(values.shape, np.nan)
    usable = np.isfinite(trend) & np.isfinite(values) & (trend > 0)
    np.divide(values, trend, out=ratio, where=usable)
    flawed: Any = (trend <= 0).any(axis=1)  # NaN compares as False
    # Season 0 is that of the last column.
    back = np.arange(values.shape[1] - 1, -1, -1) % m
    index = np.empty((len(values), m))
    for season in range(m):
        part = ratio[:, back == season]
        there = np.isfinite(part).sum(axis=1)
        index[:, season] = np.nansum(part, axis=1) / np.where(there > 0, there, np.nan)
    index /= index.mean(axis=1, keepdims=True)
    fine: Any = (index > 0).all(axis=1) & ~flawed
    return np.where(fine[:, None], index, 1.0)


def centred_average(values: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """Centred moving average over one season, 2 × m terms for an even m; NaN at the ends."""
    half = m // 2
    weights = np.full(2 * half + 1, 1.0 / m)
    if m % 2 == 0:
        weights[[0, -1]] = 0.5 / m
    n = values.shape[1]
    trend = np.full(values.shape, np.nan)
    if n >= len(weights):
        inner = n - 2 * half
        trend[:, half : n - half] = sum(
            weight * values[:, j : j + inner] for j, weight in enumerate(weights)
        )
    return trend


def _last_adjusted(
    values: NDArray[np.float64], index: NDArray[np.float64], horizon: int
) -> NDArray[np.float64]:
    """Carry the last known value forward, deseasonalised where it stands, times each index."""
    m = index.shape[1]
    known = np.isfinite(values)
    if not values.shape[1]:
        return np.full((len(values), horizon), np.nan)
    last = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    row = np.arange(len(values))
    back: Any = (values.shape[1] - 1 - last) % m
    level = np.where(known.any(axis=1), values[row, last], np.nan) / index[row, back]
    ahead = -np.arange(1, horizon + 1) % m
    forecast: NDArray[np.float64] = level[:, None] * index[:, ahead]
    return forecast
