"""Discounted expected transactions of the Pareto/NBD, over any horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.clv._pareto_nbd_dropout import FALL, PANEL, gauss_legendre

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_NODES = 32
_CELLS = 1 << 16


def discounted_time(
    s: ArrayLike, b: ArrayLike, discount_rate: float, horizon: float = np.inf
) -> Floats:
    r"""Expected discounted time that a customer alive will still live, within the horizon.

    Parameters
    ----------
    s : array-like
        Shape of the dropout rate.
    b : array-like
        β + T of each customer.
    discount_rate : float
        Continuous rate δ per unit of time, at least 0.
    horizon : float
        How far ahead; infinity for all times, which a δ of 0 allows only if s > 1.

    Returns
    -------
    ndarray
        In units of time. Times P(alive) (r + x)/(α + T) it is the expected number of discounted
        purchases (DERT).

    Notes
    -----
    .. math::

        \int_0^H e^{-\delta u} \left(1 + \frac{u}{b}\right)^{-s} du
        = b \int_0^{\ln(1 + H/b)} e^{-z (e^y - 1) - (s-1) y} \, dy , \qquad z = \delta b .

    At H = ∞ it is :math:`b \, e^z E_s(z) = \delta^{s-1} b^s \, U(s, s, z)`, the scaled exponential
    integral of the closed form; the one integral serves both horizons, without the difference of
    two such functions.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using iso-value curves for
    customer base analysis. Journal of Marketing Research 42(4), 415-430.
    """
    s, b = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(b, np.float64))
    shape = b.shape
    s, b = s.ravel(), b.ravel()
    length, top = _range(discount_rate * b, s - 1.0, np.log1p(horizon / b))
    panels = max(int(np.ceil(length.max(initial=0.0) / PANEL)), 1)
    y, weight = gauss_legendre(_NODES, panels)
    result = np.empty(len(b))
    step = max(_CELLS // len(y), 1)
    for rows in (slice(start, start + step) for start in range(0, len(b), step)):
        z, power = discount_rate * b[rows], s[rows] - 1.0
        at = y[:, None] * length[rows]
        height = np.exp(-z * np.expm1(at) - power * at - top[rows])
        result[rows] = np.exp(top[rows]) * length[rows] * (weight @ height)
    return (b * result).reshape(shape)


def _range(z: Floats, power: Floats, full: Floats) -> tuple[Floats, Floats]:
    """How far in y to integrate, and the greatest logarithm of the integrand."""
    with np.errstate(divide="ignore", over="ignore"):
        # The peak, where z e^y = -power; at 0 if it falls from the start.
        peak = np.minimum(np.log(np.maximum(-power / np.where(z > 0, z, 1.0), 1.0)), full)
        peak = np.where(z > 0, peak, np.where(power < 0, full, 0.0))
        top = -z * np.expm1(peak) - power * peak
        # Each bound is certainly beyond the cut; the smallest is taken.
        bend = np.maximum(-power, z)
        by_rate = np.where(power < 0, peak + 1.0 + np.log1p(FALL / bend), np.log1p(FALL / z))
        by_power = np.where(power > 0, FALL / np.maximum(power, 1e-300), np.inf)
    y = np.minimum(np.minimum(by_rate, by_power), full)
    for _ in range(6):
        excess = z * np.expm1(y) + power * y + top - FALL
        slope = z * np.exp(y) + power
        y = np.where(excess > 0, y - excess / np.where(excess > 0, slope, 1.0), y)
    return y, top
