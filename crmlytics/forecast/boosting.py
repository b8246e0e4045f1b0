"""One gradient-boosting model that learns from all series what follows what."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.forecast.series_kinds import span

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Series from which ``boosting="auto"`` learns a global model.
FEWEST_SERIES = 50

#: Most training rows; where there are more, whole moments of series are drawn at random.
MOST_ROWS = 300_000

_TREES, _RATE, _LEAVES, _LEAST_PER_LEAF = 120, 0.08, 63, 50
_MOST_LAGS = 13
_CLIP = 5.0
_SERIES_AT_ONCE = 2048


class GlobalModel(NamedTuple):
    """A fitted regressor with what its features need."""

    regressor: Any
    season_length: int
    horizon: int


def learn_and_predict(
    learnt_from: NDArray[np.float64],
    told: NDArray[np.float64],
    *,
    season_length: int,
    horizon: int,
    library: str,
    random_state: np.random.Generator,
) -> NDArray[np.float64]:
    """Forecast the series `told` by a model of the series `learnt_from`, NaN where it cannot."""
    nothing = np.full((len(told), horizon), np.nan)
    if not len(told) or not len(learnt_from):
        return nothing
    model = fit_global(
        learnt_from, season_length=season_length, horizon=horizon, library=library,
        random_state=random_state,
    )  # fmt: skip
    return nothing if model is None else predict_global(model, told)


def fit_global(
    values: NDArray[np.float64],
    *,
    season_length: int,
    horizon: int,
    library: str,
    random_state: np.random.Generator,
) -> GlobalModel | None:
    """Learn from every few moments of every series; None where no moment can be learnt from.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        NaN where there is no value. Nothing beyond the last column is used, so a model for
        origins k periods back is fitted on the array without its last k columns.
    season_length, horizon : int
        Periods per season, periods ahead.
    library : {"sklearn", "lightgbm"}
        Whose gradient boosting.
    random_state : numpy Generator
        Draws the moments where there are more than the cap of rows.

    Notes
    -----
    One model serves all horizons; the horizon is a feature. At a moment, everything is divided by
    the mean of the last season: the target, clipped to +-5, and the last lags; so that large and
    small series are comparable. The loss is the absolute error. Moments lie nearly half a season
    apart over the last six seasons (5 months, so that all months occur); a target that is not
    known yet is absent, never filled.

    References
    ----------
    Montero-Manso, P. and Hyndman, R. J. (2021). Principles and algorithms for forecasting groups
    of time series: locality and globality. International Journal of Forecasting 37, 1632-1653.
    """
    pairs = _moments(values, season_length)
    most = max(MOST_ROWS // horizon, 1)
    if len(pairs) > most:
        pairs = pairs[np.sort(random_state.choice(len(pairs), most, replace=False))]
    if not len(pairs):
        return None
    series, column = pairs.T
    features, level = _features(values, series, column, season_length)
    ahead = column[:, None] + 1 + np.arange(horizon)
    known = ahead < values.shape[1]
    target = values[series[:, None], np.minimum(ahead, values.shape[1] - 1)]
    target = np.where(known, target, np.nan) / level[:, None]
    x, y = _rows(values, features, series, column, level, season_length, horizon), target.ravel()
    there = np.isfinite(y)
    if there.sum() < 2 * _LEAST_PER_LEAF:
        return None
    regressor = _regressor(library, int(random_state.integers(2**31)))
    regressor.fit(x[there], np.clip(y[there], -_CLIP, _CLIP))
    return GlobalModel(regressor, season_length, horizon)


def predict_global(model: GlobalModel, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forecast each series past the last column; NaN where it is too young for the features."""
    result = np.full((len(values), model.horizon), np.nan)
    m, last = model.season_length, values.shape[1] - 1
    for start in range(0, len(values), _SERIES_AT_ONCE):
        part = values[start : start + _SERIES_AT_ONCE]
        usable = np.flatnonzero(_usable(part, m)[:, last])
        if len(usable):
            column = np.full(len(usable), last)
            features, level = _features(part, usable, column, m)
            x = _rows(part, features, usable, column, level, m, model.horizon)
            found = model.regressor.predict(x).reshape(len(usable), -1)
            result[start + usable] = found * level[:, None]
    return result


