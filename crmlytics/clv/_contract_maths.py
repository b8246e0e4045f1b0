"""Beta-distributed chances to leave at each renewal: sBG, and BdW whose risk drifts with age.

A customer survives t renewals with the probability B(alpha, beta + t^c) / B(alpha, beta); c = 1
is the sBG.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln, psi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LARGE = 12.0  # from here on seven terms of Stirling's series are exact


def log_survival(alpha: Any, beta: Any, c: Any, t: Any) -> Floats:
    """Logarithm of the probability to survive `t` renewals."""
    return log_beta_ratio(alpha, beta, np.asarray(t, dtype=np.float64) ** c)


def log_renewal(alpha: Any, beta: Any, c: Any, t: Any) -> Floats:
    """Logarithm of the retention rate at renewal `t`: S(t) / S(t - 1), without cancellation."""
    before = np.asarray(t, dtype=np.float64) - 1.0
    return log_beta_ratio(alpha, beta + before**c, _step(before, c))


def log_survival_from(alpha: Any, beta: Any, c: Any, start: Any, u: Any) -> Floats:
    """Logarithm of the probability to survive `u` more renewals after `start` of them."""
    start, u = np.asarray(start, dtype=np.float64), np.asarray(u, dtype=np.float64)
    return log_beta_ratio(alpha, beta + start**c, _growth(start, u, c))


def value_and_slopes(
    parameters: tuple[Any, ...], tenure: Floats, churned: Floats
) -> tuple[Floats, Floats]:
    """Log-likelihood of each row, and its derivatives in ln alpha, ln beta and ln c.

    Customers who churned left at the renewal `tenure`; the others have survived it.
    """
    alpha, beta, c = parameters
    gone = churned > 0
    survived = np.where(gone, tenure - 1.0, tenure)
    value = log_survival(alpha, beta, c, survived)
    slopes = _survival_slopes(alpha, beta, c, survived)
    at = np.where(gone, tenure, 1.0)
    ratio = log_renewal(alpha, beta, c, at)
    # P(T = t) = S(t - 1) (1 - S(t) / S(t - 1)); the slope of ln(1 - e^l) in l is -1 / (e^-l - 1).
    weight = 1.0 / np.expm1(-ratio)
    change = _survival_slopes(alpha, beta, c, at) - _survival_slopes(alpha, beta, c, at - 1.0)
    value = value + np.where(gone, np.log(-np.expm1(ratio)), 0.0)
    return value, slopes - np.where(gone, weight * change, 0.0)


def log_beta_ratio(alpha: Any, beta: Any, d: Any) -> Floats:
    """Ln B(alpha, beta + d) - ln B(alpha, beta), symmetric in alpha and d."""
    alpha, beta, d = np.broadcast_arrays(
        *(np.asarray(one, dtype=np.float64) for one in (alpha, beta, d))
    )
    # Of the two ways the one with the smaller steps loses fewer digits.
    small, big = np.minimum(alpha, d), np.maximum(alpha, d)
    return np.asarray(_log_gamma_ratio(beta, small) - _log_gamma_ratio(beta + big, small))


def _survival_slopes(alpha: Any, beta: Any, c: Any, t: Floats) -> Floats:
    power = t**c
    log_t = np.log(np.maximum(t, 1.0))
    both = psi(alpha + beta) - psi(alpha + beta + power)
    later = psi(beta + power)
    return np.stack(
        [
            alpha * both,
            beta * (later - psi(beta) + both),
            c * (later - psi(alpha + beta + power)) * power * log_t,
        ]
    )


def _log_gamma_ratio(z: Floats, d: Floats) -> Floats:
    """Return ln Gamma(z + d) - ln Gamma(z); of large z by Stirling's series, term by term."""
    large = np.maximum(z, _LARGE)
    series = (
        (large - 0.5) * np.log1p(d / large)
        + d * (np.log(large + d) - 1.0)
        + _stirling(large + d)
        - _stirling(large)
    )
    small = np.minimum(z, _LARGE)
    return np.where(z >= _LARGE, series, gammaln(small + d) - gammaln(small))


def _stirling(z: Floats) -> Floats:
    y = 1.0 / (z * z)
    inner = 1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360360 - y / 156)))
    return np.asarray((1 / 12 - y * (1 / 360 - y * inner)) / z)


def _step(before: Floats, c: Any) -> Floats:
    return _growth(before, np.ones_like(before), c)


def _growth(start: Floats, u: Floats, c: Any) -> Floats:
    """(start + u)^c - start^c without cancellation."""
    safe = np.where(start > 0, start, 1.0)
    with np.errstate(over="ignore"):
        grown = safe**c * np.expm1(c * np.log1p(u / safe))
    return np.asarray(np.where(start > 0, grown, u**c))
