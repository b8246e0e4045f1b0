"""The likelihood of BG/BB on arrays.

A customer alive at an opportunity uses it with a probability p ~ Beta(alpha, beta), and drops out
after each opportunity with a probability ~ Beta(gamma, delta). x, t_x, n are opportunities used,
the last one used and all so far. Whoever is alive after the n-th is so at the next, the n + 1-st.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, expit, psi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def value_and_slopes(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, n: Floats
) -> tuple[Floats, Floats]:
    """Log-likelihood of each row, and its derivatives in the logarithms of the parameters.

    Fader, Hardie and Shang (2010), equation (5).
    """
    alpha, beta, gamma, delta = parameters
    gone, slopes_gone = _log_gone(parameters, x, t_x, n)
    alive = log_alive(parameters, x, n)
    base = betaln(alpha, beta) + betaln(gamma, delta)
    share = expit(gone - alive)
    together = psi(alpha + beta) - psi(alpha + beta + n)
    ended = psi(gamma + delta) - psi(gamma + delta + n + 1.0)
    slopes_alive = np.stack([
        psi(alpha + x) - psi(alpha) + together,
        psi(beta + n - x) - psi(beta) + together,
        ended + np.zeros(len(x)),
        psi(delta + n + 1.0) - psi(delta) + ended,
    ])  # fmt: skip
    slopes = (1.0 - share) * slopes_alive + share * slopes_gone
    scale = np.stack(np.broadcast_arrays(*parameters, x)[:4])
    return np.logaddexp(alive, gone) - base, scale * slopes


def log_odds_gone(parameters: tuple[Any, ...], x: Floats, t_x: Floats, n: Floats) -> Floats:
    """Return the log-odds of having dropped out before the opportunity n + 1."""
    alpha, beta, gamma, delta = parameters
    first = betaln(alpha + x, beta + t_x - x) + betaln(gamma + 1.0, delta + t_x)
    total, _ = _moments(parameters, x, t_x, n, slopes=False)
    return np.asarray(first + np.log(total) - log_alive(parameters, x, n))


def log_alive(parameters: tuple[Any, ...], x: Floats, n: Floats) -> Floats:
    """Ln of the likelihood of being alive at n + 1, without its two constant beta functions."""
    alpha, beta, gamma, delta = parameters
    return np.asarray(betaln(alpha + x, beta + n - x) + betaln(gamma, delta + n + 1.0))


def _log_gone(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, n: Floats
) -> tuple[Floats, Floats]:
    """Ln of the likelihood of having dropped out after t_x, …, n, and its slopes."""
    alpha, beta, gamma, delta = parameters
    total, means = _moments(parameters, x, t_x, n, slopes=True)
    first = betaln(alpha + x, beta + t_x - x) + betaln(gamma + 1.0, delta + t_x)
    together = psi(alpha + beta) - psi(alpha + beta + t_x)
    ended = psi(gamma + delta) - psi(gamma + delta + t_x + 1.0)
    slopes = means + np.stack([
        psi(alpha + x) - psi(alpha) + together,
        psi(beta + t_x - x) - psi(beta) + together,
        1.0 / gamma + ended,
        psi(delta + t_x) - psi(delta) + ended,
    ])  # fmt: skip
    return first + np.log(total), slopes


def _moments(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, n: Floats, *, slopes: bool
) -> tuple[Floats, Floats]:
    """Likelihoods of dropping out after t_x, …, n over the first: their sum, and its slopes.

    Each is the one before times (β + m - x)(δ + m) / ((α + β + m)(γ + δ + 1 + m)) < 1, so that
    nothing under- or overflows.
    """
    alpha, beta, gamma, delta = parameters
    term = np.ones(np.broadcast_shapes(np.shape(alpha), np.shape(gamma), x.shape))
    total = term.copy()
    logs, sums = np.zeros((4, *term.shape)), np.zeros((4, *term.shape))
    for i in range(int((n - t_x).max(initial=0.0))):
        m = t_x + i
        left = np.where(m < n, 1.0, 0.0)
        uses, drops = alpha + beta + m, gamma + delta + 1.0 + m
        ratio = (beta + m - x) / uses * ((delta + m) / drops)
        term = term * ratio * left
        total = total + term
        if slopes:
            steps = (-1.0 / uses, 1.0 / (beta + m - x) - 1.0 / uses,
                     -1.0 / drops, 1.0 / (delta + m) - 1.0 / drops)  # fmt: skip
            for row, step in enumerate(steps):
                logs[row] += left * step
                sums[row] += term * logs[row]
    return total, sums / total