def _regressor(library: str, seed: int) -> Any:
    if library == "lightgbm":
        lightgbm = checks.optional_module("lightgbm", needed_for="boosting='lightgbm'")
        return lightgbm.LGBMRegressor(
            objective="mae", n_estimators=2 * _TREES, learning_rate=_RATE, num_leaves=_LEAVES,
            min_child_samples=_LEAST_PER_LEAF, random_state=seed, deterministic=True,
            force_row_wise=True, verbose=-1,
        )  # fmt: skip
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        loss="absolute_error", max_iter=_TREES, learning_rate=_RATE, max_leaf_nodes=_LEAVES,
        min_samples_leaf=_LEAST_PER_LEAF, early_stopping=False, random_state=seed,
    )  # fmt: skip


def _moments(values: NDArray[np.float64], m: int) -> NDArray[np.int64]:
    """(series, column) pairs to learn from: each column is the last that is known."""
    n = values.shape[1]
    # No divisor in common with the season, so that every place in it is learnt from.
    step = next(k for k in range(max(m // 2, 1), 0, -1) if math.gcd(k, m) == 1)
    back = np.arange(1, max(6 * m, 12) + 1, step)
    columns = n - 1 - back[back < n]
    usable = _usable(values, m)
    series, place = np.nonzero(usable[:, columns])
    return np.stack([series, columns[place]], axis=1)


def _usable(values: NDArray[np.float64], m: int) -> NDArray[np.bool_]:
    """Columns with a level above 0, a value of their own and a season and a half behind them."""
    level = _level(values, m)
    first, _ = span(values)
    old = np.arange(values.shape[1]) - first[:, None] >= m + m // 2
    return np.asarray(old & (level > 0) & np.isfinite(values))


def _level(values: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """Mean of the last m known values at each column, NaN where fewer than half are known."""
    seen = np.isfinite(values)
    total = np.cumsum(np.where(seen, values, 0.0), axis=1)
    count = np.cumsum(seen, axis=1)
    total[:, m:], count[:, m:] = total[:, m:] - total[:, :-m], count[:, m:] - count[:, :-m]
    enough = count >= max((m + 1) // 2, 1)
    return np.asarray(np.divide(total, count, out=np.full(values.shape, np.nan), where=enough))


def _features(
    values: NDArray[np.float64], series: NDArray[np.int64], column: NDArray[np.int64], m: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is known of a moment, and its level."""
    width = max(2 * m, _MOST_LAGS)
    back = column[:, None] - np.arange(width)
    window = np.where(back >= 0, values[series[:, None], np.maximum(back, 0)], np.nan)
    level = _mean(window[:, :m])
    scaled = window / level[:, None]
    lags = scaled[:, : min(m + 1, _MOST_LAGS)]
    before = _mean(scaled[:, m : 2 * m])
    change = np.abs(np.diff(scaled, axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        growth = -np.log(np.where(before > 0, before, np.nan))
        same_place = np.where(scaled[:, m - 1] != 0, scaled[:, 0] / scaled[:, m - 1], np.nan)
    others = (growth, _mean(change), _mean(scaled[:, :3]), same_place)
    return np.column_stack([lags, *others]), level


def _rows(
    values: NDArray[np.float64],
    features: NDArray[np.float64],
    series: NDArray[np.int64],
    column: NDArray[np.int64],
    level: NDArray[np.float64],
    m: int,
    horizon: int,
) -> NDArray[np.float64]:
    """One row for each moment and period ahead: the moment, how far, and the same season before."""
    step = np.arange(1, horizon + 1)
    seasons = -(-step // m)
    once = column[:, None] + step - seasons * m
    last = _value(values, series, once) / level[:, None]
    cycle = _mean(_value(values, series, column[:, None] - m - np.arange(m)))[:, None]
    cycle = np.where(cycle > 0, cycle, np.nan)
    twice = _value(values, series, once - m) / cycle
    wide = np.repeat(features, horizon, axis=0)
    ahead = np.tile(step.astype(np.float64), len(features))
    return np.column_stack([wide, ahead, last.ravel(), twice.ravel()])


def _value(
    values: NDArray[np.float64], series: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.float64]:
    found = values[series[:, None], np.maximum(column, 0)]
    return np.where(column >= 0, found, np.nan)


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    seen = np.isfinite(values)
    n = seen.sum(axis=1)
    total = np.where(seen, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0))
