"""How many purchases: probabilities of every count under the Pareto/NBD.

The future of a customer alive at T depends on ``rho`` = r + x, ``a`` = α + T, ``s`` and
``b`` = β + T alone. Arrays broadcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

from crmlytics.clv._pareto_nbd_dropout import FALL, gauss_legendre, log_decay_integral
from crmlytics.clv._pareto_nbd_maths import log_alive, log_rising

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_NODES = 32
_PANEL = 4.0  # longest stretch of y for so many nodes around a peak
_CELLS = 1 << 16


def count_probabilities(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, t: ArrayLike, n: ArrayLike
) -> Floats:
    """Return P(exactly n purchases in (T, T + t]), for customers who may have left before T."""
    r, alpha, s, beta = parameters
    alive = log_alive(parameters, x, t_x, T, 0.0)
    count = np.exp(alive + log_count(n, t, r + x, alpha + T, s, beta + T))
    return np.asarray(count + np.where(np.asarray(n) == 0, -np.expm1(alive), 0.0))


def log_no_purchase(
    t: ArrayLike, rho: ArrayLike, a: ArrayLike, s: ArrayLike, b: ArrayLike
) -> Floats:
    r"""Logarithm of P(Y(t) = 0 | alive).

    Notes
    -----
    From its complement, which keeps its digits as t → 0:
    :math:`P(Y(t) \ge 1) = \frac{\rho}{a} \int_0^t (1+u/a)^{-(\rho+1)} (1+u/b)^{-s} du`, the
    next purchase coming after u if the customer lives so long.
    """
    rho, a = np.asarray(rho, np.float64), np.asarray(a, np.float64)
    some = np.log(rho / a) + log_decay_integral(rho + 1.0, a, s, b, t)
    # Where rounding makes it 1, the largest number below 1 stands for it.
    return np.asarray(np.log1p(-np.minimum(np.exp(some), 1.0 - 2.0**-53)))


def log_count(
    n: ArrayLike, t: ArrayLike, rho: ArrayLike, a: ArrayLike, s: ArrayLike, b: ArrayLike
) -> Floats:
    r"""Logarithm of P(Y(t) = n | alive), n purchases within t.

    Notes
    -----
    Either the customer lives through t, or leaves after u < t:

    .. math::

        P(n) = S(t) N_n(t) + \int_0^t f(u) N_n(u) \, du, \quad
        N_n(u) = \frac{\Gamma(\rho+n)}{\Gamma(\rho) \, n!}
        \left(\frac{a}{a+u}\right)^{\rho} \left(\frac{u}{a+u}\right)^n ,

    :math:`S(u) = (1+u/b)^{-s}`, :math:`f = -S'`. Both terms are positive, so small probabilities
    keep their digits. Minus infinity for n > 0 at t = 0.
    """
    shape, (n, t, rho, a, s, b) = _flat(n, t, rho, a, s, b)
    coefficient = log_rising(rho, n) - gammaln(n + 1.0)
    with np.errstate(divide="ignore"):
        share = -n * np.log1p(np.where(n > 0, a / np.where(n > 0, t, 1.0), 0.0))
    lives = share - rho * np.log1p(t / a) - s * np.log1p(t / b)
    leaves = np.log(s / b) + _log_peak_integral(n, rho, a, s + 1.0, b, t)
    return np.asarray(coefficient + np.logaddexp(lives, leaves)).reshape(shape)


def log_at_least(
    n: ArrayLike, t: ArrayLike, rho: ArrayLike, a: ArrayLike, s: ArrayLike, b: ArrayLike
) -> Floats:
    r"""Logarithm of P(Y(t) ≥ n | alive) for n of at least 1.

    Notes
    -----
    The n-th purchase comes after u, :math:`u/(a+u)` being Beta(n, ρ), and the customer must live
    so long:

    .. math::

        P(Y(t) \ge n) = \int_0^t S(u) \frac{\Gamma(\rho+n)}{\Gamma(\rho) \, \Gamma(n) \, a}
        \left(\frac{a}{a+u}\right)^{\rho+1} \left(\frac{u}{a+u}\right)^{n-1} du .
    """
    shape, (n, t, rho, a, s, b) = _flat(n, t, rho, a, s, b)
    coefficient = log_rising(rho, n) - gammaln(n) - np.log(a)
    integral = _log_peak_integral(n - 1.0, rho + 1.0, a, s, b, t)
    return np.asarray(coefficient + integral).reshape(shape)


def _log_peak_integral(k: Floats, c: Floats, a: Floats, q: Floats, b: Floats, h: Floats) -> Floats:
    """Logarithm of ∫₀ʰ (u/(a+u))ᵏ (1+u/a)⁻ᶜ (1+u/b)⁻ᑫ du, for c + q > 1.

    In y = ln(1 + u/min(a, b)) the integrand is log-concave: its peak is the root of a quadratic
    equation, and it is cut on both sides where it has fallen by e^-FALL.
    """
    result = np.full(h.shape, -np.inf)
    (some,) = np.nonzero(h > 0)
    k, c, a, q, b, h = (one[some] for one in (k, c, a, q, b, h))
    unit = np.minimum(a, b)
    shape = _Shape(k, c, a / unit, q, b / unit)
    low, high, top = shape.range(h / unit)
    panels = np.ceil((high - low) / _PANEL).astype(np.intp)
    log_integral = np.empty(len(h))
    for count in np.unique(panels):
        rows = np.flatnonzero(panels == count)
        x, weight = gauss_legendre(_NODES, max(int(count), 1))
        step = max(_CELLS // len(x), 1)
        for part in (rows[start : start + step] for start in range(0, len(rows), step)):
            length = high[part] - low[part]
            w = np.expm1(low[part] + x[:, None] * length)
            height = np.exp(shape.rows(part).log_height(w) - top[part])
            log_integral[part] = np.log(length) + np.log(weight @ height)
    result[some] = log_integral + top + np.log(unit)
    return result


class _Shape:
    """The integrand in y, times in min(a, b), w = expm1(y) being the time."""

    def __init__(self, k: Floats, c: Floats, a: Floats, q: Floats, b: Floats) -> None:
        self.k, self.c, self.a, self.q, self.b = k, c, a, q, b

    def rows(self, part: NDArray[np.intp]) -> _Shape:
        return _Shape(self.k[part], self.c[part], self.a[part], self.q[part], self.b[part])

    def log_height(self, w: Floats) -> Floats:
        k, c, a, q, b = self.k, self.c, self.a, self.q, self.b
        # 0 · ln 0 = 0: a w of 0 is met with k = 0 only.
        share = k * np.log1p(a / np.maximum(w, 1e-300))
        return np.asarray(np.log1p(w) - share - c * np.log1p(w / a) - q * np.log1p(w / b))

    def slope(self, w: Floats) -> Floats:
        """Derivative of the height in ln w."""
        k, c, a, q, b = self.k, self.c, self.a, self.q, self.b
        return np.asarray((k * a - c * w) / (a + w) - q * w / (b + w) + w / (1.0 + w))

    def range(self, h: Floats) -> tuple[Floats, Floats, Floats]:
        """Where to integrate, low and high in y, and the greatest height."""
        peak = np.minimum(self._peak(), h)
        top = self.log_height(peak)
        floor = top - FALL
        low = self._low(peak, floor)
        return np.log1p(low), np.log1p(self._high(peak, h, floor)), top

    def _peak(self) -> Floats:
        """Solve slope = 0: c2 w² - c1 w - c0 = 0 has one root above 0."""
        k, c, a, q, b = self.k, self.c, self.a, self.q, self.b
        c2, c0 = c + q - 1.0, k * a * b
        c1 = k * a + np.where(a <= b, (1.0 - c) * b - q * a, (1.0 - q) * a - c * b)
        root = np.hypot(c1, 2.0 * np.sqrt(c2 * c0))
        # The root without cancellation, whichever sign c1 has.
        return np.asarray(
            np.where(c1 > 0, (c1 + root) / (2.0 * c2), 2.0 * c0 / np.maximum(root - c1, 1e-300))
        )

    def _low(self, peak: Floats, floor: Floats) -> Floats:
        """Newton from the line k ln(w/a), which lies above the height, towards the peak."""
        rises = self.k > 0
        k = np.where(rises, self.k, 1.0)
        log_w = np.minimum(floor / k + np.log(self.a), np.log(np.maximum(peak, 1e-300)))
        log_w = np.maximum(log_w, -600.0)
        for _ in range(6):
            w = np.exp(log_w)
            short = floor - self.log_height(w)
            log_w = np.where(short > 0, log_w + short / np.maximum(self.slope(w), 1e-3), log_w)
        return np.where(rises, np.minimum(np.exp(log_w), peak), 0.0)

    def _high(self, peak: Floats, h: Floats, floor: Floats) -> Floats:
        """Newton in y from the far end towards the peak."""
        y = np.log1p(h)
        for _ in range(8):
            w = np.expm1(y)
            short = floor - self.log_height(w)
            if not (short > 1.0).any():
                break
            # dy = dw/(1 + w), d ln w = dw/w
            slope = self.slope(w) * (1.0 + w) / np.maximum(w, 1e-300)
            y = np.where(short > 0, y + short / np.minimum(slope, -1e-3), y)
        return np.maximum(np.expm1(y), peak)


def _flat(*values: ArrayLike) -> tuple[tuple[int, ...], list[Floats]]:
    arrays = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in values))
    return arrays[0].shape, [one.ravel() for one in arrays]
