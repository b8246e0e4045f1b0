"""Discounted purchases ahead with Erlang-k times between them, of a customer who is alive now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

from crmlytics.clv._cnbd_maths import log_hidden
from crmlytics.clv._gamma_ratios import log_beta_growth
from crmlytics.clv._smooth_sums import smooth_sum

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

_RATE_NODES = 240
_TIME_NODES = 64  # of each of two parts
_ROWS = 1_000  # at most so many rows in memory at once


def for_ever(rate: float, r: Any, alpha: Any, silence: Any, a: Any, b: Any, *, k: int) -> Floats:
    r"""Discount all purchases to come at the continuous `rate` δ above 0.

    Notes
    -----
    The n-th purchase comes nk - j hidden events from now, each of which is worth
    y = λ / (λ + δ) of the one before:

    .. math:: \sum_{n \ge 1} \frac{B(a, b+n-1)}{B(a, b)} E_{\lambda, j}[y^{nk-j}],

    the mean over the rate λ by the trapezoid rule in ln λ, which converges geometrically.
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
    worth = -k * np.log1p(rate / rates)  # ln y^k

    def term(rows: Indices, n: Floats) -> Floats:
        staying = np.exp(log_beta_growth(a[rows, None], b[rows, None], n - 1.0))
        some, weight = worth[rows], weights[rows]
        means = [(weight * np.exp(some * column[:, None])).sum(axis=1) for column in n.T]
        return np.asarray(staying * np.stack(means, axis=1))

    spread = np.sqrt(np.maximum(r, 1.0)) / (k * alpha * rate)
    return np.asarray(
        smooth_sum(term, first=1.0, width=lambda rows, _: spread[rows], n_rows=len(r))
    )


def _rates(rate: float, r: Floats, alpha: Floats, silence: Floats, k: int) -> tuple[Floats, Floats]:
    """Nodes λ and weights of the mean over λ and the j hidden events, each weighted with y^-j."""
    centre = np.log(r / alpha)
    low = centre - np.sqrt(100.0 / r) - 50.0 / r
    # Where λ is far below δ, nothing is worth anything.
    worthless = np.minimum(centre, np.log(rate)) - np.sqrt(100.0 / (r + 1.0)) - 50.0 / (r + 1.0)
    low = np.maximum(low, worthless)
    size = r + 2.0 * k
    high = np.log((size + 10.0 * np.sqrt(2.0 * size) + 60.0) / alpha)
    step = (high - low) / (_RATE_NODES - 1)
    logs = low[:, None] + step[:, None] * np.arange(_RATE_NODES)
    rates = np.exp(logs)
    density = (
        r[:, None] * (logs + np.log(alpha)[:, None]) - alpha[:, None] * rates - gammaln(r)[:, None]
    )
    with np.errstate(divide="ignore"):
        hidden = log_hidden(r, np.log(silence / alpha), k)
        gaps = np.log((rates + rate) * silence[:, None])
    ways = np.zeros(rates.shape)
    for j in range(k - 1, 0, -1):
        ways = np.logaddexp(0.0, gaps - np.log(j) + ways)
    return rates, step[:, None] * np.exp(density + ways - hidden[:, None])
