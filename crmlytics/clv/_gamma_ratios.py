"""Ratios of gamma functions of large arguments, where differences of `gammaln` lose digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_HALF_LOG_TWO_PI = 0.91893853320467274178


def stirling_rest(x: Any) -> Floats:
    """Return ln Γ(x) minus Stirling's (x - 1/2) ln x - x + ln(2π) / 2."""
    x = np.asarray(x, dtype=np.float64)
    small = np.minimum(x, 12.0)
    direct = gammaln(small) - (small - 0.5) * np.log(small) + small - _HALF_LOG_TWO_PI
    y = 1.0 / np.maximum(x, 12.0)
    z = y * y
    series = y * (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188))))
    return np.asarray(np.where(x < 12.0, direct, series))


def log_beta_growth(a: Any, b: Any, n: Any) -> Floats:
    """Return ln(B(a, b + n) / B(a, b)), the mean of (1 - p)^n over p ~ Beta(a, b), as its log."""
    a, b, n = (np.asarray(one, dtype=np.float64) for one in (a, b, n))
    return np.asarray(
        (b - 0.5) * np.log1p(a / b)
        - (b + n - 0.5) * np.log1p(a / (b + n))
        - a * np.log1p(n / (a + b))
        + (stirling_rest(a + b) - stirling_rest(b))
        - (stirling_rest(a + b + n) - stirling_rest(b + n))
    )


def log_negative_binomial(n: Any, r: Any, odds: Any) -> Floats:
    """Log-probability of `n` events of a Poisson process with a Gamma(r) rate.

    `odds` is t / α for the rate α of the gamma: the events have the mean r t / α. `n` need not be
    a whole number. What is large cancels inside the logarithms (Loader's saddle point).
    """
    n, r, odds = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (n, r, odds)))
    none = -r * np.log1p(odds)
    with np.errstate(divide="ignore", invalid="ignore"):
        z, left = odds / (1.0 + odds), 1.0 / (1.0 + odds)
        above = (r * odds - n) * left  # how far n lies below the mean of r + n trials
        pulls = _log_ratio(above, n, (r + n) * z) + _log_ratio(-above, r, (r + n) * left)
        size = 0.5 * (np.log(r / n) - np.log(r + n)) - _HALF_LOG_TWO_PI
        rest = stirling_rest(r + n) - stirling_rest(r) - stirling_rest(np.where(n > 0, n, 1.0))
        return np.asarray(np.where(n > 0, pulls + size + rest, none))


def _log_ratio(excess: Floats, of: Floats, total: Floats) -> Floats:
    """``of * ln(total / of)``, where `total` is `of` + `excess`."""
    near = np.abs(excess) < 0.5 * of
    return np.asarray(of * np.where(near, np.log1p(excess / of), np.log(total / of)))
