"""The dynamic optimised Theta method, all series at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.forecast._lockstep import block_of, fit_in_blocks
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._prior import Prior, penalised
from crmlytics.forecast._search import golden_section
from crmlytics.forecast._season import season_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block

#: Of alpha: chosen on rolling origins within training data.
PRIOR = Prior(centre=(0.3,), sd=(0.24,))
#: Standard deviation of omega about 0 (no line at all) before the data.
_OMEGA_SD = 0.5
_LARGEST_OMEGA = 0.999
#: Errors before the fourth observation tell of the start, not of the method.
_UNSCORED = 3
_GRID = np.linspace(0.1, 0.97, 12)


class _Gram(NamedTuple):
    """Sums of products of the effects of the initial level (l), of omega (s), and of errors (e)."""

    ll: NDArray[np.float64]
    ls: NDArray[np.float64]
    ss: NDArray[np.float64]
    le: NDArray[np.float64]
    se: NDArray[np.float64]
    ee: NDArray[np.float64]


class _Lines(NamedTuple):
    """Intercept and slope of the least-squares line through the values before each period."""

    intercept: NDArray[np.float64]
    slope: NDArray[np.float64]


def dynamic_theta(
    values: NDArray[np.float64],
    /,
    *,
    season_length: int = 1,
    horizon: int,
    prior: Prior | None = PRIOR,
) -> MemberFit:
    """Forecast by the dynamic optimised Theta model, the season taken out first and put back.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        One series per row, NaN where it has no value.
    season_length : int
        Periods per season; 1 for no season.
    horizon : int
        Periods to forecast past the last column.
    prior : Prior, optional
        What is believed of alpha before the data. None: nothing, neither of alpha nor of omega;
        least squares alone decide within the bounds.

    Returns
    -------
    MemberFit
        Parameters ``alpha``, ``theta`` and ``initial_level`` (in units of the series' mean size).

    Notes
    -----
    With omega = 1 - 1/theta, mu_t = l_{t-1} + omega g_t and l_t = alpha y_t + (1 - alpha) l_{t-1},
    where g_t = (1 - alpha)^{t-1} A_{t-1} + (1 - (1 - alpha)^t) / alpha B_{t-1} and A, B are
    intercept and slope of the least-squares line through the values so far. The forecast takes
    each mu as the value of its period and goes on. mu is linear in l_0 and omega, so for a given
    alpha both have a closed form and the search is in one dimension: golden section for all
    series at once.

    Two departures from the paper, for short series: errors count from the fourth observation, and
    alpha is at least 0.1. And with a `prior`, omega is shrunk towards 0 (simple smoothing), as by
    a normal prior of standard deviation 0.5. A gap is a step with error 0, and the lines go
    through observed values alone.

    References
    ----------
    Fiorucci, J. A., Pellegrini, T. R., Louzada, F., Petropoulos, F. and Koehler, A. B. (2016).
    Models for optimising the theta method and their relationship to state space models.
    International Journal of Forecasting 32, 1151-1161.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.theta import dynamic_theta
    >>> dynamic_theta(np.arange(10.0, 34.0)[None], horizon=3).forecast.round(1)
    array([[34., 35., 36.]])
    """
    fit = functools.partial(_fit, prior=prior)
    return fit_in_blocks(fit, values, season_length=season_length, horizon=horizon, states=8)


def _fit(
    values: NDArray[np.float64], *, season_length: int, horizon: int, prior: Prior | None
) -> MemberFit:
    season = season_of(values, season_length)
    block = block_of(season.remove(values))
    lines, sums = _running_lines(block)
    scored = _scored(block)
    n = np.maximum(scored.sum(axis=0), 1)
    omega_sd = None if prior is None else _OMEGA_SD

    def loss(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        squares = _solved(_run(block, lines, scored, parameters[0]), omega_sd, n)[2]
        return penalised(squares, parameters, prior, n)

    alpha = golden_section(loss, _GRID, len(values))
    start, omega, _ = (
        each[0] for each in _solved(_run(block, lines, scored, alpha[None]), omega_sd, n)
    )
    start = np.where(scored.any(axis=0), start, block.y.sum(axis=0) / block.seen.sum(axis=0))
    fitted, level, power = _replay(block, lines, alpha, start, omega)
    forecast = _continue(block, sums, alpha, omega, level, power, horizon)
    parameters = {"alpha": alpha, "theta": 1 / (1 - omega), "initial_level": start}
    return season.restored(MemberFit(forecast, fitted, parameters))


def _running_lines(block: Block) -> tuple[_Lines, NDArray[np.float64]]:
    """The line before each period, and the sums 1, t, tt, y, ty over all periods."""
    t = np.where(block.seen, block.age + 1.0, 0.0)
    terms = np.stack([block.seen, t, t * t, block.y, t * block.y])
    sums = terms.cumsum(axis=1)
    before = np.concatenate([np.zeros_like(sums[:, :1]), sums[:, :-1]], axis=1)
    return _line(before), sums[:, -1]


def _line(sums: NDArray[np.float64]) -> _Lines:
    """Least-squares line from its sums: level through one value, 0 through none."""
    n, t, tt, y, ty = sums
    n = np.maximum(n, 1)
    spread = tt - t * t / n
    slope = np.where(spread > 0.25, (ty - t * y / n) / np.where(spread > 0.25, spread, 1), 0.0)
    return _Lines((y - slope * t) / n, slope)


def _scored(block: Block) -> NDArray[np.float64]:
    """1 where an error counts: an observed period that is not one of the first few."""
    n = block.seen.sum(axis=0)
    unscored = np.clip(n - 5, 0, _UNSCORED)
    scored: NDArray[np.float64] = np.where(
        block.seen & (block.seen.cumsum(axis=0) > unscored), 1.0, 0.0
    )
    return scored


def _run(
    block: Block, lines: _Lines, scored: NDArray[np.float64], alpha: NDArray[np.float64]
) -> _Gram:
    """Errors of all candidates as a quadratic form in the initial level and omega."""
    level, start, drift = np.zeros(alpha.shape), np.ones(alpha.shape), np.zeros(alpha.shape)
    power, gram = np.ones(alpha.shape), np.zeros((6, *alpha.shape))
    gaps = block.gaps()
    whole = [bool((scored[t, :n] == 1).all()) for t, n in enumerate(block.begun)]
    for n, periods in block.spells():
        a, x, c, k, p = (each[:, :n] for each in (alpha, level, start, drift, power))
        keep, total = 1 - a, gram[:, :, :n]
        for t in periods:
            line = p * lines.intercept[t, :n] + (1 - p * keep) / a * lines.slope[t, :n]
            error = block.y[t, :n] - x
            slope = k + line
            if whole[t]:
                _accumulate(total, c, slope, error)
            else:
                w = scored[t, :n]
                _accumulate(total, c * w, slope * w, error * w)
            if gaps[t]:
                seen = block.seen[t, :n]
                x += np.where(seen, a * error, 0.0)
                c *= np.where(seen, keep, 1.0)
                k += np.where(seen, -a * k, a * line)
            else:
                x += a * error
                c *= keep
                k *= keep
            p *= keep
    return _Gram(*gram)


def _accumulate(
    total: NDArray[np.float64],
    level: NDArray[np.float64],
    slope: NDArray[np.float64],
    error: NDArray[np.float64],
) -> None:
    for i, product in enumerate(
        (level * level, level * slope, slope * slope, level * error, slope * error, error * error)
    ):
        total[i] += product


def _solved(
    gram: _Gram, omega_sd: float | None, n: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Best initial level and omega for each candidate, and their sum of squared errors."""
    solution = _least_squares(gram)
    if omega_sd is None:
        return solution
    # The ridge of a normal prior about 0, the variance of the errors taken from the free fit.
    ridge = solution[2] / n / omega_sd**2
    return _least_squares(gram._replace(ss=gram.ss + ridge))


def _least_squares(
    gram: _Gram,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    determinant = gram.ll * gram.ss - gram.ls**2
    sound = determinant > 1e-9 * gram.ll * gram.ss
    omega = (gram.ll * gram.se - gram.ls * gram.le) / np.where(sound, determinant, 1)
    omega = np.where(sound, np.clip(omega, 0, _LARGEST_OMEGA), 0.0)
    level = (gram.le - omega * gram.ls) / np.where(gram.ll > 0, gram.ll, 1)
    squares = (
        gram.ee - 2 * (level * gram.le + omega * gram.se)
        + level**2 * gram.ll + 2 * level * omega * gram.ls + omega**2 * gram.ss
    )  # fmt: skip
    return level, omega, np.maximum(squares, 0)


def _replay(
    block: Block,
    lines: _Lines,
    alpha: NDArray[np.float64],
    start: NDArray[np.float64],
    omega: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fitted values (series in rows), the last level and the last power of 1 - alpha."""
    level, power = start.copy(), np.ones_like(alpha)
    fitted = np.full(block.y.T.shape, np.nan)
    for n, periods in block.spells():
        a, x, p = alpha[:n], level[:n], power[:n]
        for t in periods:
            line = p * lines.intercept[t, :n] + (1 - p * (1 - a)) / a * lines.slope[t, :n]
            mean = x + omega[:n] * line
            fitted[:n, t] = mean
            x += a * (np.where(block.seen[t, :n], block.y[t, :n], mean) - x)
            p *= 1 - a
    return fitted, level, power


def _continue(
    block: Block,
    sums: NDArray[np.float64],
    alpha: NDArray[np.float64],
    omega: NDArray[np.float64],
    level: NDArray[np.float64],
    power: NDArray[np.float64],
    horizon: int,
) -> NDArray[np.float64]:
    """Forecasts (series in rows): every forecast is taken as the value of its period."""
    forecast = np.empty((len(alpha), horizon))
    for step in range(horizon):
        line = _line(sums)
        reach = power * line.intercept + (1 - power * (1 - alpha)) / alpha * line.slope
        mean = level + omega * reach
        forecast[:, step] = mean
        level = level + alpha * (mean - level)
        power = power * (1 - alpha)
        t = block.age[-1] + 2.0 + step
        sums = sums + np.stack([np.ones_like(t), t, t * t, mean, t * mean])
    return forecast
