"""Effects of holidays, promotions and outliers beside level, trend and season, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.forecast._lockstep import block_of, in_blocks, sizes
from crmlytics.forecast._season import season_of
from crmlytics.forecast.holt_winters import holt_winters_additive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block

#: Longer seasons are taken out by their indices first: one column per season would be too many.
_LONGEST_SEASON = 24
#: Smoothing and effects take turns: smoothing parameters first take effects for errors.
_ROUNDS = 2
#: Keeps level and season apart, whose columns sum to the same; relative to a column's size.
_JITTER = 1e-8


class Effects(NamedTuple):
    """What one unit of each regressor adds to each series.

    Attributes
    ----------
    coefficients : ndarray of shape (n_series, n_regressors)
        In the unit of the series per unit of the regressor; 0 for a regressor that is 0 in every
        observed period of the series.
    standard_errors : ndarray of shape (n_series, n_regressors)
        Their standard errors, given the smoothing parameters; NaN where nothing was observed.
    """

    coefficients: NDArray[np.float64]
    standard_errors: NDArray[np.float64]


def regression_effects(
    values: NDArray[np.float64],
    regressors: NDArray[np.float64],
    *,
    season_length: int,
    ridge: float = 1.0,
) -> NDArray[np.float64]:
    """Return the coefficients of `estimated_effects`, shape (n_series, n_regressors)."""
    return estimated_effects(
        values, regressors, season_length=season_length, ridge=ridge
    ).coefficients


def estimated_effects(
    values: NDArray[np.float64],
    regressors: NDArray[np.float64],
    *,
    season_length: int,
    ridge: float = 1.0,
) -> Effects:
    """What one unit of each regressor adds to each series, level, trend and season allowed for.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    regressors : ndarray of shape (n_series or 1, n_periods, n_regressors)
        Known numbers, such as 1 on a holiday, the share of a month on promotion, or 1 in the single
        period of an outlier; one set for all series or one for each.
    season_length : int
        Periods per season, m; 1 for no season.
    ridge : float
        How small effects are believed to be: before the data, the effect of a regressor at its
        largest size has mean 0 and standard deviation (mean size of the series) / sqrt(ridge).
        0: no belief.

    Returns
    -------
    Effects
        Coefficients and their standard errors.

    Raises
    ------
    ValueError
        If shapes do not match, a regressor is not finite or `ridge` is negative.

    Notes
    -----
    Additive Holt-Winters smoothing is a linear filter, so with its parameters given the errors are
    e = e(y) - sum of beta_k e(z_k) - (effects of the first level, trend and season): least
    squares of filtered data on filtered regressors and first states, one small system per series.
    Smoothing parameters and effects are found in turns, twice. The errors' variance that the ridge
    is measured by comes from the same fit without it.

    References
    ----------
    Golub, G. H. and Pereyra, V. (1973). The differentiation of pseudo-inverses and nonlinear least
    squares problems whose variables separate. SIAM Journal on Numerical Analysis 10, 413-432.
    Hyndman, R. J., Koehler, A. B., Ord, J. K. and Snyder, R. D. (2008). Forecasting with
    Exponential Smoothing: The State Space Approach. Springer. Chapter 9.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.effects import estimated_effects
    >>> promotion = np.zeros((1, 40, 1))
    >>> promotion[0, [7, 15, 30]] = 1.0
    >>> rng = np.random.default_rng(0)
    >>> sales = 100 + rng.normal(0, 2, (1, 40)) + 30 * promotion[:, :, 0]
    >>> effects = estimated_effects(sales, promotion, season_length=1)
    >>> effects.coefficients.round(1), effects.standard_errors.round(1)
    (array([[29.6]]), array([[1.]]))
    """
    values = np.asarray(values, dtype=np.float64)
    regressors = _checked(values, np.asarray(regressors, dtype=np.float64), ridge)
    n_series, _, n_regressors = regressors.shape
    found = np.zeros((n_series, n_regressors))
    errors = np.full((n_series, n_regressors), np.nan)
    if not n_regressors:
        return Effects(found, errors)
    states = (n_regressors + season_length + 3) * 2
    for rows, since in in_blocks(values, states=states):
        z = regressors[rows, since:]
        scale, reach = sizes(values[rows, since:]), _reach(values[rows, since:], z)
        found[rows], errors[rows] = _estimate(
            values[rows, since:] / scale, z / reach, season_length, ridge
        )
        found[rows] *= scale / reach[:, 0]
        errors[rows] *= scale / reach[:, 0]
    return Effects(found, errors)


def _checked(
    values: NDArray[np.float64], regressors: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    if regressors.ndim != 3 or regressors.shape[1] != values.shape[1]:
        raise ValueError(
            "regressors must have shape (n_series or 1, n_periods, n_regressors) with "
            f"{values.shape[1]:,} periods, got {regressors.shape}"
        )
    if regressors.shape[0] not in (1, len(values)):
        raise ValueError(
            f"regressors must be one set or {len(values):,}, one for each series, got "
            f"{regressors.shape[0]:,}"
        )
    if bad := int((~np.isfinite(regressors)).sum()):
        raise ValueError(f"{bad:,} of {regressors.size:,} values of regressors are not finite")
    if not ridge >= 0:
        raise ValueError(f"ridge must be at least 0, got {ridge!r}")
    return np.broadcast_to(regressors, (len(values), *regressors.shape[1:]))


def _reach(values: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest size of each regressor where there is a value, 1 where it is 0 throughout."""
    reach = np.abs(np.where(np.isfinite(values)[:, :, None], z, 0.0)).max(axis=1, keepdims=True)
    return np.where(reach > 0, reach, 1.0)


