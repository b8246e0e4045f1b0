"""Sums of future payments: each renewal by the chance to see it, discounted per period."""

from __future__ import annotations

import numpy as np

from crmlytics.clv._contract_maths import log_survival_from

_TERMS = 2_048  # are added one by one, the rest by Euler and Maclaurin
_NODES = 96
_CUT = 45.0  # e^-45 of a value is nothing against it


def residual(
    parameters: tuple[float, float, float],
    *,
    tenure: float,
    first: int,
    rate: float,
    periods: float,
) -> float:
    """Add up S(tenure + first + j) / S(tenure) / (1 + rate)^j for j = 0, 1, … below `periods`.

    Infinite if the sum is.
    """
    alpha, beta, c = parameters
    force = float(np.log1p(rate))
    if np.isinf(periods) and force == 0.0 and c * alpha <= 1.0:
        return float("inf")

    def term(j: np.ndarray) -> np.ndarray:
        return np.exp(log_survival_from(alpha, beta, c, tenure, first + j) - force * j)

    n = int(min(periods, _TERMS))
    total = float(term(np.arange(n, dtype=np.float64)).sum())
    if periods <= _TERMS or force * n > _CUT:
        return total
    # From n on: the integral, and by Euler and Maclaurin half the first and the slope there (and
    # the same, with the other sign, at the end).
    at, end = float(n), float(periods)
    last = min(end, _CUT / force) if force > 0 else end
    tail = 0.0
    if np.isinf(last):
        # Undiscounted: S falls as t^(-c alpha); beyond t = e^25 n the power law holds exactly.
        last = at * np.exp(25.0)
        tail = float(term(np.array(last))) * last / (c * alpha - 1.0)
    total += (
        _integral(term, at, last) + tail + float(term(np.array(at))) / 2 - _slope(term, at) / 12
    )
    if last == end:
        total += _slope(term, end) / 12 - float(term(np.array(end))) / 2
    return total


def _integral(term: object, start: float, end: float) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    length = float(np.log(end / start))
    u = start * np.exp(length * (nodes + 1.0) / 2.0)
    return float((weights * u * term(u)).sum() * length / 2.0)  # type: ignore[operator]


def _slope(term: object, at: float) -> float:
    around = term(np.array([at - 2.0, at - 1.0, at + 1.0, at + 2.0]))  # type: ignore[operator]
    return float(around @ np.array([1.0, -8.0, 8.0, -1.0]) / 12.0)
