"""Purchases ahead of a customer who is alive now, with Erlang-k times between them.

After x purchases the rate of the hidden Poisson events is Gamma(`r`, rate `alpha`) with r = r₀ + kx
and alpha = α₀ + T, given `silence` = T - t_x, in which j < k of them may have passed; the
probability of dropping out is Beta(`a`, `b`). `t` is the time ahead. Everything is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainc

from crmlytics.clv._cnbd_maths import log_hidden, log_hidden_shares
from crmlytics.clv._gamma_ratios import log_beta_growth, log_negative_binomial
from crmlytics.clv._smooth_sums import smooth_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

_ROWS = 20_000  # at most so many rows in memory at once


def expected_count(t: Any, r: Any, alpha: Any, silence: Any, a: Any, b: Any, *, k: int) -> Floats:
    r"""Return the expected number of purchases in (0, t].

    Notes
    -----
    The n-th purchase needs nk - j hidden events and n - 1 times not to drop out:

    .. math:: \sum_{n \ge 1} \frac{B(a, b+n-1)}{B(a, b)} \sum_{j<k} w_j I_z(nk - j, r + j),

    z = t / (α + t), all of it positive.
    """

    def compute(t: Floats, r: Floats, alpha: Floats, silence: Floats, a: Floats, b: Floats) -> Any:
        reached = _Reached(t, r, alpha, silence, k)

        def term(rows: Indices, n: Floats) -> Floats:
            staying = log_beta_growth(a[rows, None], b[rows, None], n - 1.0)
            return np.asarray(np.exp(staying) * reached.probability(rows, n))

        spread = np.sqrt(np.maximum(r, 1.0) * t * (alpha + t)) / (k * alpha)
        return smooth_sum(term, first=1.0, width=lambda rows, _: spread[rows], n_rows=len(t))

    return _by_chunks(compute, t, r, alpha, silence, a, b)


def still_alive(t: Any, r: Any, alpha: Any, silence: Any, a: Any, b: Any, *, k: int) -> Floats:
    """Return the probability of being alive at t: not dropped out after any of the purchases."""

    def compute(t: Floats, r: Floats, alpha: Floats, silence: Floats, a: Floats, b: Floats) -> Any:
        def term(rows: Indices, n: Floats) -> Floats:
            some = (one[rows, None] for one in (t, r, alpha, silence))
            staying = log_beta_growth(a[rows, None], b[rows, None], n)
            return np.asarray(np.exp(staying + _log_occasions(n, *some, k=k)))

        def width(rows: Indices, n: Floats) -> Floats:
            events = k * (n + 1.0)
            return np.asarray(np.sqrt(events * (1.0 + events / r[rows])) / k)

        peak = r * t / (k * alpha)
        return smooth_sum(term, first=0.0, width=width, n_rows=len(t), peak=peak)

    ahead = np.asarray(t, dtype=np.float64)
    later = _by_chunks(compute, np.where(ahead > 0, ahead, 1.0), r, alpha, silence, a, b)
    return np.asarray(np.where(ahead > 0, np.minimum(later, 1.0), 1.0))


def no_purchase(t: Any, r: Any, alpha: Any, silence: Any, *, k: int) -> Floats:
    """Return the logarithm of the probability of no purchase in (0, t]."""
    t, r, alpha, silence = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (t, r, alpha, silence))
    )
    z = t / (alpha + t)
    one = np.zeros(t.shape)
    for j, share in enumerate(log_hidden_shares(r, _log(silence / alpha), k)):
        one += np.exp(share) * betainc(float(k - j), r + j, z)
    # A longer silence against the silence so far; it cancels where a purchase is improbable.
    log_none = (
        log_hidden(r, _log((silence + t) / (alpha + t)), k)
        - log_hidden(r, _log(silence / alpha), k)
        - r * np.log1p(t / alpha)
    )
    return np.asarray(np.where(one < 0.5, np.log1p(-np.minimum(one, 0.5)), log_none))


def count_probabilities(
    t: Any, r: Any, alpha: Any, silence: Any, a: Any, b: Any, n: Any, *, k: int
) -> Floats:
    """Return the probability of exactly `n` purchases in (0, t].

    Either n times came and the customer is alive after them, or the n-th came and was the last.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (t, r, alpha, silence, a, b, n))
    )
    shape = arrays[0].shape
    t, r, alpha, silence, a, b, n = (one.reshape(-1) for one in arrays)
    survived = np.exp(log_beta_growth(a, b, n) + _log_occasions(n, t, r, alpha, silence, k=k))
    survived = np.where(t > 0, survived, n == 0)
    first = np.maximum(n, 1.0)
    reached = _Reached(t, r, alpha, silence, k).probability(np.arange(len(t)), first[:, None])
    dropping = a / (a + b + first - 1.0) * np.exp(log_beta_growth(a, b, first - 1.0))
    gone = np.where(n > 0, dropping * reached[:, 0], 0.0)
    return np.asarray(survived + gone).reshape(shape)


class _Reached:
    """Probability that n purchases would come in (0, t] if nobody dropped out, for n > 0."""

    def __init__(self, t: Floats, r: Floats, alpha: Floats, silence: Floats, k: int) -> None:
        self.r, self.z, self.k = r, t / (alpha + t), k
        self.shares = [np.exp(one) for one in log_hidden_shares(r, _log(silence / alpha), k)]

    def probability(self, rows: Indices, n: Floats) -> Floats:
        total = np.zeros(n.shape)
        for j, share in enumerate(self.shares):
            some = rows[share[rows] > 0]
            if len(some):
                part = slice(None) if len(some) == len(rows) else share[rows] > 0
                tail = betainc(self.k * n[part] - j, self.r[some, None] + j, self.z[some, None])
                total[part] += share[some, None] * tail
        return total


def _log_occasions(n: Floats, t: Any, r: Any, alpha: Any, silence: Any, *, k: int) -> Floats:
    """Ln P(the k-th, 2k-th … event passes exactly n times in (0, t]), for t > 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        odds, stretch = t / alpha, _log(silence) - np.log(t)
        none = log_hidden(r, _log(silence / alpha), k)
        total = np.full(np.broadcast_shapes(n.shape, np.shape(odds)), -np.inf)
        for i in range(k):
            events = k * n + i  # since the last purchase, fewer than k of them before now
            before = np.zeros(events.shape)
            ways = np.zeros(events.shape)
            for j in range(1, k):
                ways = ways + np.log(np.maximum(events - (j - 1.0), 0.0) / j) + stretch
                before = np.logaddexp(before, ways)
            total = np.logaddexp(total, log_negative_binomial(events, r, odds) + before)
        return np.asarray(total - none)


def _by_chunks(compute: Any, *values: Any) -> Floats:
    arrays = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in values))
    shape, flat = arrays[0].shape, [one.reshape(-1) for one in arrays]
    found = [
        compute(*(one[start : start + _ROWS] for one in flat))
        for start in range(0, len(flat[0]), _ROWS)
    ]
    return np.concatenate([*found, np.zeros(0)]).reshape(shape)


def _log(values: Any) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values))
