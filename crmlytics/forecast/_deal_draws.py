"""Draws of the revenue of each period and owner: won deals, their money, and common shocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELLS = 4_000_000  # draws times deals worked on at once


class Shocks(NamedTuple):
    """Variances of factors of mean 1 that all deals of a draw share: on winning, on arrivals."""

    winning: float
    arrivals: float


class Stock(NamedTuple):
    """Deals that may be won: probabilities of shape (n, n_periods), money, owner's code."""

    won: NDArray[np.float64]
    value: NDArray[np.float64]
    owner: NDArray[np.int64]


def draw_revenue(
    rng: np.random.Generator,
    stock: Stock,
    arriving: Stock,
    *,
    n_arrivals: float,
    shocks: Shocks,
    value_sigma: float,
    n_owners: int,
    n_draws: int,
) -> NDArray[np.float64]:
    """Draw revenue of shape (n_draws, n_periods, n_owners), open deals and new ones together.

    `arriving` holds deals that new ones will be like, each as likely as the others; `n_arrivals`
    of them are expected over the horizon. `value_sigma` is the standard deviation of the log of
    what a deal brings relative to its value.
    """
    win = _factors(rng, shocks.winning, n_draws)
    arrivals = _factors(rng, shocks.arrivals, n_draws)
    shape = (n_draws, stock.won.shape[1], n_owners)
    total = np.zeros(shape)
    _add_open(rng, total, stock, win, value_sigma)
    if len(arriving.value) and n_arrivals > 0:
        _add_new(rng, total, arriving, win * arrivals * n_arrivals, value_sigma)
    return total


def _factors(rng: np.random.Generator, variance: float, n: int) -> NDArray[np.float64]:
    """Gamma factors of mean 1."""
    if variance <= 0.0:
        return np.ones(n)
    return rng.gamma(1.0 / variance, variance, n)


def _add_open(
    rng: np.random.Generator,
    total: NDArray[np.float64],
    stock: Stock,
    win: NDArray[np.float64],
    value_sigma: float,
) -> None:
    """Win each open deal in some period or in none.

    With cumulative probabilities F a deal is won by a period if an exponential variable is below
    -log(1 - F) times the draw's factor on hazards.
    """
    n_draws = len(total)
    won_by = -np.log1p(-np.minimum(np.cumsum(stock.won, axis=1), 1.0 - 1e-12))
    chunk = max(1, _CELLS // n_draws)
    for begin in range(0, len(stock.value), chunk):
        bound = won_by[begin : begin + chunk]
        luck = rng.standard_exponential((n_draws, len(bound)), dtype=np.float32)
        draw, row = np.nonzero(luck < win[:, None] * bound[:, -1])
        when = (luck[draw, row] / win[draw])[:, None] >= bound[row]
        # Rounding of the quotient may lift it a hair over the last bound.
        period = np.minimum(when.sum(axis=1), bound.shape[1] - 1)
        _add(rng, total, draw, period, stock, row + begin, value_sigma)


def _add_new(
    rng: np.random.Generator,
    total: NDArray[np.float64],
    arriving: Stock,
    expected: NDArray[np.float64],
    value_sigma: float,
) -> None:
    """Win new deals: thinned Poisson arrivals are Poisson in each period, independently."""
    for period, odds in enumerate(arriving.won.T):
        if not (chance := odds.mean()) > 0:
            continue
        count = rng.poisson(expected * chance)
        draw = np.repeat(np.arange(len(total)), count)
        like = np.searchsorted(np.cumsum(odds) / odds.sum(), rng.random(len(draw)), side="right")
        like = np.minimum(like, len(odds) - 1)
        _add(rng, total, draw, np.full(len(draw), period), arriving, like, value_sigma)


def _add(
    rng: np.random.Generator,
    total: NDArray[np.float64],
    draw: NDArray[np.int64],
    period: NDArray[np.int64],
    stock: Stock,
    row: NDArray[np.int64],
    value_sigma: float,
) -> None:
    value = stock.value[row]
    if value_sigma > 0:
        noise = value_sigma * rng.standard_normal(len(row))
        value = value * np.exp(noise - value_sigma**2 / 2)
    _, n_periods, n_owners = total.shape
    cell = (draw * n_periods + period) * n_owners + stock.owner[row]
    total += np.bincount(cell, value, total.size).reshape(total.shape)
