"""Discounted purchases ahead with Erlang-k times between them, of a customer who is alive now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaln, expit, gammaln

from crmlytics.clv._cnbd_maths import log_hidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_RATE_NODES = 128
_DROPOUT_NODES = 200
_COARSE_NODES = 64  # that look where the rates are
_FALL = 36.0  # e^-36 of the greatest value is nothing against it
_HALVINGS = 40
_TIME_NODES = 64  # of each of two parts
_ROWS = 512  # so many rows are prepared together,
_CACHED_ROWS = 8  # and of so many all pairs of a rate and a dropout fit into the cache


def for_ever(rate: float, r: Any, alpha: Any, silence: Any, a: Any, b: Any, *, k: int) -> Floats:
    r"""Discount all purchases to come at the continuous `rate` δ above 0.

    Notes
    -----
    The n-th purchase comes nk - j hidden events from now, each of which is worth
    y = λ / (λ + δ) of the one before, and is reached with the probability (1 - p)^(n-1):

    .. math:: E_{\lambda, j, p} \left[ \sum_{n \ge 1} (1-p)^{n-1} y^{nk-j} \right]
        = E_{\lambda, j} \left[ y^{-j} E_p \frac{1}{v + p} \right], \quad v = y^{-k} - 1,

    both means by the trapezoid rule, in ln λ and in the log-odds of p, where it converges
    geometrically. 25,600 divisions per row.
    """
    arrays = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (r, alpha, silence, a, b))
    )
    shape, flat = arrays[0].shape, [one.reshape(-1) for one in arrays]
    found = [
        _for_ever(rate, [one[start : start + _ROWS] for one in flat], k)
        for start in range(0, len(flat[0]), _ROWS)
    ]
    return np.concatenate([*found, np.zeros(0)]).reshape(shape)


def up_to(
    horizon: float, expected: Callable[[Floats], Floats], *, r: Any, alpha: Any, rate: float, k: int
) -> Floats:
    r"""Discount the purchases in (0, `horizon`], of which `expected` gives the number up to u.

    Notes
    -----
    By parts, :math:`e^{-\delta H} C(H) + \delta \int_0^H e^{-\delta u} C(u) du`. Regular customers
    come at regular times for a while, so that C(u) has steps of the length kα / r; they are gone
    after about 2k of them. The steps and the rest have nodes of their own.
    """
    step = k * alpha / (r + k)
    end = np.log1p(horizon / step)
    middle = np.minimum(np.log1p(2.0 * k + 2.0), end)
    total: Floats = np.exp(-rate * horizon) * expected(np.full(len(step), horizon))
    for low, high in ((0.0 * end, middle), (middle, end)):
        if not (high > low).any():
            continue
        nodes, weights = np.polynomial.legendre.leggauss(_TIME_NODES)
        for node, weight in zip((nodes + 1.0) / 2.0, weights / 2.0, strict=True):
            u = step * np.expm1(low + (high - low) * node)
            share = rate * np.exp(-rate * u) * (step + u)
            total += weight * (high - low) * share * expected(u)
    return total


def _for_ever(rate: float, after: list[Floats], k: int) -> Floats:
    r, alpha, silence, a, b = after
    rates, weights = _rates(rate, r, alpha, silence, k)
    v = np.expm1(np.minimum(k * np.log1p(rate / rates), 690.0))
    return np.asarray((weights * _mean_worth(v, a, b)).sum(axis=1))


def _mean_worth(v: Floats, a: Floats, b: Floats) -> Floats:
    """Mean of 1 / (v + p) over p ~ Beta(a, b), with q = 1 - p, for `v` of shape (n_rows, nodes).

    It is (1 + E[q / (v + p)]) / (1 + v), whose integrand has no long tail at p → 1. For small a it
    would have one at p → 0: there E[q / (v + p)] is (E[q] - E[pq / (v + p)]) / v.
    """
    flat = a < 0.5
    power_p, power_q = a + flat, b + 1.0
    low, high = _dropout_range(power_p, power_q, v.min(axis=1))
    step = (high - low) / (_DROPOUT_NODES - 1)
    odds = low[:, None] + step[:, None] * np.arange(_DROPOUT_NODES)
    log_p, log_q = -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)
    p = np.exp(log_p)
    density = power_p[:, None] * log_p + power_q[:, None] * log_q - betaln(a, b)[:, None]
    mass = step[:, None] * np.exp(density)
    mean = np.empty(v.shape)
    for start in range(0, len(v), _CACHED_ROWS):
        some = slice(start, start + _CACHED_ROWS)
        worth = v[some, :, None] + p[some, None, :]
        np.reciprocal(worth, out=worth)
        mean[some] = np.matmul(worth, mass[some, :, None])[:, :, 0]
    mean = np.where(flat[:, None], ((b / (a + b))[:, None] - mean) / v, mean)
    return np.asarray((1.0 + mean) / (1.0 + v))


def _dropout_range(a: Floats, b: Floats, least: Floats) -> tuple[Floats, Floats]:
    """Log-odds of p between which p^a q^b / (v + p) is more than nothing, for v from `least` on."""
    centre, width = np.log(a / b), np.sqrt(1.0 / a + 1.0 / b)

    def density(odds: Floats) -> Floats:
        return np.asarray(-a * np.logaddexp(0.0, -odds) - b * np.logaddexp(0.0, odds))

    def with_least(odds: Floats) -> Floats:
        return np.asarray(density(odds) - np.log(least + expit(odds)))

    def rising(odds: Floats) -> Any:
        p = expit(odds)
        return expit(-odds) * (a - p / (least + p)) > b * p

    # All of them rise to one peak and fall; the least v has the lowest, the greatest the highest.
    peak = _last(rising, np.minimum(np.log(least), centre) - 5.0 - 2.0 / a, centre + 1.0)
    below = with_least(peak) - _FALL
    far = 9.0 * width + 1.0
    low = _last(lambda odds: with_least(odds) < below, peak - far - 1.2 * _FALL / a, peak)
    above = density(centre) - _FALL
    high = _last(lambda odds: density(odds) > above, centre, centre + far + 1.2 * _FALL / b)
    return low, high


def _last(holds: Callable[[Floats], Any], low: Floats, high: Floats) -> Floats:
    """Where what holds at `low` stops to hold, by bisection."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        good = holds(middle)
        low, high = np.where(good, middle, low), np.where(good, high, middle)
    return low


