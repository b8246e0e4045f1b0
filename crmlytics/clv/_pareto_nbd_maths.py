"""The Pareto/NBD on arrays: likelihood with slopes, life and expected purchases.

While alive a customer buys at random times at the rate λ ~ Gamma(shape r, rate α) and leaves at
the rate μ ~ Gamma(shape s, rate β). ``parameters`` is (r, alpha, s, beta): numbers, or arrays
where covariates or draws make them vary. Of a customer are known ``x`` repeat purchases, the last
at the age ``t_x``, seen up to the age ``T``, all in one unit; a new customer is x = t_x = T = 0.
``t`` is the time ahead. Arrays broadcast.

References
----------
Schmittlein, D. C., Morrison, D. G. and Colombo, R. (1987). Counting your customers: who are they
and what will they do next? Management Science 33(1), 1-24.
Fader, P. S. and Hardie, B. G. S. (2005). A note on deriving the Pareto/NBD model and related
expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import digamma, gammaln

from crmlytics.clv._pareto_nbd_dropout import dropout_times, log_decay_integral
from crmlytics.clv._rows import per_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LARGE = 30.0


def value_and_slopes(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats
) -> tuple[Floats, Floats]:
    r"""Log-likelihood of each row, and its derivatives in ln r, ln alpha, ln s, ln beta.

    Notes
    -----
    .. math::

        L = \frac{\Gamma(r+x)}{\Gamma(r)} \alpha^r \beta^s \left[
        \frac{1}{(\alpha+T)^{r+x} (\beta+T)^s}
        + \int_{t_x}^T \frac{s \, d\tau}{(\alpha+\tau)^{r+x} (\beta+\tau)^{s+1}} \right] ,

    both terms relative to their values at :math:`t_x`, so that nothing overflows. The limits of
    the integral do not depend on the parameters. So the score is the mean, over the moments
    :math:`\tau` at which the customer may have left, of the score if that were known; a customer
    alive has :math:`\tau = T`:

    .. math::

        \partial_r &= \psi(r+x) - \psi(r) + \ln\alpha - E \ln(\alpha+\tau), \\
        \partial_\alpha &= r/\alpha - (r+x) \, E \, (\alpha+\tau)^{-1}, \\
        \partial_s &= \ln\beta - E \ln(\beta+\tau) + P(\text{gone})/s, \\
        \partial_\beta &= s/\beta - E \, (s + [\text{gone}]) (\beta+\tau)^{-1} .

    The means come from the same nodes as the integral.
    """
    r, alpha, s, beta = parameters
    a, b, left = alpha + t_x, beta + t_x, T - t_x
    times = dropout_times(r + x, a, s + 1.0, b, left)
    alive = -(r + x) * np.log1p(left / a) - s * np.log1p(left / b)
    gone = np.log(s / b) + times.log_integral
    total = np.logaddexp(alive, gone)
    gone, alive = np.exp(gone - total), np.exp(alive - total)
    rising, digammas = per_count(lambda n: np.stack(_of_count(r, n)), x, [r])
    passed_a, passed_b = np.log1p(t_x / alpha), np.log1p(t_x / beta)
    value = rising - x * np.log(a) - r * passed_a - s * passed_b + total

    log_a = gone * times.mean_log_a + alive * np.log1p(left / a)
    log_b = gone * times.mean_log_b + alive * np.log1p(left / b)
    share_a = gone * times.mean_share_a + alive * (left / (a + left))
    share_b = gone * (s + 1.0) * times.mean_share_b + alive * s * (left / (b + left))
    slopes = np.empty((4, len(x)))
    slopes[0] = r * (digammas - passed_a - log_a)
    slopes[1] = (r * t_x + alpha * ((r + x) * share_a - x)) / a
    slopes[2] = gone - s * (passed_b + log_b)
    slopes[3] = (s * t_x + beta * (share_b - gone)) / b
    return value, slopes


def log_odds_gone(parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the log-odds of having left by T; minus infinity right after a purchase."""
    r, alpha, s, beta = parameters
    a, b, left = alpha + t_x, beta + t_x, T - t_x
    alive = -(r + x) * np.log1p(left / a) - s * np.log1p(left / b)
    return np.asarray(np.log(s / b) + log_decay_integral(r + x, a, s + 1.0, b, left) - alive)


def log_alive(parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, t: Any) -> Floats:
    r"""Return the logarithm of the probability of being alive at T + t.

    Notes
    -----
    P(alive at T + t) = P(alive at T) :math:`\left(\frac{\beta+T}{\beta+T+t}\right)^s`. Finite
    even where the probability itself is below the smallest number.
    """
    _, _, s, beta = parameters
    now = -np.logaddexp(0.0, log_odds_gone(parameters, x, t_x, T))
    return np.asarray(now - s * np.log1p(t / (beta + T)))


def expected_purchases(
    parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats, t: Any
) -> Floats:
    r"""Return the expected number of purchases in (T, T + t].

    Notes
    -----
    .. math::

        E[Y(t)] = P(\text{alive}) \frac{(r+x)(\beta+T)}{\alpha+T}
        F\left(\ln\frac{\beta+T+t}{\beta+T}\right), \qquad
        F(u) = \frac{1 - e^{-(s-1)u}}{s-1} ,

    and F(u) = u at s = 1. For a new customer, of age 0, it is
    :math:`E[X(t)] = \frac{r \beta}{\alpha} F(\ln(1 + t/\beta))`.
    """
    r, alpha, s, beta = parameters
    alive = np.exp(log_alive(parameters, x, t_x, T, 0.0))
    return np.asarray(alive * ((r + x) / (alpha + T)) * mean_time(s, beta + T, t))


def mean_time(s: Any, b: Any, t: Any) -> Floats:
    """Mean time lived within the next `t` by a customer alive, b = beta + T: b F(ln(1 + t/b))."""
    power, u = np.asarray(s - 1.0), np.log1p(t / b)
    safe = np.where(power == 0.0, 1.0, power)
    return np.asarray(b * np.where(power == 0.0, u, -np.expm1(-safe * u) / safe))


def expected_ever(parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Return the expected number of purchases after T; infinite for s ≤ 1."""
    r, alpha, s, beta = parameters
    alive = np.exp(log_alive(parameters, x, t_x, T, 0.0))
    with np.errstate(divide="ignore"):
        lifetime = np.where(s > 1.0, (beta + T) / np.maximum(s - 1.0, 0.0), np.inf)
    return np.asarray(alive * ((r + x) / (alpha + T)) * lifetime)


def log_rising(r: Any, x: Any) -> Floats:
    """Return ``gammaln(r + x) - gammaln(r)`` without its loss of digits at a large r."""
    z = np.maximum(r, _LARGE)
    series = _stirling(z + x) - _stirling(z)
    far = (z + x - 0.5) * np.log1p(x / z) + x * np.log(z) - x + series
    return np.asarray(np.where(np.asarray(r) > _LARGE, far, gammaln(r + x) - gammaln(r)))


def _of_count(r: Any, n: Floats) -> tuple[Floats, Floats]:
    return log_rising(r, n), digamma(r + n) - digamma(r)


def _stirling(z: Any) -> Any:
    """Correction of Stirling's formula; the next term, 1/(1680 z⁷), is below 3e-14."""
    return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * z * z)) / (z * z)) / z
