"""Simulated customers of the BG/BB model: new ones, and the futures of known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from crmlytics.clv._beta_geo_beta_binomial_maths import log_odds_gone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def histories(
    rng: np.random.Generator, parameters: tuple[Any, ...], n: Floats
) -> dict[str, NDArray[Any]]:
    """Simulate uses, the last one and the truth of new customers."""
    alpha, beta, gamma, delta = parameters
    use, dropout = rng.beta(alpha, beta), rng.beta(gamma, delta)
    # Dropout may come before the first opportunity already.
    lives = np.where(rng.random(len(n)) < dropout, 0.0, _until_dropout(rng, dropout))
    served = np.minimum(lives, n)
    x, t_x = np.zeros(len(n)), np.zeros(len(n))
    for i in range(1, int(served.max(initial=0.0)) + 1):
        used = (rng.random(len(n)) < use) & (i <= served)
        x += used
        t_x[used] = i
    return {
        "x": x.astype(np.int64),
        "t_x": t_x,
        "T": n,
        "use_probability": use,
        "dropout_probability": dropout,
        "alive": lives > n,
    }


def futures(rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
    """Simulate the purchases at the next `t` opportunities."""
    return np.asarray(paths(rng, parameters, rows, np.asarray(t)[None])[0])


def paths(
    rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
) -> Floats:
    """Simulate the purchases up to each of ascending numbers of opportunities, (n_times, n_rows).

    Given alive at the next opportunity, use is Beta(α + x, β + n - x) and dropout
    Beta(γ, δ + n + 1); both hold through the whole path.
    """
    alpha, beta, gamma, delta = parameters
    x, t_x, n = rows["x"], rows["t_x"], rows["T"]
    alive = expit(-log_odds_gone(parameters, x, t_x, n))
    alive, a, b, c, d, _ = np.broadcast_arrays(
        alive, alpha + x, beta + n - x, gamma, delta + n + 1.0, times[0]
    )
    lives = np.where(rng.random(alive.shape) < alive, _until_dropout(rng, rng.beta(c, d)), 0.0)
    use = rng.beta(a, b)
    served = [np.minimum(lives, time).astype(np.int64) for time in times]
    steps = np.diff(served, axis=0, prepend=0)
    return np.cumsum([rng.binomial(step, use) for step in steps], axis=0).astype(np.float64)


def _until_dropout(rng: np.random.Generator, dropout: Floats) -> Floats:
    """Opportunities that a customer alive at the next one lives to see: geometric, from 1 on."""
    with np.errstate(divide="ignore"):
        lives = np.ceil(rng.standard_exponential(dropout.shape) / -np.log1p(-dropout))
    return np.maximum(lives, 1.0)