def _estimate(
    values: NDArray[np.float64], z: NDArray[np.float64], season_length: int, ridge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and standard errors for one block of series of order 1."""
    n = np.isfinite(values).sum(axis=1)
    in_columns = 1 < season_length <= _LONGEST_SEASON
    beta, error = np.zeros((len(values), z.shape[2])), np.zeros((len(values), z.shape[2]))
    for _ in range(_ROUNDS):
        rest = values - np.einsum("stk,sk->st", z, beta)
        gains = holt_winters_additive(rest, season_length=season_length, horizon=1).parameters
        y = values
        if not in_columns:
            season = season_of(rest, season_length)
            past = season.past(values.shape[1])
            # Factors become terms, so that effects stay what they add.
            centre = np.nanmean(rest, axis=1, keepdims=True)
            y = values - np.where(season.multiplicative[:, None], (past - 1) * centre, past)
        columns = _filtered(
            block_of(y), z, np.stack(list(gains.values())), season_length if in_columns else 1
        )
        beta, error = _solved(columns, z.shape[2], n, season_length, ridge)
    return beta, error


def _filtered(
    block: Block, z: NDArray[np.float64], gains: NDArray[np.float64], m: int
) -> NDArray[np.float64]:
    """Errors of data, regressors and first states, shape (n_series, n_periods, n_columns).

    The order is data, regressors, level, trend and, for m > 1, the seasons.
    """
    n_periods, n_series = block.y.shape
    k = 1 + z.shape[2]
    n_columns = k + 2 + (m if m > 1 else 0)
    level, trend = np.zeros((2, n_columns, n_series))
    season = np.zeros((m, n_columns, n_series))
    level[k], trend[k + 1] = 1.0, 1.0
    if m > 1:
        season[np.arange(m), k + 2 + np.arange(m)] = 1.0
    errors = np.zeros((n_periods, n_columns, n_series))
    alpha, beta, phi, gamma = gains
    for n, periods in block.spells():
        for t in periods:
            now = season[(t - n_periods) % m, :, :n]
            base = level[:, :n] + phi[:n] * trend[:, :n]
            error = -(base + now)
            error[0] += block.y[t, :n]
            error[1:k] += z[:n, t].T
            error *= block.seen[t, :n]
            level[:, :n] = base + alpha[:n] * error
            trend[:, :n] = phi[:n] * trend[:, :n] + beta[:n] * error
            if m > 1:
                now += gamma[:n] * error
            errors[t, :, :n] = error
    return errors.transpose(2, 0, 1)


def _solved(
    columns: NDArray[np.float64], n_regressors: int, n: NDArray[np.int64], m: int, ridge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least squares with a ridge, series by series in one call."""
    y, x = columns[:, :, 0], columns[:, :, 1:].copy()
    x[:, :, n_regressors:] *= -1  # a first state of 1 lowers the error by what it explains
    gram, cross = x.transpose(0, 2, 1) @ x, np.einsum("stk,st->sk", x, y)
    diagonal = np.einsum("skk->sk", gram)
    penalty = np.where(diagonal > 0, diagonal * _JITTER, 1.0)
    penalty[:, n_regressors + 2 :] += np.where(n < 2 * m, 1e6, 0.0)[:, None]
    free = np.maximum(n - x.shape[2], np.maximum(n / 4, 1))
    variance = np.zeros(len(n))
    for weight in (0.0, ridge):
        here = penalty.copy()
        here[:, :n_regressors] += weight * variance[:, None]
        system = gram + here[:, :, None] * np.eye(x.shape[2])
        inverse = np.linalg.inv(system)
        beta = np.einsum("sjk,sk->sj", inverse, cross)
        variance = ((y - np.einsum("stk,sk->st", x, beta)) ** 2).sum(axis=1) / free
    spread = np.einsum("skk->sk", inverse)[:, :n_regressors]
    seen = diagonal[:, :n_regressors] > 0
    error = np.sqrt(np.maximum(spread, 0) * variance[:, None])
    return np.where(seen, beta[:, :n_regressors], 0.0), np.where(seen, error, np.nan)
