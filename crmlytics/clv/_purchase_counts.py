"""Purchases of a customer who is alive now and may drop out after each of them.

The purchase rate is Gamma(`r`, rate `alpha`) and the probability of dropping out after a purchase
Beta(`a`, `b`), both as they are after the history. Everything here is exact; `t` is the time
ahead. Arrays broadcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainc, betaln, expit, gammaln, hyp2f1

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NODES = 640
_CELLS = 2_000_000  # at most so many numbers in memory at once


def expected_count(t: Any, r: Any, alpha: Any, a: Any, b: Any) -> Floats:
    r"""Return the expected number of purchases in (0, t].

    Notes
    -----
    With :math:`c = a + b - 1`, :math:`z = t / (\alpha + t)`, after Euler's transformation of
    Fader, Hardie and Lee (2005), equation (9):

    .. math:: e(t) = \frac{c}{a-1} [1 - (1-z)^{a-1} {}_2F_1(a - 1, c - r; c; z)].

    The bracket cancels as t → 0 and everywhere near a = 1. What would lose more than four digits
    is computed as an integral over the probability of dropping out instead.
    """
    shape, (t, r, alpha, a, b) = _flat(t, r, alpha, a, b)
    c, z = a + b - 1.0, t / (alpha + t)
    with np.errstate(all="ignore"):
        log_left = (1.0 - a) * np.log1p(t / alpha)
        value = c / (a - 1.0) * (1.0 - np.exp(log_left) * hyp2f1(a - 1.0, c - r, c, z))
        noise = 2e-16 * np.abs(c / (a - 1.0)) * (2.0 + np.abs(log_left))
        sound = (
            (noise < 1e-12 * value)
            & (value <= r * t / alpha * (1 + 1e-9))
            & (np.abs(c) > 1e-6)
            & (np.abs(c - r) < 200.0)
        )
    for doubtful in _chunks(np.flatnonzero(~sound & (t > 0)), _NODES):
        given = tuple(one[doubtful] for one in (t, r, alpha, a, b))
        value[doubtful] = _mean_over_dropout(
            _count_given_dropout, *given, peak=_peak_of_dropout(*given[3:])
        )
    value[t == 0] = 0.0
    return np.asarray(value.reshape(shape))


def still_alive(t: Any, r: Any, alpha: Any, a: Any, b: Any) -> Floats:
    r"""Return the probability of being alive at t: the mean of :math:`(1 + pt/\alpha)^{-r}`."""
    shape, (t, r, alpha, a, b) = _flat(t, r, alpha, a, b)
    value = np.empty(len(t))
    for some in _chunks(np.arange(len(t)), _NODES):
        given = tuple(one[some] for one in (t, r, alpha, a, b))
        value[some] = _mean_over_dropout(
            _alive_given_dropout, *given, peak=_peak_of_survivors(*given)
        )
    return value.reshape(shape)


def no_purchase(t: Any, r: Any, alpha: Any) -> Floats:
    """Return the logarithm of the probability of no purchase in (0, t]."""
    return np.asarray(-r * np.log1p(np.asarray(t) / alpha))


def count_probabilities(t: Any, r: Any, alpha: Any, a: Any, b: Any, n: Any) -> Floats:
    """Return the probability of exactly `n` purchases in (0, t].

    Fader, Hardie and Lee (2005), equation (8): either n purchases and alive after all of them,
    or dropped out after the n-th, which came before t.
    """
    n, t = np.asarray(n, dtype=np.float64), np.asarray(t, dtype=np.float64)
    z = t / (alpha + t)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_z = np.where(n > 0, n * np.log(z), 0.0)
        all_survived = (
            betaln(a, b + n) - betaln(a, b)
            + gammaln(r + n) - gammaln(r) - gammaln(n + 1.0)
            - r * np.log1p(t / alpha) + log_z
        )  # fmt: skip
        first = np.maximum(n, 1.0)
        gone = np.exp(betaln(a + 1.0, b + first - 1.0) - betaln(a, b)) * betainc(first, r, z)
    return np.asarray(np.exp(all_survived) + np.where(n > 0, gone, 0.0))


def expected_ever(a: Any, b: Any) -> Floats:
    """Return the expected number of purchases before dropping out; infinite for a ≤ 1."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.where(a > 1.0, (a + b - 1.0) / np.maximum(a - 1.0, 0.0), np.inf)


