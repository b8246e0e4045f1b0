"""Purchases ahead in the BG/BB model of a customer who is alive at the next opportunity.

The probability of using an opportunity is Beta(`alpha`, `beta`) and that of dropping out after one
Beta(`gamma`, `delta`), both as they are after the history. `t` opportunities lie ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, gammaln

from crmlytics.clv._gamma_ratios import log_beta_growth
from crmlytics.clv._smooth_sums import smooth_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

_CELLS = 2_000_000  # at most so many numbers in memory at once


def expected_opportunities(t: Any, gamma: Any, delta: Any, *, rate: float = 0.0) -> Floats:
    r"""Return the expected number of the next `t` opportunities at which the customer is alive.

    The i-th of them counts :math:`e^{-\delta_c i}` for the continuous `rate` :math:`\delta_c`; `t`
    may be infinite if it is above 0.
    """
    arrays = np.broadcast_arrays(*(np.asarray(one, np.float64) for one in (t, gamma, delta)))
    last, gamma, delta = (one.reshape(-1) for one in arrays)

    def term(rows: Indices, i: Floats) -> Floats:
        staying = log_beta_growth(gamma[rows, None], delta[rows, None], i - 1.0)
        return np.asarray(np.exp(staying - rate * i))

    found = smooth_sum(
        term, first=1.0, width=lambda _, i: i + delta[_], n_rows=len(last), last=last
    )
    return found.reshape(arrays[0].shape)


def any_purchase(t: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Floats:
    """Return the probability of at least one purchase: the first at the i-th opportunity, i ≤ t."""
    arrays = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (t, alpha, beta, gamma, delta))
    )
    last, alpha, beta, gamma, delta = (one.reshape(-1) for one in arrays)

    def term(rows: Indices, i: Floats) -> Floats:
        a, b, c, d = (one[rows, None] for one in (alpha, beta, gamma, delta))
        waiting = log_beta_growth(a, b, i - 1.0) + log_beta_growth(c, d, i - 1.0)
        return np.asarray(a / (a + b + i - 1.0) * np.exp(waiting))

    found = smooth_sum(
        term, first=1.0, width=lambda _, i: i + np.minimum(beta, delta)[_], n_rows=len(last),
        last=last,
    )  # fmt: skip
    return np.minimum(found, 1.0).reshape(arrays[0].shape)


def count_probabilities(t: Any, alpha: Any, beta: Any, gamma: Any, delta: Any, n: Any) -> Floats:
    """Return the probability of exactly `n` purchases at the next `t` opportunities.

    The customer is alive at i of them, of which n are used; i = t if no dropout comes before.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (t, alpha, beta, gamma, delta, n))
    )
    t, alpha, beta, gamma, delta, n = (one.reshape(-1) for one in arrays)
    total = np.where(
        n <= t, np.exp(log_beta_growth(gamma, delta, np.maximum(t - 1.0, 0.0)))
        * _used(n, np.maximum(t, n), alpha, beta), 0.0,
    )  # fmt: skip

    def ended(rows: Indices, i: Floats) -> Floats:
        a, b, c, d, k = (one[rows, None] for one in (alpha, beta, gamma, delta, n))
        dropping = c / (c + d + i - 1.0) * np.exp(log_beta_growth(c, d, i - 1.0))
        return np.asarray(np.where(i >= k, dropping * _used(k, np.maximum(i, k), a, b), 0.0))

    total += _plain_sum(ended, np.maximum(n, 1.0), t - 1.0)
    return total.reshape(arrays[0].shape)


def _used(n: Floats, i: Floats, alpha: Floats, beta: Floats) -> Floats:
    """Probability of using exactly n of i opportunities."""
    ways = gammaln(i + 1.0) - gammaln(n + 1.0) - gammaln(i - n + 1.0)
    return np.asarray(np.exp(ways + betaln(alpha + n, beta + i - n) - betaln(alpha, beta)))


def _plain_sum(term: Callable[[Indices, Floats], Floats], first: Floats, last: Floats) -> Floats:
    """Sum of the terms from `first` to `last` of each row, one by one."""
    total = np.zeros(len(first))
    longest = int((last - first).max(initial=-1.0)) + 1
    size = max(_CELLS // max(len(first), 1), 1)
    rows = np.arange(len(first))
    for start in range(0, longest, size):
        i = first[:, None] + np.arange(start, min(start + size, longest))
        total += np.where(i <= last[:, None], term(rows, i), 0.0).sum(axis=1)
    return total
