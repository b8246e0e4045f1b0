"""Level, damped trend and additive season: the states and the recursion of all series at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._prior import penalised
from crmlytics.forecast._search import compass

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlytics.forecast._lockstep import Block
    from crmlytics.forecast._prior import Prior

    #: Errors' sum of squares and the last states, from start and parameters; notes fitted values.
    Run = Callable[..., tuple[NDArray[np.float64], "States"]]

#: Smoothing of level, trend (as a share of the level's), damping, season (as a share of what the
#: level leaves).
_LOWER = (0.01, 0.001, 0.8, 0.001)
_UPPER = (0.99, 0.99, 0.98, 0.99)
_STEPS = (0.1, 0.1, 0.05, 0.1)
_STARTS = np.array(
    [
        (alpha, beta, 0.92, gamma)
        for alpha in (0.05, 0.3, 0.7)
        for beta in (0.01, 0.1)
        for gamma in (0.02, 0.2)
    ]
)
_ROUNDS = 14
#: The first trend is a line's slope, as if this many more values without a trend had been seen.
_TREND_OF_NOTHING = 12


class States(NamedTuple):
    """Level and trend of shape (..., n_series), season of shape (season_length, ..., n_series)."""

    level: NDArray[np.float64]
    trend: NDArray[np.float64]
    season: NDArray[np.float64]


def first_states(
    adjusted: NDArray[np.float64], index: NDArray[np.float64], season_length: int
) -> States:
    """Level and trend of a line through the first two seasons of adjusted values, and indices."""
    seen = np.isfinite(adjusted)
    age = np.arange(adjusted.shape[1]) - seen.argmax(axis=1)[:, None]
    early = seen & (age < max(2 * season_length, 10))
    n = early.sum(axis=1)
    t, y = np.where(early, age + 1.0, 0.0), np.where(early, adjusted, 0.0)
    t_mean, y_mean = t.sum(axis=1) / n, y.sum(axis=1) / n
    apart = np.where(early, t - t_mean[:, None], 0.0)
    spread = (apart**2).sum(axis=1)
    slope = (apart * y).sum(axis=1) / np.where(spread > 0, spread, 1.0)
    slope *= n / (n + _TREND_OF_NOTHING)
    return States(y_mean - slope * t_mean, slope, np.ascontiguousarray(index.T))


def smooth(
    run: Run,
    block: Block,
    start: States,
    *,
    prior: Prior | None,
    horizon: int,
    multiplicative: bool = False,
) -> MemberFit:
    """Find each series' smoothing parameters and forecast; the recursion is `run`."""
    n = block.seen.sum(axis=0)
    m = len(start.season)
    # Less than two seasons tell nothing of how a season changes.
    seasonal = np.where((m > 1) & (n >= 2 * m), 1.0, 0.0)

    def gains(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        alpha, beta, phi, gamma = parameters
        return np.stack([alpha, alpha * beta, phi, (1 - alpha) * gamma * seasonal])

    def loss(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        return penalised(run(block, start, gains(parameters))[0], parameters, prior, n)

    best = compass(loss, _STARTS, len(n), lower=_LOWER, upper=_UPPER, steps=_STEPS, rounds=_ROUNDS)
    alpha, beta, phi, gamma = gains(best)
    fitted = np.full(block.y.T.shape, np.nan)
    _, end = run(block, start, gains(best)[:, None], fitted)
    damping = np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
    line = end.level[0][:, None] + damping * end.trend[0][:, None]
    index = end.season[np.arange(horizon) % m, 0].T
    return MemberFit(
        line * index if multiplicative else line + index,
        fitted,
        {"alpha": alpha, "beta": beta, "phi": phi, "gamma": gamma},
    )


def run_additive(
    block: Block,
    start: States,
    gains: NDArray[np.float64],
    fitted: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], States]:
    """Sum of squared errors of each candidate (of the gains alpha, beta, phi, gamma) and states.

    e = y - (l + phi b) - s;  l <- l + phi b + alpha e;  b <- phi b + beta e;  s <- s + gamma e.
    """
    states, squares = spread(start, gains[0].shape), np.zeros(gains[0].shape)
    gaps, n_periods, m = block.gaps(), len(block.y), len(start.season)
    for n, periods in block.spells():
        alpha, beta, phi, gamma = gains[:, :, :n]
        level, trend, total = states.level[:, :n], states.trend[:, :n], squares[:, :n]
        for t in periods:
            season = states.season[(t - n_periods) % m, :, :n]
            damped = phi * trend
            base = level + damped
            if fitted is not None:
                fitted[:n, t] = (base + season)[0]
            error = block.y[t, :n] - base
            error -= season
            if gaps[t]:
                error *= block.seen[t, :n]
            total += error * error
            np.multiply(alpha, error, out=level)
            level += base
            np.multiply(beta, error, out=trend)
            trend += damped
            error *= gamma
            season += error
    return squares, states


def spread(start: States, shape: tuple[int, ...]) -> States:
    """Own copy of the first states for each candidate."""
    level, trend = (np.broadcast_to(each, shape).copy() for each in start[:2])
    season = np.broadcast_to(start.season[:, None], (len(start.season), *shape)).copy()
    return States(level, trend, season)
