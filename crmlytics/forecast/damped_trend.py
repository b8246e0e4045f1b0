"""Holt's damped trend on the seasonally adjusted series, all series at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast import holt_winters
from crmlytics.forecast._additive import first_states, run_additive, smooth
from crmlytics.forecast._lockstep import block_of, fit_in_blocks
from crmlytics.forecast._season import season_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._member import MemberFit
    from crmlytics.forecast._prior import Prior

PRIOR = holt_winters.PRIOR


def damped_holt(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast by a level and a trend that dies away, the season taken out first and put back.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Periods per season; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        What is believed of (alpha, beta / alpha, phi, gamma) before the data; gamma is not used.

    Returns
    -------
    MemberFit
        Parameters ``alpha``, ``beta`` and ``phi``.

    Notes
    -----
    With error e = y - (l + phi b): l <- l + phi b + alpha e, b <- phi b + beta e; the forecast is
    l + b (phi + ... + phi^h). The season is that of the classical decomposition, shrunk as far as
    it is noise.

    References
    ----------
    Gardner, E. S. and McKenzie, E. (1985). Forecasting trends in time series. Management Science
    31, 1237-1246.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.damped_trend import damped_holt
    >>> damped_holt(np.arange(10.0, 34.0)[None], horizon=3).forecast.round(1)
    array([[33.8, 34.7, 35.5]])
    """
    fit = functools.partial(_fit, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon)


def _fit(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    adjusted = season.remove(values)
    start = first_states(adjusted, np.zeros((len(values), 1)), season_length)
    fit = smooth(run_additive, block_of(adjusted), start, prior=prior, horizon=horizon)
    parameters = {name: fit.parameters[name] for name in ("alpha", "beta", "phi")}
    return season.restored(fit._replace(parameters=parameters))
