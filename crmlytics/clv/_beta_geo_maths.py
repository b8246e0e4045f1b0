"""The likelihood of BG/NBD and MBG/NBD on arrays.

`first` is 0 where customers can drop out only after a repeat purchase (BG/NBD) and 1 where they
also can after the very first (MBG/NBD). x, t_x, T are repeat purchases, age at the last purchase
and age at the end. Parameters are numbers, or arrays where covariates shift them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, expit, gammaln, psi

from crmlytics.clv._rows import per_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def value_and_slopes(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, *, first: int
) -> tuple[Floats, Floats]:
    """Log-likelihood of each row, and its derivatives in ln r, ln alpha, ln a, ln b.

    Fader, Hardie and Lee (2005), equation (6); Batislam, Denizel and Filiztekin (2007).
    """
    r, alpha, a, b = parameters

    def terms(n: Floats) -> Floats:
        k = n + first
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.broadcast_arrays(
                gammaln(r + n) - gammaln(r) + betaln(a, b + k) - betaln(a, b),
                np.where(k > 0, np.log(a) - np.log(b + k - 1.0), -np.inf),
                psi(r + n) - psi(r),
                psi(a + b) - psi(a + b + k),
                psi(b + k) - psi(b),
                np.where(k > 0, 1.0 / (b + k - 1.0), 0.0),
            )
        return np.stack(parts)

    counted = per_count(terms, x, (r, a, b))
    silence = np.log1p((T - t_x) / (alpha + t_x))  # ln((alpha + T) / (alpha + t_x))
    age = np.log1p(T / alpha)
    log_odds = counted[1] + (r + x) * silence
    gone = expit(log_odds)
    value = counted[0] - r * age - x * (np.log(alpha) + age) + np.logaddexp(0.0, log_odds)
    slopes = np.empty((4, len(x)))
    slopes[0] = r * (counted[2] - age + gone * silence)
    slopes[1] = r - (r + x) * alpha * ((1.0 - gone) / (alpha + T) + gone / (alpha + t_x))
    slopes[2] = a * counted[3] + gone
    slopes[3] = b * (counted[3] + counted[4] - gone * counted[5])
    return value, slopes


def log_odds_gone(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, *, first: int
) -> Floats:
    """Return the log-odds of having dropped out at T; minus infinity if that is impossible."""
    r, alpha, a, b = parameters
    k = x + first
    with np.errstate(divide="ignore", invalid="ignore"):
        prior = np.where(k > 0, np.log(a) - np.log(b + k - 1.0), -np.inf)
    return np.asarray(prior + (r + x) * np.log1p((T - t_x) / (alpha + t_x)))
