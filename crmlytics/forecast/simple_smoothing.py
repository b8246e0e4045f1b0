"""Simple exponential smoothing on the seasonally adjusted series, all series at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast._lockstep import block_of, fit_in_blocks
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._prior import Prior, penalised
from crmlytics.forecast._search import golden_section
from crmlytics.forecast._season import season_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block

#: Of alpha; the same as for the Theta method, which is this with a line.
PRIOR = Prior(centre=(0.3,), sd=(0.24,))
_GRID = np.linspace(0.02, 0.98, 13)


def exponential_smoothing(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast by a level that follows the series, the season taken out first and put back.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Periods per season; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        What is believed of alpha before the data. None: nothing, least squares alone decide.

    Returns
    -------
    MemberFit
        Parameter ``alpha``.

    Notes
    -----
    l <- l + alpha (y - l); the forecast is l for all periods, times or plus the season. For a
    given alpha the errors are linear in the first level, which so has a closed form; alpha is
    found by golden section. A gap is a step with error 0.

    References
    ----------
    Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed.,
    section 8.1.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.simple_smoothing import exponential_smoothing
    >>> exponential_smoothing(np.array([[3.0, 5.0] * 12]), horizon=2).forecast.round(1)
    array([[4., 4.]])
    """
    fit = functools.partial(_fit, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def _fit(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    block = block_of(season.remove(values))
    n = block.seen.sum(axis=0)

    def loss(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        return penalised(_first_level(block, parameters[0])[1], parameters, prior, n)

    alpha = golden_section(loss, _GRID, len(values))
    level = _first_level(block, alpha[None])[0][0]
    fitted = np.full(values.shape, np.nan)
    for begun, periods in block.spells():
        now = level[:begun]
        for t in periods:
            fitted[:begun, t] = now
            now += alpha[:begun] * np.where(block.seen[t, :begun], block.y[t, :begun] - now, 0.0)
    forecast = np.repeat(level[:, None], horizon, axis=1)
    return season.restored(MemberFit(forecast, fitted, {"alpha": alpha}))


def _first_level(
    block: Block, alpha: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Best first level of each candidate, and the sum of squared errors it leaves."""
    level, effect = np.zeros(alpha.shape), np.ones(alpha.shape)
    own, cross, squares = (np.zeros(alpha.shape) for _ in range(3))
    gaps = block.gaps()
    for n, periods in block.spells():
        gain, now, c = alpha[:, :n], level[:, :n], effect[:, :n]
        for t in periods:
            error = block.y[t, :n] - now
            # A gap leaves both columns as they are and counts nothing.
            seen = block.seen[t, :n] if gaps[t] else 1.0
            error *= seen
            own[:, :n] += c * c * seen
            cross[:, :n] += c * error
            squares[:, :n] += error * error
            now += gain * error
            c -= gain * c * seen
    first = cross / own
    return first, np.maximum(squares - first * cross, 0)
