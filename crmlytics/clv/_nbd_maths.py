"""The likelihood of the NBD model on arrays: random purchases, nobody drops out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln, psi

from crmlytics.clv._rows import per_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def value_and_slopes(parameters: tuple[Any, ...], x: Floats, T: Floats) -> tuple[Floats, Floats]:
    """Log-likelihood of each row, and its derivatives in ln r and ln alpha."""
    r, alpha = parameters

    def terms(n: Floats) -> Floats:
        return np.stack([gammaln(r + n) - gammaln(r), psi(r + n) - psi(r)])

    counted = per_count(terms, x, (r,))
    age = np.log1p(T / alpha)
    value = counted[0] - r * age - x * (np.log(alpha) + age)
    slopes = np.stack([r * (counted[1] - age), r - (r + x) * (alpha / (alpha + T))])
    return value, slopes


def log_probability(t: Any, r: Any, alpha: Any, n: Any) -> Floats:
    """Logarithm of the probability of exactly `n` purchases in (0, t] at Gamma(r, alpha) rates."""
    t, n = np.asarray(t, dtype=np.float64), np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_z = np.where(n > 0, n * np.log(t / (alpha + t)), 0.0)
    return np.asarray(
        gammaln(r + n) - gammaln(r) - gammaln(n + 1.0) - r * np.log1p(t / alpha) + log_z
    )
