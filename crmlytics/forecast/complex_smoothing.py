"""Complex exponential smoothing, all series at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast._lockstep import block_of, fit_in_blocks
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._prior import Prior, penalised
from crmlytics.forecast._search import compass
from crmlytics.forecast._season import season_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block

#: Of alpha_0 and alpha_1: chosen on rolling origins within training data.
PRIOR = Prior(centre=(1.3, 1.0), sd=(0.26, 0.005))
#: Above 1 a forecast can grow; much above 1 it explodes.
_LOWER, _UPPER = (0.2, 0.2), (1.99, 1.005)
#: Pulls the first potential towards its place of rest (in units of the series' mean size).
_RIDGE = 0.1


def ces(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast by complex exponential smoothing, the season taken out first and put back.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Periods per season; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        What is believed of (alpha_0, alpha_1) before the data. None: nothing, neither of them nor
        of the first potential; least squares alone decide within the bounds.

    Returns
    -------
    MemberFit
        Parameters ``alpha_0`` and ``alpha_1``.

    Notes
    -----
    Level l and potential c follow, with error e = y - l,
    l <- l - (1 - alpha_1) c + (alpha_0 - alpha_1) e and
    c <- l + (1 - alpha_0) c + (alpha_0 + alpha_1) e; the forecast is l, both states going on with
    error 0. Errors are linear in the first states, so these have a closed form, and the search is
    over the two parameters where the method is stable, alpha_1 at most 1.005: a compass search
    for all series at once. With a `prior`, the first potential is drawn by a light ridge towards
    l / alpha_0, where it rests for alpha_1 = 1. A gap is a step with error 0.

    References
    ----------
    Svetunkov, I., Kourentzes, N. and Ord, J. K. (2022). Complex exponential smoothing. Naval
    Research Logistics 69, 1108-1123.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.complex_smoothing import ces
    >>> ces(np.full((1, 24), 7.0), horizon=3).forecast.round(1)
    array([[7., 7., 7.]])
    """
    fit = functools.partial(_fit, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon, states=2)


def _fit(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    block = block_of(season.remove(values))
    n = block.seen.sum(axis=0)
    ridge = 0.0 if prior is None else _RIDGE

    def loss(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        squares = penalised(_first_states(block, parameters, ridge)[2], parameters, prior, n)
        return np.where(_stable(*parameters), squares, np.inf)

    best = compass(
        loss, _starts(), len(values), lower=_LOWER, upper=_UPPER, steps=(0.1, 0.1), rounds=14
    )
    level, potential, _ = (each[0] for each in _first_states(block, best[:, None], ridge))
    fitted = np.full(values.shape, np.nan)
    for n, periods in block.spells():
        for t in periods:
            fitted[:n, t] = level[:n]
            error = np.where(block.seen[t, :n], block.y[t, :n] - level[:n], 0.0)
            level[:n], potential[:n] = _step(level[:n], potential[:n], error, best[:, :n])
    forecast = np.empty((len(values), horizon))
    for step in range(horizon):
        forecast[:, step] = level
        level, potential = _step(level, potential, np.zeros(len(values)), best)
    parameters = dict(zip(("alpha_0", "alpha_1"), best, strict=True))
    return season.restored(MemberFit(forecast, fitted, parameters))


def _starts() -> NDArray[np.float64]:
    alpha_0, alpha_1 = np.meshgrid(np.arange(0.5, 1.99, 0.2), (0.7, 0.9, 1.0))
    inside = _stable(alpha_0, alpha_1)
    return np.stack([alpha_0[inside], alpha_1[inside]], axis=1)


def _stable(alpha_0: NDArray[np.float64], alpha_1: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether errors of long ago die away (the paper's conditions)."""
    inside: NDArray[np.bool_] = (
        ((alpha_0 - 2.5) ** 2 + alpha_1**2 > 1.25)
        & ((alpha_0 - 0.5) ** 2 + (alpha_1 - 1) ** 2 > 0.25)
        & ((alpha_0 - 1.5) ** 2 + (alpha_1 - 0.5) ** 2 < 1.5)
    )
    return inside


def _step(
    level: NDArray[np.float64],
    potential: NDArray[np.float64],
    error: NDArray[np.float64],
    parameters: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    alpha_0, alpha_1 = parameters
    return (
        level - (1 - alpha_1) * potential + (alpha_0 - alpha_1) * error,
        level + (1 - alpha_0) * potential + (alpha_0 + alpha_1) * error,
    )


def _first_states(
    block: Block, parameters: NDArray[np.float64], ridge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Best first level and potential of each candidate, and their sum of squared errors.

    Three columns run side by side: the data from nothing, a first level of 1 and a first potential
    of 1 without data. Errors are the first minus the wanted multiples of the others.
    """
    shape = parameters.shape[1:]
    level, potential = np.zeros((3, *shape)), np.zeros((3, *shape))
    level[1] = potential[2] = 1.0
    gram, gaps = np.zeros((6, *shape)), block.gaps()
    for n, periods in block.spells():
        total, now, c = gram[:, :, :n], level[:, :, :n], potential[:, :, :n]
        for t in periods:
            error = -now
            error[0] += block.y[t, :n]
            if gaps[t]:
                error *= block.seen[t, :n]
            e, u, v = error
            for i, product in enumerate((u * u, u * v, v * v, u * e, v * e, e * e)):
                total[i] += product
            now[:], c[:] = _step(now, c, error, parameters[:, :, :n])
    return _least_squares(gram, parameters[0], ridge)


def _least_squares(
    gram: NDArray[np.float64], alpha_0: NDArray[np.float64], ridge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    uu, uv, vv, ue, ve, ee = gram
    # Ridge on (potential - level / alpha_0); a unit of the first states lowers the error.
    uu, uv, vv = uu + ridge / alpha_0**2, uv - ridge / alpha_0, vv + ridge
    determinant = uu * vv - uv**2
    sound = determinant > 1e-9 * uu * vv
    determinant = np.where(sound, determinant, 1.0)
    alone = -ue / np.where(uu > 0, uu, 1.0)
    level = np.where(sound, (uv * ve - vv * ue) / determinant, alone)
    potential = np.where(sound, (uv * ue - uu * ve) / determinant, 0.0)
    return level, potential, np.maximum(ee + level * ue + potential * ve, 0)
