"""The slow obvious versions: textbook formulas in 60 digits."""

from __future__ import annotations

import math

import mpmath as mp

DIGITS = 60
_NUDGE = mp.mpf(10) ** -25  # off a removable pole; what it changes is far below 1e-16


def exact(*values):
    return [mp.mpf(float(value)) for value in values]


def expected_count(t, r, alpha, a, b):
    """Fader, Hardie and Lee (2005), equation (9), for a customer alive now."""
    with mp.workdps(DIGITS):
        t, r, alpha, a, b = exact(t, r, alpha, a, b)
        if t == 0:
            return mp.mpf(0)
        a = a + _NUDGE if a == 1 else a
        b = b + _NUDGE if a + b == 1 else b
        c, z = a + b - 1, t / (alpha + t)
        return c / (a - 1) * (1 - (1 - z) ** (a - 1) * mp.hyp2f1(a - 1, c - r, c, z))


def still_alive(t, r, alpha, a, b):
    with mp.workdps(DIGITS):
        t, r, alpha, a, b = exact(t, r, alpha, a, b)
        z = t / (alpha + t)
        return (1 - z) ** a * mp.hyp2f1(a, a + b - r, a + b, z)


def at_least(n, t, r, alpha, a, b):
    """P(at least n purchases), for n of at least 1."""
    with mp.workdps(DIGITS):
        t, r, alpha, a, b = exact(t, r, alpha, a, b)
        tail = mp.betainc(n, r, 0, t / (alpha + t), regularized=True)
        return mp.beta(a, b + n - 1) / mp.beta(a, b) * tail


def log_terms(x, t_x, T, r, alpha, a, b, first):
    """Logarithms of the likelihoods (alive at T, dropped out at t_x)."""
    with mp.workdps(DIGITS):
        x, t_x, T, r, alpha, a, b = exact(x, t_x, T, r, alpha, a, b)
        counted = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha)
        beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)

        def log_beta(p, q):
            return mp.loggamma(p) + mp.loggamma(q) - mp.loggamma(p + q)

        alive = counted + log_beta(a, b + x + first) - beta - (r + x) * mp.log(alpha + T)
        if x + first == 0:
            return alive, -mp.inf
        gone = log_beta(a + 1, b + x + first - 1) - beta - (r + x) * mp.log(alpha + t_x)
        return alive, counted + gone


def log_likelihood(*case):
    with mp.workdps(DIGITS):
        alive, gone = log_terms(*case)
        return mp.log(mp.exp(alive) + (mp.exp(gone) if gone != -mp.inf else 0))


def log_alive(*case):
    with mp.workdps(DIGITS):
        alive, gone = log_terms(*case)
        return -mp.log1p(mp.exp(gone - alive)) if gone != -mp.inf else mp.mpf(0)


def discounted(alive, t, r, alpha, a, b, rate):
    """P(alive) times the integral of e^(-rate u) over the rate of purchases e'(u) up to t."""
    with mp.workdps(30):
        alive, r, alpha, a, b = exact(alive, r, alpha, a, b)
        end = mp.mpf(min(t, 80 / rate))

        def slope(v):
            u = alpha * (mp.exp(v) - 1)
            growth = mp.exp(-a * v) * mp.hyp2f1(a, a + b - r - 1, a + b, u / (alpha + u))
            return mp.exp(v) * mp.exp(-rate * u) * r * growth

        return alive * mp.quad(slope, mp.linspace(0, mp.log(1 + end / alpha), 9))


def relative(found, expected) -> float:
    """Relative error; absolute where the truth is 0."""
    with mp.workdps(DIGITS):
        assert math.isfinite(float(found)), (found, expected)
        if expected == 0:
            return abs(float(found))
        return float(abs(mp.mpf(float(found)) / expected - 1))
