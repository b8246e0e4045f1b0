"""Prediction intervals from the errors of past forecasts, pooled over series and origins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Errors(NamedTuple):
    """Past forecast errors in units of their series' scale, NaN where there is none.

    `group` puts alike what was forecast alike; `origin` tells the rows of one moment.
    """

    scaled: NDArray[np.float64]  # (n_rows, horizon)
    group: NDArray[np.str_]  # (n_rows,)
    origin: NDArray[np.int64]  # (n_rows,)


def error_bounds(scaled: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Lower and upper bound of the next error at each horizon, as array of shape (2, horizon).

    Parameters
    ----------
    scaled : ndarray of shape (n_rows, horizon)
        Past errors (actual minus forecast), NaN where unknown.
    level : float
        Probability that the bounds hold the next error.

    Notes
    -----
    Of N errors known at a horizon the k-th largest and the k-th smallest, with
    k = N + 1 - ceil((N + 1)(1 + level) / 2). If past and future errors are exchangeable they hold
    the next one with a probability of at least `level`. Where N is too small for that rank to
    exist, the bounds are -/+ t_N sd sqrt(1 + 1/N), Student's quantile with N degrees of freedom
    (at least half those of the horizon with most errors) and sd^2 = a + b (horizon - 1) fitted to
    all squared errors with a, b >= 0: the form that the variance of a local-level model has, which
    lends a long horizon the errors of the short ones.
    NaN without any error.

    References
    ----------
    Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic Learning in a Random World,
    section 2; Hyndman, R. J., Koehler, A. B., Ord, J. K. and Snyder, R. D. (2008). Forecasting
    with Exponential Smoothing, section 6.3 (the local-level model's variance).

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.conformal import error_bounds
    >>> error_bounds(np.arange(-4.5, 5.0)[:, None], 0.8)  # 10 errors: rank ceil(11 * 0.9) = 10
    array([[-4.5],
           [ 4.5]])
    """
    n = np.isfinite(scaled).sum(axis=0)
    rank = np.ceil((n + 1) * (1 + level) / 2 - 1e-9).astype(np.int64)
    enough = (rank <= n) & (n > 0)
    ordered = np.sort(scaled, axis=0)  # NaN last
    if not len(ordered):
        return np.full((2, scaled.shape[1]), np.nan)
    column = np.arange(scaled.shape[1])
    upper = ordered[np.where(enough, rank - 1, 0), column]
    lower = ordered[np.where(enough, n - rank, 0), column]
    reach = _student_reach(scaled, n, level)
    return np.array([np.where(enough, lower, -reach), np.where(enough, upper, reach)])


def leave_one_origin_out(errors: Errors, level: float) -> NDArray[np.bool_]:
    """Whether each known past error lay inside bounds made of the other origins' errors."""
    inside = np.zeros(errors.scaled.shape, bool)
    for group, origin in _moments(errors):
        same = errors.group == group
        out = same & (errors.origin == origin)
        low, high = error_bounds(errors.scaled[same & ~out], level)
        inside[out] = (errors.scaled[out] >= low) & (errors.scaled[out] <= high)
    return inside


def known_elsewhere(errors: Errors) -> NDArray[np.bool_]:
    """Errors that other origins of the same group can judge."""
    judged = np.zeros(errors.scaled.shape, bool)
    for group, origin in _moments(errors):
        same = errors.group == group
        out = same & (errors.origin == origin)
        judged[out] = np.isfinite(errors.scaled[out]) & bool((same & ~out).any())
    return judged


def nested(bounds: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Bounds of rising levels, each made at least as wide as the ones before, and around 0."""
    wide = np.zeros_like(bounds[0]) if bounds else np.empty(0)
    result = []
    for low, high in bounds:
        wide = np.array([np.minimum(low, wide[0]), np.maximum(high, wide[1])])
        result.append(wide)
    return result


def _moments(errors: Errors) -> list[tuple[str, int]]:
    return sorted(set(zip(errors.group.tolist(), errors.origin.tolist(), strict=True)))


def _student_reach(
    scaled: NDArray[np.float64], n: NDArray[np.int64], level: float
) -> NDArray[np.float64]:
    total = int(n.max(initial=0))
    if total == 0:
        return np.full(len(n), np.nan)
    # A long horizon borrows from the short ones, but not all of their certainty.
    freedom = np.maximum(n, (total + 1) // 2).astype(np.float64)
    variance = _variance(scaled, n)
    return np.asarray(stdtrit(freedom, (1 + level) / 2) * np.sqrt(variance * (1 + 1 / freedom)))


def _variance(scaled: NDArray[np.float64], n: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean squared error by horizon, smoothed to a line that does not fall."""
    square = np.where(np.isfinite(scaled), scaled, 0.0) ** 2
    mean = np.divide(square.sum(axis=0), n, out=np.zeros(len(n)), where=n > 0)
    ahead = np.arange(len(n), dtype=np.float64)
    weight = n / n.sum()
    centre, middle = float(weight @ ahead), float(weight @ mean)
    spread = float(weight @ (ahead - centre) ** 2)
    slope = float(weight @ ((ahead - centre) * (mean - middle))) / spread if spread > 0 else 0.0
    slope = max(slope, 0.0)
    start = middle - slope * centre
    if start < 0:  # the line through the origin, then
        start, slope = 0.0, float(weight @ (ahead * mean)) / max(float(weight @ ahead**2), 1e-300)
    if len(n) > 1 and spread == 0:  # one horizon only was ever seen: a random walk from there
        slope = middle / (centre + 1)
        start = slope
    return np.asarray(start + slope * ahead)
