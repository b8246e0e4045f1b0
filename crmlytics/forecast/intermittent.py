"""Intermittent demand: Croston's method, its unbiased variant, and the one that forgets."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast._lockstep import block_of, fit_in_blocks
from crmlytics.forecast._member import MemberFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block


def croston(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    alpha: float = 0.1,
) -> MemberFit:
    """Forecast sales in most periods 0: mean size of a sale over mean time between sales.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value, 0 where nothing was sold.
    season_length : int
        Not used: the method knows no season.
    horizon : int
        Periods to forecast past the last column.
    alpha : float
        Smoothing of sizes and of intervals.

    Returns
    -------
    MemberFit
        The same forecast for every period. Parameters ``size``, what a sale brings, in units of
        the series' mean size, and ``interval``, periods between sales.

    Notes
    -----
    At each period with a sale, z <- z + alpha (y - z) and p <- p + alpha (q - p), where q counts
    the periods since the sale before; f = z / p. Both start at their first values. A gap is not
    counted, neither as a sale nor as time. A series without a sale is forecast at 0.

    The forecast is biased upwards by about alpha / 2 of itself; `syntetos_boylan` corrects that.

    References
    ----------
    Croston, J. D. (1972). Forecasting and stock control for intermittent demands. Operational
    Research Quarterly 23, 289-303.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.intermittent import croston
    >>> croston(np.array([[0.0, 4.0, 0.0, 4.0]]), horizon=2).forecast
    array([[2., 2.]])
    """
    fit = functools.partial(_sizes_and_intervals, alpha=alpha, factor=1.0)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def syntetos_boylan(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    alpha: float = 0.1,
) -> MemberFit:
    """Forecast by `croston` times 1 - alpha / 2, which is nearly unbiased.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value, 0 where nothing was sold.
    season_length : int
        Not used: the method knows no season.
    horizon : int
        Periods to forecast past the last column.
    alpha : float
        Smoothing of sizes and of intervals.

    Returns
    -------
    MemberFit
        As from `croston`.

    References
    ----------
    Syntetos, A. A. and Boylan, J. E. (2005). The accuracy of intermittent demand estimates.
    International Journal of Forecasting 21, 303-314.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.intermittent import syntetos_boylan
    >>> syntetos_boylan(np.array([[0.0, 4.0, 0.0, 4.0]]), horizon=2).forecast
    array([[1.9, 1.9]])
    """
    fit = functools.partial(_sizes_and_intervals, alpha=alpha, factor=1 - alpha / 2)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def teunter_syntetos_babai(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    alpha: float = 0.1,
    beta: float = 0.1,
) -> MemberFit:
    """Forecast by size times probability of a sale, which falls while nothing is sold.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value, 0 where nothing was sold.
    season_length : int
        Not used: the method knows no season.
    horizon : int
        Periods to forecast past the last column.
    alpha : float
        Smoothing of sizes.
    beta : float
        Smoothing of the probability.

    Returns
    -------
    MemberFit
        The same forecast for every period. Parameters ``size``, what a sale brings, in units of
        the series' mean size, and ``probability`` of a sale in a period.

    Notes
    -----
    In every period d <- d + beta (1{y > 0} - d); at a sale z <- z + alpha (y - z); f = d z. The
    size starts at the first sale, the probability at whether the first period has one. A gap
    changes nothing. Unlike Croston's, the forecast of a product that is no longer sold goes to 0.

    References
    ----------
    Teunter, R. H., Syntetos, A. A. and Babai, M. Z. (2011). Intermittent demand: linking
    forecasting to inventory obsolescence. European Journal of Operational Research 214, 606-615.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.intermittent import teunter_syntetos_babai
    >>> teunter_syntetos_babai(np.array([[4.0, 0.0, 0.0]]), horizon=1).forecast.round(2)
    array([[3.24]])
    """
    fit = functools.partial(_sizes_and_chances, alpha=alpha, beta=beta)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def _sizes_and_intervals(
    values: NDArray[np.float64], *, season_length: int, horizon: int, alpha: float, factor: float
) -> MemberFit:
    del season_length
    block, size = block_of(values), np.full(len(values), np.nan)
    interval, waited = size.copy(), np.zeros(len(values))
    fitted = np.full(values.shape, np.nan)
    for t, (y, seen) in enumerate(zip(block.y, block.seen, strict=True)):
        fitted[:, t] = _rate(size, interval, block, t) * factor
        waited += seen
        sale = seen & (y != 0)
        size = np.where(sale, _moved(size, y, alpha), size)
        interval = np.where(sale, _moved(interval, waited, alpha), interval)
        waited[sale] = 0
    rate = np.where(np.isnan(size), 0.0, size / interval) * factor
    parameters = {"size": size, "interval": interval}
    return MemberFit(np.repeat(rate[:, None], horizon, axis=1), fitted, parameters)


def _sizes_and_chances(
    values: NDArray[np.float64], *, season_length: int, horizon: int, alpha: float, beta: float
) -> MemberFit:
    del season_length
    block, size = block_of(values), np.full(len(values), np.nan)
    chance, fitted = size.copy(), np.full(values.shape, np.nan)
    for t, (y, seen) in enumerate(zip(block.y, block.seen, strict=True)):
        fitted[:, t] = _rate(size, 1 / np.where(chance > 0, chance, np.inf), block, t)
        sale = seen & (y != 0)
        chance = np.where(seen, _moved(chance, sale.astype(np.float64), beta), chance)
        size = np.where(sale, _moved(size, y, alpha), size)
    rate = np.where(np.isnan(size), 0.0, chance * size)
    parameters = {"size": size, "probability": chance}
    return MemberFit(np.repeat(rate[:, None], horizon, axis=1), fitted, parameters)


def _rate(
    size: NDArray[np.float64], interval: NDArray[np.float64], block: Block, t: int
) -> NDArray[np.float64]:
    """Size over interval; 0 for a series that has begun without a sale so far."""
    rate: NDArray[np.float64] = np.where(np.isnan(size) & (block.age[t] > 0), 0.0, size / interval)
    return rate


def _moved(
    state: NDArray[np.float64], value: NDArray[np.float64], gain: float
) -> NDArray[np.float64]:
    """State after a step towards a value; the first value itself."""
    moved: NDArray[np.float64] = np.where(np.isnan(state), value, state + gain * (value - state))
    return moved
