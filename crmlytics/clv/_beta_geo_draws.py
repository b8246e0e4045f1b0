"""Simulated customers of BG/NBD and MBG/NBD: new ones, and the futures of known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from crmlytics.clv._beta_geo_maths import log_odds_gone
from crmlytics.datasets.purchasing import draw_purchases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def histories(
    rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats, *, first: int
) -> dict[str, NDArray[Any]]:
    """Simulate counts, times and the truth of new customers."""
    r, alpha, a, b = parameters
    rate, dropout = rng.standard_gamma(r) / alpha, rng.beta(a, b)
    stayed = rng.random(len(T)) >= dropout if first else np.ones(len(T), dtype=bool)
    bought = draw_purchases(rng, rate=rate, dropout=dropout, span=np.where(stayed, T, 0.0))
    last = np.append(bought.first[1:], len(bought.age)) - 1
    return {
        "x": last - bought.first,
        "t_x": bought.age[last],
        "T": T,
        "purchase_rate": rate,
        "dropout_probability": dropout,
        "alive": stayed & np.isnan(bought.dropout_age),
    }


def futures(
    rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats, *, first: int
) -> Floats:
    """Simulate purchases in (T, T + t]: as many as come, but no more than one lives to make."""
    return np.asarray(paths(rng, parameters, rows, np.asarray(t)[None], first=first)[0])


def paths(
    rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats, *, first: int
) -> Floats:
    """Simulate purchases up to each of ascending `times`, of shape (n_times, n_rows)."""
    r, alpha, a, b = parameters
    x, t_x, T = rows["x"], rows["t_x"], rows["T"]
    alive = expit(-log_odds_gone(parameters, x, t_x, T, first=first))
    alive, shape_r, age, shape_a, shape_b, _ = np.broadcast_arrays(
        alive, r + x, alpha + T, a, b + x + first, times[0]
    )
    rate = rng.standard_gamma(shape_r) / age
    dropout = rng.beta(shape_a, shape_b)
    with np.errstate(divide="ignore", over="ignore"):
        lives = np.ceil(rng.standard_exponential(alive.shape) / -np.log1p(-dropout))
    steps = np.diff(times, axis=0, prepend=0.0)
    count = np.cumsum([rng.poisson(rate * step) for step in steps], axis=0)
    count = np.minimum(count, np.maximum(lives, 1.0))
    return np.where(rng.random(alive.shape) < alive, count, 0.0)
