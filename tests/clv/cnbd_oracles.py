"""The slow obvious versions of the CNBD-k formulas, in 60 digits."""

from __future__ import annotations

import mpmath as mp

DIGITS = 60


def log_terms(x, t_x, T, r, alpha, a, b, *, k, first):
    """Logarithms of the likelihoods (alive at T, dropped out at t_x), without the gaps."""
    t_x, T, r, alpha, a, b = (mp.mpf(float(one)) for one in (t_x, T, r, alpha, a, b))
    whole = mp.loggamma(r + k * x) - mp.loggamma(r) + r * mp.log(alpha) - x * mp.loggamma(k)
    events = r + k * x
    hidden = mp.fsum(
        mp.rf(events, j) / mp.factorial(j) * ((T - t_x) / (alpha + T)) ** j for j in range(k)
    )
    alive = mp.log(hidden) - events * mp.log(alpha + T) + _log_beta(a, b + x + first)
    start = whole - _log_beta(a, b)
    if x + first == 0:
        return start + alive, -mp.inf
    gone = _log_beta(a + 1, b + x + first - 1) - events * mp.log(alpha + t_x)
    return start + alive, start + gone


def _log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def occasions(t, r, alpha, silence, *, k):
    """q → E[q ** (times that a k-th event comes in (0, t])], by the k-th roots of unity."""
    t, r, alpha, silence = (mp.mpf(float(one)) for one in (t, r, alpha, silence))
    share, z = silence / alpha, t / (alpha + t)
    roots = [mp.expjpi(mp.mpf(2) * i / k) for i in range(k)]

    def hidden(v):
        term = total = mp.mpf(1)
        for j in range(1, k):
            term = term * (r + j - 1) / j * v
            total += term
        return total

    start = hidden(share)

    def mean(q):
        s = mp.mpf(q) ** (mp.mpf(1) / k)
        total = mp.mpf(0)
        for root in roots:
            ratio = (1 - z) / (1 - z * s * root)
            weight = mp.fsum((s * root) ** -rest for rest in range(k)) / k
            total += mp.re(weight * ratio**r * hidden(share * s * root * ratio) / start)
        return total

    return mean


def over_dropout(function, a, b, *, nodes=400):
    """Mean of function(p, q = 1 - p) over p ~ Beta(a, b), by a doubly exponential rule."""
    a, b = mp.mpf(float(a)), mp.mpf(float(b))
    centre, width = mp.log(a / b), mp.sqrt(1 / a + 1 / b)
    low, high = mp.asinh((60 / a + 60) / width), mp.asinh((60 / b + 60) / width)
    step, total = (low + high) / nodes, mp.mpf(0)
    for i in range(nodes + 1):
        w = -low + step * i
        s = centre + width * mp.sinh(w)
        p, q = 1 / (1 + mp.exp(-s)), 1 / (1 + mp.exp(s))
        log_density = a * mp.log(p) + b * mp.log(q) - _log_beta(a, b)
        if log_density > -90:
            total += mp.exp(log_density) * function(p, q) * width * mp.cosh(w)
    return total * step


_LEAST = mp.mpf(10) ** -25  # nearer to 0 and 1, functions of q are as good as their limits


def expected_count(t, r, alpha, silence, a, b, *, k):
    with mp.workdps(DIGITS):
        mean = occasions(t, r, alpha, silence, k=k)

        def count(p, q):
            p, q = _inside(p, q)
            return (1 - mean(q)) / p

        return over_dropout(count, a, b)


def still_alive(t, r, alpha, silence, a, b, *, k):
    with mp.workdps(DIGITS):
        mean = occasions(t, r, alpha, silence, k=k)
        return over_dropout(lambda p, q: mean(_inside(p, q)[1]), a, b)


def _inside(p, q):
    if p < _LEAST:
        return _LEAST, 1 - _LEAST
    return (1 - _LEAST, _LEAST) if q < _LEAST else (p, q)


def discounted(rate, r, alpha, silence, a, b, *, k):
    """For ever: E[y^(k-j) / (1 - q y^k)] over rates and dropouts, y = λ / (λ + rate)."""
    with mp.workdps(20):
        rate, r, alpha, silence, a, b = (
            mp.mpf(float(one)) for one in (rate, r, alpha, silence, a, b)
        )
        hidden = mp.fsum(mp.rf(r, j) / mp.factorial(j) * (silence / alpha) ** j for j in range(k))

        def worth(s):
            events = mp.exp(s)
            y = events / (events + rate)
            ways = mp.fsum((events * silence / y) ** j / mp.factorial(j) for j in range(k))
            density = mp.exp(r * (s + mp.log(alpha)) - alpha * events - mp.loggamma(r))
            return density * ways * y**k * mp.hyp2f1(1, b, a + b, y**k)

        # The trapezoid rule: the integrand falls at both ends, so that it converges geometrically.
        centre = mp.log(r / alpha)
        low = centre - 32 / r - 9 / mp.sqrt(r)
        high = mp.log((r + 2 * k + 9 * mp.sqrt(r + 2 * k) + 40) / alpha)
        step = min(mp.mpf("0.2"), 1 / (4 * mp.sqrt(r)))
        nodes = int((high - low) / step)
        return step * mp.fsum(worth(low + step * i) for i in range(nodes + 1)) / hidden
