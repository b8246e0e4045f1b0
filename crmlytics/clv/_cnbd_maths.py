"""The likelihood of BG/CNBD-k and MBG/CNBD-k on arrays.

Between purchases lie k Poisson events of which only the last is seen (Erlang-k times). `first` is
0 where customers can drop out only after a repeat purchase and 1 where they also can after the
very first. x, t_x, T are repeat purchases, age at the last purchase and age at the end.
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
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, *, k: int, first: int
) -> tuple[Floats, Floats]:
    """Log-likelihood of each row, and its derivatives in ln r, ln alpha, ln a, ln b.

    Reutterer, Platzer and Schröder (2021), equation (6), without (k - 1) Σ ln(times between
    purchases), which does not depend on the parameters.
    """
    r, alpha, a, b = parameters

    def terms(n: Floats) -> Floats:
        m = n + first
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.broadcast_arrays(
                gammaln(r + k * n) - gammaln(r) + betaln(a, b + m) - betaln(a, b)
                - n * gammaln(float(k)),
                np.where(m > 0, np.log(a) - np.log(b + m - 1.0), -np.inf),
                psi(r + k * n) - psi(r),
                psi(a + b) - psi(a + b + m),
                psi(b + m) - psi(b),
                np.where(m > 0, 1.0 / (b + m - 1.0), 0.0),
            )  # fmt: skip
        return np.stack(parts)

    counted = per_count(terms, x, (r, a, b))
    events = r + k * x
    silence = np.log1p((T - t_x) / (alpha + t_x))  # ln((alpha + T) / (alpha + t_x))
    age = np.log1p(T / alpha)
    hidden, mean_hidden, mean_slope = _hidden_events(events, _log_share(alpha, t_x, T), k)
    log_odds = counted[1] + events * silence - hidden
    gone = expit(log_odds)
    value = (
        counted[0] - r * age - k * x * (np.log(alpha) + age) + hidden + np.logaddexp(0.0, log_odds)
    )
    slopes = np.empty((4, len(x)))
    slopes[0] = r * (counted[2] - age + gone * silence + (1.0 - gone) * mean_slope)
    slopes[1] = r - alpha * (
        (1.0 - gone) * (events + mean_hidden) / (alpha + T) + gone * events / (alpha + t_x)
    )
    slopes[2] = a * counted[3] + gone
    slopes[3] = b * (counted[3] + counted[4] - gone * counted[5])
    return value, slopes


def log_odds_gone(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, *, k: int, first: int
) -> Floats:
    """Return the log-odds of having dropped out at T; minus infinity if that is impossible."""
    r, alpha, a, b = parameters
    m, events = x + first, r + k * x
    with np.errstate(divide="ignore", invalid="ignore"):
        prior = np.where(m > 0, np.log(a) - np.log(b + m - 1.0), -np.inf)
    hidden = log_hidden(events, _log_share(alpha, t_x, T), k)
    return np.asarray(prior + events * np.log1p((T - t_x) / (alpha + t_x)) - hidden)


def log_hidden(events: Any, log_share: Any, k: int) -> Floats:
    """Ln S, S the sum over j < k of (events)ⱼ / j! · shareʲ: j hidden events since the last seen.

    By Horner's rule in logarithms, so that nothing overflows.
    """
    total = np.zeros(np.broadcast_shapes(np.shape(events), np.shape(log_share)))
    for j in range(k - 1, 0, -1):
        total = np.logaddexp(0.0, np.log((events + (j - 1.0)) / j) + log_share + total)
    return total


def log_hidden_shares(events: Any, log_share: Any, k: int) -> list[Floats]:
    """Ln P(j hidden events since the last purchase | alive), for j = 0 … k - 1."""
    terms = _log_terms(events, log_share, k)
    total = log_hidden(events, log_share, k)
    return [term - total for term in terms]


def _hidden_events(events: Floats, log_share: Floats, k: int) -> tuple[Floats, Floats, Floats]:
    """Ln S, and the means of j and of d ln((events)ⱼ)/d events over the hidden events."""
    if k == 1:
        zero = np.zeros(len(log_share))
        return zero, zero, zero
    terms = np.stack(_log_terms(events, log_share, k))
    top = terms.max(axis=0)
    shares = np.exp(terms - top)
    total = shares.sum(axis=0)
    j = np.arange(float(k))
    steps = 1.0 / (events + j[:-1, None])
    # P(more than i hidden events) weighs the i-th step of both sums.
    beyond = np.cumsum(shares[:0:-1], axis=0)[::-1] / total
    return top + np.log(total), beyond.sum(axis=0), (beyond * steps).sum(axis=0)


def _log_terms(events: Any, log_share: Any, k: int) -> list[Floats]:
    terms = [np.zeros(np.broadcast_shapes(np.shape(events), np.shape(log_share)))]
    for j in range(1, k):
        terms.append(terms[-1] + np.log((events + (j - 1.0)) / j) + log_share)
    return terms


def _log_share(alpha: Any, t_x: Floats, T: Floats) -> Floats:
    """ln((T - t_x) / (alpha + T)); minus infinity right after a purchase."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(T - t_x) - np.log(alpha + T))
