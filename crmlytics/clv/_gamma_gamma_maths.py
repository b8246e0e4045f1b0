"""The Gamma-Gamma model of spend on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainccinv, betaincinv, betaln, psi

from crmlytics.clv._rows import per_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def value_and_slopes(
    parameters: tuple[Any, ...], x: Floats, m: Floats, log_total: Floats | None = None
) -> tuple[Floats, Floats]:
    """Log-density of each mean spend, and its derivatives in ln p, ln q and ln gamma.

    0 for rows without purchases, which say nothing about spend. `log_total` is ln(xm), where it
    is known already.
    """
    p, q, gamma = parameters
    bought = x > 0
    if not bought.all():
        value, slopes = np.zeros(len(x)), np.zeros((3, len(x)))
        if bought.any():
            value[bought], slopes[:, bought] = value_and_slopes(parameters, x[bought], m[bought])
        return value, slopes

    def terms(n: Floats) -> Floats:
        n = np.maximum(n, 1.0)
        shape = p * n
        both = psi(shape + q)
        return np.stack([np.log(n) - betaln(shape, q), both - psi(shape), both - psi(q)])

    counted = per_count(terms, x, (p, q))
    total = x * m
    if log_total is None:
        log_total = np.log(total)
    shape, both = p * x, gamma + total
    # One logarithm serves both shares of gamma + xm. It may cancel, but what is added up needs
    # small absolute errors only, and logarithms are most of the cost.
    log_both = np.log(both)
    log_share, log_rest = log_total - log_both, np.log(gamma) - log_both
    value = counted[0] + shape * log_share + q * log_rest - log_total
    # d/d(gamma) is q / gamma - (px + q) / (gamma + xm).
    slopes = np.empty((3, len(x)))
    slopes[0] = shape * (counted[1] + log_share)
    slopes[1] = q * (counted[2] + log_rest)
    slopes[2] = (q * total - (p * gamma) * x) / both
    return value, slopes


def expected_spend(parameters: tuple[Any, ...], x: Floats, m: Floats) -> Floats:
    """Mean spend of each customer's future purchases; NaN where it is infinite."""
    p, q, gamma = parameters
    shape = p * x + q
    finite = shape > 1.0
    return np.where(finite, p * (gamma + x * m) / np.where(finite, shape - 1.0, 1.0), np.nan)


def draw_totals(
    rng: np.random.Generator, parameters: tuple[Any, ...], x: Floats, m: Floats, count: Floats
) -> Floats:
    """Simulate the spend of `count` purchases to come, 0 where there are none."""
    p, q, gamma = parameters
    shape, scale, future = np.broadcast_arrays(p * x + q, gamma + x * m, p * count)
    # Given the rate nu ~ Gamma(px + q, gamma + xm), y purchases sum up to Gamma(py, nu).
    with np.errstate(divide="ignore", invalid="ignore"):
        total = rng.standard_gamma(future) * scale / rng.standard_gamma(shape)
    return np.where(future > 0, total, 0.0)


def total_quantile(
    parameters: tuple[Any, ...], x: Floats, m: Floats, count: Floats, level: Floats
) -> Floats:
    """Quantiles of the spend of `count` purchases to come, which is beta-prime distributed."""
    p, q, gamma = parameters
    shape = p * x + q
    future = np.where(count > 0, p * count, 1.0)
    # B / (1 - B) for B ~ Beta(py, px + q); 1 - B from the other tail, without cancellation.
    share = betaincinv(future, shape, level)
    rest = betainccinv(shape, future, level)
    return np.where(count > 0, (gamma + x * m) * share / rest, 0.0)