def _rates(rate: float, r: Floats, alpha: Floats, silence: Floats, k: int) -> tuple[Floats, Floats]:
    """Nodes λ and weights of the mean over λ and the j hidden events, each weighted with y^-j."""
    with np.errstate(divide="ignore"):
        log_silence = np.log(silence)[:, None]

    def density(logs: Floats) -> Floats:
        rates = np.exp(logs)
        gaps = np.log(rates + rate) + log_silence
        ways = np.zeros(logs.shape)
        for j in range(k - 1, 0, -1):
            ways = np.logaddexp(0.0, gaps - np.log(j) + ways)
        return np.asarray(r[:, None] * logs - alpha[:, None] * rates + ways)

    # Where λ is far below δ, nothing is worth anything.
    centre = np.log(r / alpha)
    low = centre - np.sqrt(100.0 / r) - 50.0 / r
    worthless = np.minimum(centre, np.log(rate)) - np.sqrt(100.0 / (r + 1.0)) - 50.0 / (r + 1.0)
    size = r + 2.0 * k
    high = np.log((size + 10.0 * np.sqrt(2.0 * size) + 60.0) / alpha)
    coarse, step = _grid(np.maximum(low, worthless), high, _COARSE_NODES)
    value = density(coarse) - k * np.log1p(rate * np.exp(-coarse))
    there = value > value.max(axis=1, keepdims=True) - _FALL
    rows = np.arange(len(r))
    first = coarse[rows, there.argmax(axis=1)]
    last = coarse[rows, _COARSE_NODES - 1 - there[:, ::-1].argmax(axis=1)]
    logs, fine = _grid(first - step, last + step, _RATE_NODES)
    with np.errstate(divide="ignore"):
        hidden = log_hidden(r, np.log(silence / alpha), k)
    whole = r * np.log(alpha) - gammaln(r) - hidden
    return np.exp(logs), fine[:, None] * np.exp(density(logs) + whole[:, None])


def _grid(low: Floats, high: Floats, n_nodes: int) -> tuple[Floats, Floats]:
    step = (high - low) / (n_nodes - 1)
    return low[:, None] + step[:, None] * np.arange(n_nodes), step
