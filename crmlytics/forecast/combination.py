"""Which methods forecast which series, and how their forecasts become one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from crmlytics.forecast.members import MEMBERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Combine = Literal["mean", "pooled", "median"]

#: Methods for each kind of history when ``members="auto"``.
METHODS: dict[str, tuple[str, ...]] = {
    "single": ("seasonal_naive",),
    "constant": ("seasonal_naive",),
    "intermittent": ("sba", "tsb"),
    "short": ("exponential_smoothing", "damped_trend", "theta"),
    "regular": (
        "theta",
        "holt_winters_additive",
        "holt_winters_multiplicative",
        "holt_winters_log",
        "complex_smoothing",
    ),
}

#: Kinds that are forecast without a season of their own.
_SEASONLESS = ("single", "constant", "intermittent", "short")

#: Steps of the weights' descent: 200 bring the loss within a thousandth of its minimum.
_STEPS, _RATE = 200, 0.5
_FLOOR = 0.001


class Local(NamedTuple):
    """Forecasts of every row by its own history alone.

    `forecast` is of shape (n_rows, horizon), `fitted` of (n_rows, n_periods). `members` holds
    each method's forecasts, of shape (n_methods, n_rows, horizon), NaN where the row's kind does
    not use it. `refused` flags rows for which no method had a finite forecast.
    """

    forecast: NDArray[np.float64]
    fitted: NDArray[np.float64]
    members: NDArray[np.float64]
    refused: NDArray[np.bool_]


def methods_of(kind: str, members: tuple[str, ...] | None) -> tuple[str, ...]:
    """Methods for a kind of history; None leaves the choice to us."""
    if kind == "empty":
        return ()
    return METHODS[kind] if members is None or kind in ("single", "constant") else members


def all_methods(members: tuple[str, ...] | None) -> tuple[str, ...]:
    """Every method that some kind of history uses, each once."""
    kinds = ("regular", "short", "intermittent", "constant")
    return tuple(dict.fromkeys(name for kind in kinds for name in methods_of(kind, members)))


def forecast_rows(
    values: NDArray[np.float64],
    kind: NDArray[Any],
    *,
    members: tuple[str, ...] | None,
    season_length: int,
    horizon: int,
    combine: Combine,
) -> Local:
    """Forecast each row by the methods of its kind and combine them by mean or median.

    ``combine="pooled"`` is the mean here: weights need every row's forecasts first, and
    `weighted` applies them.
    """
    names = all_methods(members)
    every = np.full((len(names), len(values), horizon), np.nan)
    fitted = np.full((len(names), *values.shape), np.nan)
    for name in np.unique(kind):
        at = np.flatnonzero(kind == name)
        own = members is None or name in ("single", "constant")
        season = 1 if own and name in _SEASONLESS else season_length
        for method in methods_of(str(name), members):
            fit = MEMBERS[method](values[at], season_length=season, horizon=horizon)
            k = names.index(method)
            every[k, at] = np.where(np.isfinite(fit.forecast), fit.forecast, np.nan)
            fitted[k, at] = fit.fitted
    forecast = _centre(every, combine)
    refused = np.isnan(forecast).any(axis=1) & (kind != "empty")
    forecast[refused] = _last_value(values[refused])[:, None]
    return Local(forecast, _centre(fitted, combine), every, refused)


def pooled_weights(
    members: NDArray[np.float64], came: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights on the simplex that would have made the smallest mean absolute scaled error.

    Parameters
    ----------
    members : ndarray of shape (n_methods, n_rows, horizon)
        Past forecasts.
    came : ndarray of shape (n_rows, horizon)
        What came, NaN where it is not known.
    scale : ndarray of shape (n_rows,)
        Unit of each row's error.

    Returns
    -------
    ndarray of shape (n_methods,)
        At least 0, sum 1; equal weights where nothing is known.

    Notes
    -----
    The loss is convex in the weights; exponentiated gradient descent (Kivinen and Warmuth, 1997)
    from equal weights with steps that shrink as 1/sqrt(t), the average of the steps' weights.

    References
    ----------
    Kivinen, J. and Warmuth, M. K. (1997). Exponentiated gradient versus gradient descent for
    linear predictors. Information and Computation 132, 1-63.
    """
    k = len(members)
    unit = np.where(scale > 0, scale, np.nan)[:, None]
    scaled, target = (members / unit).reshape(k, -1), (came / unit).ravel()
    known = np.isfinite(target) & np.isfinite(scaled).all(axis=0)
    equal = np.full(k, 1.0 / k)
    if not known.any():
        return equal
    scaled, target = scaled[:, known], target[known]
    weights, total = equal.copy(), np.zeros(k)
    for step in range(1, _STEPS + 1):
        slope = scaled @ np.sign(weights @ scaled - target) / len(target)
        slope -= slope.mean()
        size = np.abs(slope).max()
        if size > 0:
            weights = weights * np.exp(-_RATE / np.sqrt(step) * slope / size)
            weights /= weights.sum()
        total += weights
    return np.asarray(total / total.sum())


def series_weights(
    pooled: NDArray[np.float64],
    members: NDArray[np.float64],
    came: NDArray[np.float64],
    scale: NDArray[np.float64],
    series: NDArray[np.int64],
    n_series: int,
) -> NDArray[np.float64]:
    """Pooled weights leant, for each series, towards the methods that served it best.

    Of shape (n_series, n_methods): proportional to w_k (E_ki + 0.001)^-2, where E_ki is the mean
    absolute scaled error of method k at the origins of series i; the pooled weights themselves
    where a series has no origin.
    """
    unit = np.where(scale > 0, scale, np.nan)[:, None]
    error = np.abs(members - came) / unit
    result = np.tile(pooled, (n_series, 1))
    known = np.isfinite(error).all(axis=0)
    count = np.bincount(series, weights=known.sum(axis=1), minlength=n_series)
    total = np.stack(
        [np.bincount(series, np.where(known, each, 0.0).sum(axis=1), n_series) for each in error],
        axis=1,
    )
    there = count > 0
    result[there] *= (total[there] / count[there, None] + _FLOOR) ** -2.0
    return np.asarray(result / result.sum(axis=1, keepdims=True))


def weighted(members: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted mean of the methods, of those that have a forecast; weights (n_rows, n_methods)."""
    share = np.where(np.isfinite(members), weights.T[:, :, None], 0.0)
    total = share.sum(axis=0)
    summed = (np.where(np.isfinite(members), members, 0.0) * share).sum(axis=0)
    return np.asarray(np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0))


def _centre(every: NDArray[np.float64], combine: Combine) -> NDArray[np.float64]:
    if combine == "median":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # rows that no method forecasts
            return np.asarray(np.nanmedian(every, axis=0))
    known = np.isfinite(every)
    n = known.sum(axis=0)
    total = np.where(known, every, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0))


def _last_value(values: NDArray[np.float64]) -> NDArray[np.float64]:
    seen = np.isfinite(values)
    last = values.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    return np.asarray(values[np.arange(len(values)), last])
