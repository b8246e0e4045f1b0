"""Simulated customers of the Pareto/NBD: new ones, and the futures of known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.clv._pareto_nbd_maths import log_alive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def histories(
    rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats
) -> dict[str, NDArray[Any]]:
    """Simulate counts, times and the truth of new customers."""
    r, alpha, s, beta = parameters
    rate, dropout = rng.standard_gamma(r) / alpha, rng.standard_gamma(s) / beta
    life = _lifetimes(rng, dropout)
    span = np.minimum(life, T)
    x = rng.poisson(rate * span)
    # The last of x purchases at random times is the greatest of x uniform numbers.
    last = span * rng.random(len(T)) ** (1.0 / np.maximum(x, 1))
    return {
        "x": x,
        "t_x": np.where(x > 0, last, 0.0),
        "T": T,
        "purchase_rate": rate,
        "dropout_rate": dropout,
        "alive": life > T,
    }


def futures(rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
    """Simulate purchases in (T, T + t]: at the rate of the customer, while the customer lives."""
    return np.asarray(paths(rng, parameters, rows, np.asarray(t)[None])[0])


def paths(
    rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
) -> Floats:
    """Simulate purchases up to each of ascending `times`, of shape (n_times, n_rows)."""
    r, alpha, s, beta = parameters
    x, t_x, T = rows["x"], rows["t_x"], rows["T"]
    alive = np.exp(log_alive(parameters, x, t_x, T, 0.0))
    # Given alive at T, both rates are independent: Gamma(r + x, alpha + T), Gamma(s, beta + T).
    alive, shape_r, a, shape_s, b, _ = np.broadcast_arrays(
        alive, r + x, alpha + T, s, beta + T, times[0]
    )
    life = _lifetimes(rng, rng.standard_gamma(shape_s) / b)
    rate = rng.standard_gamma(shape_r) / a
    lived = [np.minimum(life, time) for time in times]
    steps = np.diff(lived, axis=0, prepend=0.0)
    count = np.cumsum([rng.poisson(rate * step) for step in steps], axis=0)
    return np.where(rng.random(alive.shape) < alive, count, 0.0)


def _lifetimes(rng: np.random.Generator, dropout: Floats) -> Floats:
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(rng.standard_exponential(dropout.shape) / dropout)
