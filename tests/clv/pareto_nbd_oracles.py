"""The Pareto/NBD in 25 to 60 digits: slow, and as near to the definitions as can be."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

mp = pytest.importorskip("mpmath")


def pieces(f: Callable, h, scale, ratio=2) -> object:
    """Integral of a function that bends on the time `scale` and slower later, over (0, h)."""
    edges, at = [mp.mpf(0)], mp.mpf(scale)
    while at < h:
        edges.append(at)
        at *= ratio
    edges.append(mp.mpf(h))
    return mp.fsum(
        mp.quad(f, [a, b], maxdegree=4, method="gauss-legendre")
        for a, b in itertools.pairwise(edges)
    )


def terms(parameters, x, t_x, T):
    """Both terms of the likelihood (alive, gone) without the factor in front, as logarithms."""
    r, alpha, s, beta, x, t_x, T = (mp.mpf(float(v)) for v in (*parameters, x, t_x, T))
    a, b = alpha + t_x, beta + t_x
    steep = (r + x) / a + (s + 1) / b
    # Relative to its value at t_x, so that 40 digits are 40 digits.
    fall = lambda u: (1 + u / a) ** (-(r + x)) * (1 + u / b) ** (-(s + 1))  # noqa: E731
    first = -(r + x) * mp.log(a) - (s + 1) * mp.log(b) + mp.log(s)
    gone = pieces(fall, T - t_x, 1 / steep) if t_x < T else mp.mpf(0)
    alive = -(r + x) * mp.log(alpha + T) - s * mp.log(beta + T)
    return alive, (first + mp.log(gone)) if gone > 0 else mp.mpf("-inf")


@mp.workdps(40)
def log_likelihood(parameters, x, t_x, T) -> float:
    r, alpha, s, beta = (mp.mpf(float(v)) for v in parameters)
    alive, gone = terms(parameters, x, t_x, T)
    front = mp.loggamma(r + int(x)) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
    return float(front + alive + mp.log1p(mp.e ** (gone - alive)))


@mp.workdps(40)
def log_alive(parameters, x, t_x, T, t=0) -> float:
    _, _, s, beta = (mp.mpf(float(v)) for v in parameters)
    alive, gone = terms(parameters, x, t_x, T)
    later = s * mp.log1p(mp.mpf(float(t)) / (beta + mp.mpf(float(T))))
    return float(-mp.log1p(mp.e ** (gone - alive)) - later)


@mp.workdps(60)
def log_likelihood_closed(parameters, x, t_x, T) -> float:
    """The textbook's form with two hypergeometric functions."""
    r, alpha, s, beta, x, t_x, T = (mp.mpf(float(v)) for v in (*parameters, x, t_x, T))
    order = r + s + x

    def h(y):
        if alpha >= beta:
            z = (alpha - beta) / (alpha + y)
            return mp.hyp2f1(order, s + 1, order + 1, z) / (alpha + y) ** order
        z = (beta - alpha) / (beta + y)
        return mp.hyp2f1(order, r + x, order + 1, z) / (beta + y) ** order

    alive = (alpha + T) ** (-(r + x)) * (beta + T) ** (-s)
    total = alive + s / order * (h(t_x) - h(T))
    front = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
    return float(front + mp.log(total))


@mp.workdps(40)
def mean_time(s, b, t) -> object:
    """Integral of (1 + u/b)^-s over (0, t)."""
    s, b, t = (mp.mpf(float(v)) for v in (s, b, t))
    if s == 1:
        return b * mp.log1p(t / b)
    return b * (1 - (1 + t / b) ** (1 - s)) / (s - 1)


@mp.workdps(25)
def log_count(n, t, rho, a, s, b) -> float:
    """P(exactly n purchases within t | alive): lives through t, or leaves after u < t."""
    t, rho, a, s, b = (mp.mpf(float(v)) for v in (t, rho, a, s, b))
    front = mp.loggamma(rho + n) - mp.loggamma(rho) - mp.loggamma(n + 1)
    bought = lambda u: (u / (a + u)) ** n * (1 + u / a) ** -rho  # noqa: E731
    gone = lambda u: bought(u) * s / b * (1 + u / b) ** (-s - 1)  # noqa: E731
    leaves = pieces(gone, t, *_bends(n, t, rho, a, b))
    return float(front + mp.log(bought(t) * (1 + t / b) ** -s + leaves))


@mp.workdps(25)
def log_at_least(n, t, rho, a, s, b) -> float:
    """P(at least n purchases within t | alive): the n-th comes at u < t while alive."""
    t, rho, a, s, b = (mp.mpf(float(v)) for v in (t, rho, a, s, b))
    front = mp.loggamma(rho + n) - mp.loggamma(rho) - mp.loggamma(n) - mp.log(a)
    density = lambda u: (u / (a + u)) ** (n - 1) * (1 + u / a) ** (-rho - 1)  # noqa: E731
    found = pieces(lambda u: density(u) * (1 + u / b) ** -s, t, *_bends(n, t, rho, a, b))
    return float(front + mp.log(found))


def _bends(n, t, rho, a, b):
    """Where it bends first, and how far the edges may lie apart to catch its peak."""
    return min(a, b, t) / (8 * (1 + rho)), 1 + 1 / mp.sqrt(1 + (n * rho) / (n + rho) / 4)


@mp.workdps(40)
def discounted_time(s, b, rate, horizon) -> float:
    """The closed form: scaled exponential integrals, their difference for a finite horizon."""
    s, b, rate = (mp.mpf(float(v)) for v in (s, b, rate))
    z = rate * b
    whole = mp.e**z * mp.expint(s, z)
    if horizon is None:
        return float(b * whole)
    ratio = 1 + mp.mpf(float(horizon)) / b
    return float(b * (whole - mp.e**z * ratio ** (1 - s) * mp.expint(s, z * ratio)))
