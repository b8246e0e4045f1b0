"""Simulated customers with Erlang-k times between purchases: new ones, and known ones' futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from crmlytics.clv._cnbd_maths import log_hidden, log_odds_gone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def histories(
    rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats, *, k: int, first: int
) -> dict[str, NDArray[Any]]:
    """Simulate counts, times and the truth of new customers.

    Of the hidden events in (0, T], uniform given their number, every k-th is a purchase: the ages
    are partial sums of exponentials over the sum of all of them. Only what is used is drawn.
    """
    r, alpha, a, b = parameters
    rate, dropout = rng.standard_gamma(r) / alpha, rng.beta(a, b)
    events = rng.poisson(rate * T)
    lives = _purchases_until_dropout(rng, dropout)
    if first:
        lives = np.where(rng.random(len(T)) < dropout, 0.0, lives)
    count = np.minimum(events // k, lives).astype(np.int64)
    gaps = rng.standard_gamma(float(k), int(count.sum()))
    buyer = np.repeat(np.arange(len(T)), count)
    bought = np.bincount(buyer, weights=gaps, minlength=len(T))
    scale = T / (bought + rng.standard_gamma(events + 1.0 - count * k))
    logs = np.bincount(buyer, weights=np.log(gaps * scale[buyer]), minlength=len(T))
    return {
        "x": count,
        "t_x": bought * scale,
        "T": T,
        "log_gap_sum": logs,
        "purchase_rate": rate / k,
        "dropout_probability": dropout,
        "alive": lives > count,
    }


def futures(
    rng: np.random.Generator,
    parameters: tuple[Any, ...],
    rows: Rows,
    t: Floats,
    *,
    k: int,
    first: int,
) -> Floats:
    """Simulate purchases in (T, T + t]: as many as come, but no more than one lives to make."""
    return np.asarray(paths(rng, parameters, rows, np.asarray(t)[None], k=k, first=first)[0])


def paths(
    rng: np.random.Generator,
    parameters: tuple[Any, ...],
    rows: Rows,
    times: Floats,
    *,
    k: int,
    first: int,
) -> Floats:
    """Simulate purchases up to each of ascending `times`, of shape (n_times, n_rows).

    The j hidden events since the last purchase come first; the rate given them is
    Gamma(r + k x + j, α + T), and with them every k-th event is a purchase.
    """
    r, alpha, a, b = parameters
    x, t_x, T = rows["x"], rows["t_x"], rows["T"]
    alive = expit(-log_odds_gone(parameters, x, t_x, T, k=k, first=first))
    alive, shape_r, age, silence, shape_a, shape_b, _ = np.broadcast_arrays(
        alive, r + k * x, alpha + T, T - t_x, a, b + x + first, times[0]
    )
    hidden = _hidden_events(rng, shape_r, silence / age, k)
    rate = rng.standard_gamma(shape_r + hidden) / age
    steps = np.diff(times, axis=0, prepend=0.0)
    events = np.cumsum([rng.poisson(rate * step) for step in steps], axis=0)
    lives = _purchases_until_dropout(rng, rng.beta(shape_a, shape_b))
    count = np.minimum((hidden + events) // k, lives)
    return np.where(rng.random(alive.shape) < alive, count, 0.0)


def _hidden_events(rng: np.random.Generator, events: Floats, share: Floats, k: int) -> Floats:
    """Draw how many events have passed since the last purchase, fewer than `k`."""
    with np.errstate(divide="ignore"):
        log_share = np.log(share)
    # Inverse of the distribution function, term by term.
    left = rng.random(events.shape)
    term = np.exp(-log_hidden(events, log_share, k))
    found = np.zeros(events.shape)
    for j in range(1, k):
        left = left - term
        found += left > 0
        term = term * (events + (j - 1.0)) / j * share
    return found


def _purchases_until_dropout(rng: np.random.Generator, dropout: Floats) -> Floats:
    """Geometric numbers, kept as floats: they are infinite where the dropout is zero."""
    with np.errstate(divide="ignore"):
        lives = np.ceil(rng.standard_exponential(dropout.shape) / -np.log1p(-dropout))
    return np.maximum(lives, 1.0)