def _count_given_dropout(p: Floats, t: Floats, r: Floats, alpha: Floats) -> Floats:
    return np.asarray(-np.expm1(-r * np.log1p(p * t / alpha)) / p)


def _alive_given_dropout(p: Floats, t: Floats, r: Floats, alpha: Floats) -> Floats:
    return np.asarray(np.exp(-r * np.log1p(p * t / alpha)))


def _mean_over_dropout(
    compute: Callable[..., Floats],
    t: Floats,
    r: Floats,
    alpha: Floats,
    a: Floats,
    b: Floats,
    *,
    peak: tuple[Floats, Floats],
) -> Floats:
    """Mean of `compute` over p ~ Beta(a, b), by the trapezoid rule.

    In s = ln(p / (1 - p)) = s₀ + σ sinh(w), where `peak` is (s₀, σ), the integrand falls doubly
    exponentially at both ends and is smooth in w, so that the rule converges geometrically.
    """
    centre, width = peak
    # What is computed falls like a power of p where p t r / alpha is large: look that much farther.
    deep = np.log1p(r * t / alpha) + 10.0
    left, right = np.arcsinh((45.0 / a + deep) / width), np.arcsinh((45.0 / b + deep) / width)
    step = (left + right) / (_NODES - 1)
    w = -left[:, None] + step[:, None] * np.arange(_NODES)
    s = centre[:, None] + width[:, None] * np.sinh(w)
    log_p, log_q = -np.logaddexp(0.0, -s), -np.logaddexp(0.0, s)
    density = np.exp(a[:, None] * log_p + b[:, None] * log_q - betaln(a, b)[:, None])
    p = np.exp(np.maximum(log_p, -700.0))
    found = compute(p, t[:, None], r[:, None], alpha[:, None])
    total = (density * found * np.cosh(w)).sum(axis=1)
    return np.asarray(total * step * width)


def _peak_of_dropout(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Where p lies before anything is known of the time ahead, on the logit scale."""
    return np.log(a / b), np.sqrt(1.0 / a + 1.0 / b)


def _peak_of_survivors(
    t: Floats, r: Floats, alpha: Floats, a: Floats, b: Floats
) -> tuple[Floats, Floats]:
    """Where p lies for those who survive (0, t], on the logit scale: p^a q^b (1 + pt/alpha)^-r."""
    high = np.log(a / b)
    low = high - np.log1p((r + 1.0) * t / alpha) - 1.0
    for _ in range(40):
        s = (low + high) / 2.0
        p, q = expit(s), expit(-s)
        rising = a * q - b * p > r * q * (p * t / alpha) / (1.0 + p * t / alpha)
        low, high = np.where(rising, s, low), np.where(rising, high, s)
    p, q, odds = expit(low), expit(-low), expit(low) * t / alpha
    curvature = (a + b) * p * q + r * q * odds * (1.0 - 2.0 * p - p * odds) / (1.0 + odds) ** 2
    widest = np.sqrt(1.0 / a + 1.0 / b)
    return low, np.minimum(1.0 / np.sqrt(np.maximum(curvature, 1.0 / widest**2)), widest)


def _flat(*values: Any) -> tuple[tuple[int, ...], list[Floats]]:
    arrays = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in values))
    return arrays[0].shape, [one.reshape(-1) for one in arrays]


def _chunks(index: NDArray[np.int64], columns: int) -> list[NDArray[np.int64]]:
    size = max(_CELLS // columns, 1)
    return [index[start : start + size] for start in range(0, len(index), size)]
