"""The Gamma-Gamma model of spend on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainccinv, betaincinv, betaln, psi

from crmlytics.clv._rows import per_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Likelihood = Callable[[tuple[Any, ...]], tuple[float, Floats]]

_BLOCK_ROWS = 8_192  # fit into the processor's cache


def value_and_slopes(parameters: tuple[Any, ...], x: Floats, m: Floats) -> tuple[Floats, Floats]:
    """Log-density of each mean spend, and its derivatives in ln p, ln q and ln gamma.

    0 for rows without purchases, which say nothing about spend.
    """
    p, q, gamma = parameters
    bought = x > 0
    if not bought.all():
        value, slopes = np.zeros(len(x)), np.zeros((3, len(x)))
        if bought.any():
            value[bought], slopes[:, bought] = value_and_slopes(parameters, x[bought], m[bought])
        return value, slopes
    counted = per_count(lambda n: _of_counts(p, q, np.maximum(n, 1.0)), x, (p, q))
    total = x * m
    shape, both, log_total = p * x, gamma + total, np.log(total)
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


def total_likelihood(x: Floats, m: Floats, weights: Floats) -> Likelihood:
    """Prepare the sum of `value_and_slopes` over weighted rows, all of them with purchases.

    Of each row only ln(gamma + xm) and 1 / (gamma + xm) change with the parameters. All else is
    summed up beforehand, or is the same for all rows of one count.
    """
    total = x * m
    log_total, bought = np.log(total), weights * x
    # Not by BLAS, whose threads cost more than these short sums.
    n, sum_log = float(weights.sum()), float((weights * log_total).sum())
    sum_x_log = float((bought * log_total).sum())
    counts, rows_of = _counted(x, weights)
    factors = np.stack([weights, bought, weights * total])
    blocks = [
        (total[start : start + _BLOCK_ROWS], factors[:, start : start + _BLOCK_ROWS])
        for start in range(0, len(x), _BLOCK_ROWS)
    ]

    def likelihood(parameters: tuple[Any, ...]) -> tuple[float, Floats]:
        p, q, gamma = parameters
        logs, parts = np.zeros(2), np.zeros(2)
        for some, factor in blocks:
            both = some + gamma
            logs += np.einsum("ij,j->i", factor[:2], np.log(both))
            parts += np.einsum("ij,j->i", factor[1:], 1.0 / both)
        counted = _of_counts(p, q, counts)
        share = sum_x_log - logs[1]
        rest = n * np.log(gamma) - logs[0]
        value = float(counted[0] @ rows_of) + p * share + q * rest - sum_log
        in_p = p * (float(counted[1] @ (rows_of * counts)) + share)
        in_q = q * (float(counted[2] @ rows_of) + rest)
        return value, np.array([in_p, in_q, q * parts[1] - p * gamma * parts[0]])

    return likelihood


def _counted(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Distinct counts with the weight of the rows of each."""
    if x.max() < len(x):
        rows_of = np.bincount(x.astype(np.intp), weights=weights).astype(np.float64)
        counts = np.flatnonzero(rows_of)
        return counts.astype(np.float64), rows_of[counts]
    found, code = np.unique(x, return_inverse=True)
    return found, np.bincount(code, weights=weights).astype(np.float64)


def _of_counts(p: float, q: float, x: Floats) -> Floats:
    """What depends on the count alone: in the density, and in its slopes in px and in q."""
    shape = p * x
    both = psi(shape + q)
    return np.stack([np.log(x) - betaln(shape, q), both - psi(shape), both - psi(q)])


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
