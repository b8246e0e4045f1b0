"""Seasonal naive: the next season repeats the last one, all series at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NaiveFit(NamedTuple):
    """Forecasts of all series at once, with the scale that theory gives their errors.

    Attributes
    ----------
    forecast : ndarray of shape (n_series, horizon)
        Point forecasts, NaN where the member has none.
    scale : ndarray of shape (n_series, horizon)
        Standard deviation of the forecast error, NaN where it cannot be told.
    fitted : ndarray of shape (n_series, n_periods)
        What the member would have said one step before each period.
    sigma : ndarray of shape (n_series,)
        Standard deviation of the residuals, each brought to the distance of one season.
    n_residuals : ndarray of shape (n_series,)
        Number of residuals behind `sigma`.
    season_length : ndarray of shape (n_series,)
        Season length used for each series, 1 where it was forecast without a season.
    """

    forecast: NDArray[np.float64]
    scale: NDArray[np.float64]
    fitted: NDArray[np.float64]
    sigma: NDArray[np.float64]
    n_residuals: NDArray[np.int64]
    season_length: NDArray[np.int64]


def seasonal_naive(values: NDArray[np.float64], *, season_length: int, horizon: int) -> NaiveFit:
    """Forecast each period by the last value of its season; short series by their last value.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Periods per season, m.
    horizon : int
        Periods to forecast past the last column.

    Returns
    -------
    NaiveFit
        Forecasts, their scale, fitted values and residual standard deviations.

    Notes
    -----
    Under y_t = y_{t-m} + e_t with independent errors of standard deviation sigma, the forecast
    from a value k seasons back is that value and its error has standard deviation
    sigma sqrt(k). Without gaps k = ceil(h / m). A gap sends the forecast to the season before, and
    k grows by one; so does the standard deviation of a residual, which is divided by sqrt(k)
    before sigma, the root mean square of the residuals, is taken. Their mean is not subtracted:
    the forecast has no drift, and what it misses belongs to its error.

    A series of fewer than 2m values is forecast with m = 1, the random walk. A season of which no
    value was ever seen has no forecast (NaN).

    The cost is a few passes over the array; no loop over series or periods.

    References
    ----------
    Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed.,
    sections 5.2 (methods) and 5.5 (standard deviation of h-step forecasts).

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.naive import seasonal_naive
    >>> fit = seasonal_naive(
    ...     np.array([[1.0, 5.0, 2.0, 7.0]]), season_length=2, horizon=3
    ... )
    >>> fit.forecast
    array([[2., 7., 2.]])
    >>> fit.sigma.round(4)  # sqrt((1 + 4) / 2)
    array([1.5811])
    >>> (fit.scale / fit.sigma).round(4)  # one season ahead, one, two
    array([[1.    , 1.    , 1.4142]])
    """
    result = _repeat(values, season_length, horizon)
    short = np.isfinite(values).sum(axis=1) < 2 * season_length
    if season_length > 1 and short.any():
        for whole, part in zip(result, _repeat(values[short], 1, horizon), strict=True):
            whole[short] = part
    return result


def _repeat(values: NDArray[np.float64], m: int, horizon: int) -> NaiveFit:
    """Repeat the last season of length `m`."""
    n_series, n = values.shape
    # One season per row, so that "the last value of the same season" runs down the columns.
    padded = np.full((n_series, -(-n // m) * m), np.nan)
    padded[:, padded.shape[1] - n :] = values
    period = np.arange(padded.shape[1])
    source = np.where(np.isfinite(padded), period, -1)
    source = source.reshape(n_series, padded.shape[1] // m, m)
    latest = np.maximum.accumulate(source, axis=1)
    before = np.full_like(latest, -1)
    before[:, 1:] = latest[:, :-1]
    fitted, seasons_back = _look_back(padded, before.reshape(padded.shape), period, m)
    residuals = (padded - fitted) / np.sqrt(seasons_back)
    n_residuals = np.isfinite(residuals).sum(axis=1)
    total = np.nansum(residuals**2, axis=1)
    sigma = np.full(n_series, np.nan)
    np.sqrt(np.divide(total, n_residuals, out=sigma, where=n_residuals > 0), out=sigma)
    ahead = np.arange(horizon)
    future = padded.shape[1] + ahead
    forecast, seasons_back = _look_back(padded, latest[:, -1, ahead % m], future, m)
    return NaiveFit(
        forecast=forecast,
        scale=sigma[:, None] * np.sqrt(seasons_back),
        fitted=fitted[:, padded.shape[1] - n :],
        sigma=sigma,
        n_residuals=n_residuals,
        season_length=np.full(n_series, m),
    )


def _look_back(
    padded: NDArray[np.float64],
    source: NDArray[np.int64],
    period: NDArray[np.int64],
    m: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value at each `source` column and how many seasons it lies back; NaN where there is none."""
    there = source >= 0
    found = np.where(there, np.take_along_axis(padded, np.maximum(source, 0), axis=1), np.nan)
    return found, np.where(there, (period - source) / m, np.nan)
