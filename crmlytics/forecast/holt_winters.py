"""Damped Holt-Winters smoothing, additive, multiplicative and on logarithms, all series at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast._additive import States, first_states, run_additive, smooth, spread
from crmlytics.forecast._lockstep import block_of, fit_in_blocks
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._prior import Prior
from crmlytics.forecast._season import season_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block

#: Of alpha, beta / alpha, phi, gamma / (1 - alpha): chosen on rolling origins within training data.
PRIOR = Prior(centre=(0.2, 0.01, 0.92, 0.08), sd=(0.28, 0.08, 0.044, 0.28))
_SMALLEST_BASE = 1e-8
_SMALLEST_INDEX, _LARGEST_INDEX = 1e-3, 10.0


def holt_winters_additive(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast by level, damped trend and additive season, each smoothed exponentially.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Periods per season, m; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        What is believed of (alpha, beta / alpha, phi, gamma / (1 - alpha)) before the data. None:
        nothing, least squares alone decide within the bounds.

    Returns
    -------
    MemberFit
        Parameters ``alpha``, ``beta``, ``phi`` and ``gamma``.

    Notes
    -----
    With error e = y - (l + phi b) - s: l <- l + phi b + alpha e, b <- phi b + beta e,
    s <- s + gamma e; the forecast is l + b (phi + ... + phi^h) + s. The season starts at the
    indices of the classical decomposition, level and trend at a line through the first two
    seasons of adjusted values, its slope shrunk towards 0. A gap is a step with error 0. A series
    of fewer than two seasons has no season.

    The parameters are the posterior mode under normal errors and the `prior`, found by compass
    search for all series at once.

    References
    ----------
    Hyndman, R. J., Koehler, A. B., Ord, J. K. and Snyder, R. D. (2008). Forecasting with
    Exponential Smoothing: The State Space Approach. Springer. (ETS(A,Ad,A))

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.holt_winters import holt_winters_additive
    >>> quarters = np.tile([8.0, 10.0, 9.0, 13.0], 6)[None] + np.arange(24) / 4
    >>> holt_winters_additive(quarters, season_length=4, horizon=4).forecast.round(1)
    array([[14. , 16.2, 15.4, 19.6]])
    """
    fit = functools.partial(_sums, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def holt_winters_multiplicative(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast by level and damped trend, times a season, each smoothed exponentially.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value. A series with values that are not positive
        is forecast by `holt_winters_additive`.
    season_length : int
        Periods per season, m; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        As for `holt_winters_additive`.

    Returns
    -------
    MemberFit
        Parameters ``alpha``, ``beta``, ``phi`` and ``gamma``.

    Notes
    -----
    With q = l + phi b and error e = y - q s: l <- q + alpha e / s, b <- phi b + beta e / s,
    s <- s + gamma e / q, indices kept between 0.001 and 10. Errors are additive and their squares
    are summed as they are.

    References
    ----------
    Hyndman, R. J., Koehler, A. B., Ord, J. K. and Snyder, R. D. (2008). Forecasting with
    Exponential Smoothing: The State Space Approach. Springer. (ETS(A,Ad,M))

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.holt_winters import holt_winters_multiplicative
    >>> quarters = np.tile([0.8, 1.0, 0.9, 1.3], 6)[None] * (100 + np.arange(24))
    >>> holt_winters_multiplicative(quarters, season_length=4, horizon=4).forecast.round(1)
    array([[ 99.1, 124.6, 112.9, 164.2]])
    """
    fit = functools.partial(_where_positive, fit=_products, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def holt_winters_log(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast logarithms by level, damped trend and additive season, and take them back.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value. A series with values that are not positive
        is forecast by `holt_winters_additive`.
    season_length : int
        Periods per season, m; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        As for `holt_winters_additive`.

    Returns
    -------
    MemberFit
        Parameters ``alpha``, ``beta``, ``phi`` and ``gamma``, those of the logarithms.

    Notes
    -----
    exp of the forecast of log y, the median of a log-normal distribution and so a little below its
    mean; errors count in relative size.

    References
    ----------
    Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed.,
    sections 5.6 (back-transformation) and 8.3 (Holt-Winters).

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.holt_winters import holt_winters_log
    >>> quarters = np.tile([0.8, 1.0, 0.9, 1.3], 6)[None] * (100 + np.arange(24))
    >>> holt_winters_log(quarters, season_length=4, horizon=4).forecast.round(1)
    array([[ 99.1, 124.7, 113. , 164.4]])
    """
    fit = functools.partial(_where_positive, fit=_logarithms, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def _sums(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    centre = np.nanmean(values, axis=1)[:, None]
    index = np.where(season.multiplicative[:, None], (season.indices - 1) * centre, season.indices)
    start = first_states(season.remove(values), index, season_length)
    return smooth(run_additive, block_of(values), start, prior=prior, horizon=horizon)


def _products(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    start = first_states(season.remove(values), season.indices, season_length)
    block = block_of(values)
    return smooth(
        _run_multiplicative, block, start, prior=prior, horizon=horizon, multiplicative=True
    )


def _logarithms(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    start = first_states(np.log(season.remove(values)), np.log(season.indices), season_length)
    block = block_of(np.log(values))
    fit = smooth(run_additive, block, start, prior=prior, horizon=horizon)
    return MemberFit(np.exp(fit.forecast), np.exp(fit.fitted), fit.parameters)


def _where_positive(
    values: NDArray[np.float64],
    *,
    season_length: int,
    horizon: int,
    fit: Callable[..., MemberFit],
    prior: Prior | None,
) -> MemberFit:
    """`fit` for positive series, sums for the others."""
    positive = ~(values <= 0).any(axis=1)
    forecast, fitted = np.empty((len(values), horizon)), np.empty(values.shape)
    parameters: dict[str, NDArray[np.float64]] = {}
    for rows, one in ((positive, fit), (~positive, _sums)):
        if rows.any():
            part = one(values[rows], season_length=season_length, horizon=horizon, prior=prior)
            forecast[rows], fitted[rows] = part.forecast, part.fitted
            for name, found in part.parameters.items():
                parameters.setdefault(name, np.empty(len(values)))[rows] = found
    return MemberFit(forecast, fitted, parameters)


def _run_multiplicative(
    block: Block,
    start: States,
    gains: NDArray[np.float64],
    fitted: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], States]:
    """Sum of squared errors of each candidate and the last states, the season a factor."""
    states, squares = spread(start, gains[0].shape), np.zeros(gains[0].shape)
    gaps, n_periods, m = block.gaps(), len(block.y), len(start.season)
    for n, periods in block.spells():
        alpha, beta, phi, gamma = gains[:, :, :n]
        level, trend, total = states.level[:, :n], states.trend[:, :n], squares[:, :n]
        for t in periods:
            season = states.season[(t - n_periods) % m, :, :n]
            damped = phi * trend
            base = level + damped
            base[np.abs(base) < _SMALLEST_BASE] = _SMALLEST_BASE
            mean = base * season
            if fitted is not None:
                fitted[:n, t] = mean[0]
            error = block.y[t, :n] - mean
            if gaps[t]:
                error *= block.seen[t, :n]
            total += error * error
            ratio = error / season
            np.multiply(alpha, ratio, out=level)
            level += base
            np.multiply(beta, ratio, out=trend)
            trend += damped
            error *= gamma
            error /= base
            season += error
            np.clip(season, _SMALLEST_INDEX, _LARGEST_INDEX, out=season)
    return squares, states
