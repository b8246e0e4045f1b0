"""A panel of series forecast at once: rows from all origins, methods, one combination, errors."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import spreading
from crmlytics.forecast import boosting, combination, new_series, origins
from crmlytics.forecast.conformal import Errors
from crmlytics.forecast.effects import regression_effects
from crmlytics.forecast.outliers import find_unusual
from crmlytics.forecast.series_kinds import kinds, scales

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlytics.forecast.origins import Rows

#: Most series whose past forecasts are made again for the intervals, drawn by `random_state`.
SAMPLE_SERIES = 500

_CHUNK = 1024


class Settings(NamedTuple):
    """What the forecaster was asked for, checked."""

    horizon: int
    season_length: int
    members: tuple[str, ...] | None
    combine: combination.Combine
    boosting: str | None
    clean: bool
    seed: np.random.Generator


class PanelFit(NamedTuple):
    """Everything learnt of a panel, in arrays.

    `forecast` (n_series, horizon) lacks the future effects of regressors, `effects`
    (n_series, n_regressors) tells their size. `weights` is (n_series, n_methods); boosting's
    share is apart.
    """

    kind: NDArray[Any]
    forecast: NDArray[np.float64]
    fitted: NDArray[np.float64]
    refused: NDArray[np.bool_]
    scale: NDArray[np.float64]
    effects: NDArray[np.float64]
    weights: NDArray[np.float64]
    boosted: NDArray[np.bool_]
    shaped: NDArray[np.bool_]
    errors: Errors


def fit_panel(
    values: NDArray[np.float64], regressors: NDArray[np.float64], settings: Settings, *, like: Any
) -> PanelFit:
    """Forecast every series from its end, and a sample of them from origins in its past.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        NaN where there is no value.
    regressors : ndarray of shape (n_series, n_periods, n_regressors)
        Known numbers of each period, without the future.
    settings : Settings
        What was asked for.
    like : frame
        A Spark frame has the cluster do the work.
    """
    now = origins.Rows(values, np.arange(len(values)), np.zeros(len(values), np.int64))
    past = _past(values, settings)
    rows = origins.Rows(*(np.concatenate(pair) for pair in zip(now, past, strict=True)))
    kind = kinds(rows.values, settings.season_length)
    shape = _shapes(rows, kind, settings, with_regressors=regressors.shape[2] > 0)
    local, effects, adjusted = _locally(rows, kind, shape, regressors, settings, like)
    n = len(values)
    forecast, weights = _combined(local, kind, rows, values, settings)
    forecast, boosted = _with_boosting(forecast, adjusted, kind, rows, settings)
    scale = _scales(rows.values, kind, settings.season_length)
    whole = forecast[n:] + _effects_ahead(effects[n:], regressors, past, settings.horizon)
    came = origins.what_came(values, past, settings.horizon)
    known = scale[n:] > 0
    scaled = (came - whole)[known] / scale[n:][known, None]
    return PanelFit(
        kind=kind[:n],
        forecast=forecast[:n],
        fitted=local.fitted[:n],
        refused=local.refused[:n],
        scale=scale[:n],
        effects=effects[:n],
        weights=weights,
        boosted=boosted[:n],
        shaped=np.asarray(np.isfinite(shape[:n]).all(axis=1)),
        errors=Errors(scaled, kind[n:][known], past.offset[known]),
    )


def _past(values: NDArray[np.float64], settings: Settings) -> Rows:
    """Rows of the sampled series at their origins."""
    n_values = np.isfinite(values).sum(axis=1)
    kind = kinds(values, settings.season_length)
    useful = np.flatnonzero((n_values > 3) & (kind != "constant"))
    if len(useful) > SAMPLE_SERIES:
        useful = np.sort(settings.seed.choice(useful, SAMPLE_SERIES, replace=False))
    regular = useful[kind[useful] == "regular"]
    judged = n_values[regular if len(regular) else useful]
    offsets = origins.choose_offsets(
        judged, horizon=settings.horizon, season_length=settings.season_length
    )
    return origins.roll_back(values, useful, offsets)


def _shapes(
    rows: Rows, kind: NDArray[Any], settings: Settings, *, with_regressors: bool
) -> NDArray[np.float64]:
    """Seasonal index of columns and horizon for short rows, NaN rows for those without one.

    Rows in the past see only the shape that was to be seen before the earliest origin.
    """
    n, m = rows.values.shape[1], settings.season_length
    result = np.full((len(rows.values), n + settings.horizon), np.nan)
    short = (kind == "short") & ~(rows.values < 0).any(axis=1)
    if with_regressors or settings.members is not None or not short.any():
        return result
    regular = (kind == "regular") & (rows.offset == 0)
    earliest = int(rows.offset.max(initial=0))
    for is_past, cut in ((False, n), (True, n - earliest)):
        at = np.flatnonzero(short & ((rows.offset > 0) == is_past))
        shape = new_series.pooled_shape(rows.values[regular][:, :cut], m) if len(at) else None
        if shape is not None:
            place = np.arange(n + settings.horizon) - rows.offset[at, None]
            result[at] = shape[place % m]
    return result


def _locally(
    rows: Rows,
    kind: NDArray[Any],
    shape: NDArray[np.float64],
    regressors: NDArray[np.float64],
    settings: Settings,
    like: Any,
) -> tuple[combination.Local, NDArray[np.float64], NDArray[np.float64]]:
    """Forecasts of each row by itself, effects of regressors, and the histories without them."""
    work = functools.partial(
        forecast_chunk,
        members=settings.members,
        season_length=settings.season_length,
        horizon=settings.horizon,
        combine=settings.combine,
        clean=settings.clean,
        keep=settings.combine == "pooled",
    )
    parts = spreading.map_chunks(work, _chunks(rows, kind, shape, regressors), like=like)
    axes = (0, 0, 1, 0, 0, 0)
    forecast, fitted, members, refused, effects, adjusted = (
        np.concatenate([part[i] for part in parts], axis=axis) for i, axis in enumerate(axes)
    )
    return combination.Local(forecast, fitted, members, refused), effects, adjusted


def forecast_chunk(
    values: NDArray[np.float64],
    kind: NDArray[Any],
    shape: NDArray[np.float64],
    regressors: NDArray[np.float64],
    *,
    members: tuple[str, ...] | None,
    season_length: int,
    horizon: int,
    combine: combination.Combine,
    clean: bool,
    keep: bool,
) -> tuple[NDArray[Any], ...]:
    """Forecast rows that need no other rows: what a Spark executor does, too."""
    index = np.where(np.isfinite(shape), shape, 1.0)
    n = values.shape[1]
    adjusted = values / index[:, :n]
    if clean:
        unusual = find_unusual(adjusted, season_length)
        able = unusual.outlier & (kind != "intermittent")[:, None]
        adjusted = np.where(able, unusual.expected, adjusted)
    effects = _effects(adjusted, kind, regressors, season_length)
    pull = (regressors * effects[:, None, :]).sum(axis=2)
    adjusted = adjusted - pull
    local = combination.forecast_rows(
        adjusted, kind, members=members, season_length=season_length, horizon=horizon,
        combine=combine,
    )  # fmt: skip
    kept = local.members * index[:, n:] if keep else local.members[:, :, :0]
    return (
        local.forecast * index[:, n:], (local.fitted + pull) * index[:, :n], kept, local.refused,
        effects, adjusted,
    )  # fmt: skip


def _effects(
    values: NDArray[np.float64],
    kind: NDArray[Any],
    regressors: NDArray[np.float64],
    season_length: int,
) -> NDArray[np.float64]:
    effects = np.zeros((len(values), regressors.shape[2]))
    able = np.flatnonzero((kind == "regular") | (kind == "short"))
    if effects.shape[1] and len(able):
        effects[able] = regression_effects(
            values[able], regressors[able], season_length=season_length
        )
    return effects


def _chunks(
    rows: Rows, kind: NDArray[Any], shape: NDArray[np.float64], regressors: NDArray[np.float64]
) -> Iterator[tuple[NDArray[Any], ...]]:
    for start in range(0, len(rows.values), _CHUNK):
        at = slice(start, start + _CHUNK)
        shifted = np.zeros((len(rows.series[at]), *regressors.shape[1:]))
        if regressors.shape[2]:
            column = np.arange(regressors.shape[1]) - rows.offset[at, None]
            shifted = regressors[rows.series[at, None], np.maximum(column, 0)]
            shifted[column < 0] = 0.0
        yield rows.values[at], kind[at], shape[at], shifted


def _combined(
    local: combination.Local,
    kind: NDArray[Any],
    rows: Rows,
    values: NDArray[np.float64],
    settings: Settings,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Combined forecasts of all rows, and each series' weights of the methods."""
    names = combination.all_methods(settings.members)
    n = len(values)
    equal = np.zeros((len(kind), len(names)))
    for name in np.unique(kind):
        own = combination.methods_of(str(name), settings.members)
        equal[np.ix_(kind == name, np.isin(names, own))] = 1 / max(len(own), 1)
    if settings.combine != "pooled":
        return local.forecast, equal[:n]
    learnt = np.flatnonzero((kind == "regular") & (rows.offset > 0))
    of_regular = np.isin(names, combination.methods_of("regular", settings.members))
    members = local.members[of_regular][:, learnt]
    past = origins.Rows(rows.values[learnt], rows.series[learnt], rows.offset[learnt])
    came = origins.what_came(values, past, settings.horizon)
    scale = _scales(past.values, kind[learnt], settings.season_length)
    pooled = combination.pooled_weights(members, came, scale)
    each = combination.series_weights(pooled, members, came, scale, past.series, n)
    regular = kind == "regular"
    # Past rows take the pooled weights: a series' own lean on the errors to be judged.
    equal[np.ix_(regular, of_regular)] = pooled
    now = regular & (rows.offset == 0)
    equal[np.ix_(now, of_regular)] = each[rows.series[now]]
    forecast = np.where(local.refused[:, None], local.forecast,
                        combination.weighted(local.members, equal))  # fmt: skip
    return forecast, equal[:n]


def _with_boosting(
    forecast: NDArray[np.float64],
    adjusted: NDArray[np.float64],
    kind: NDArray[Any],
    rows: Rows,
    settings: Settings,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Half the forecast from the global model, where it can say something.

    Origins get a model of their own, fitted on what the sampled series had before the earliest of
    them, so that no error is one of a value that the model had seen.
    """
    regular, now = kind == "regular", rows.offset == 0
    boosted = np.zeros(len(kind), bool)
    library = settings.boosting
    if library == "auto":
        many = (regular & now).sum() >= boosting.FEWEST_SERIES
        library = "sklearn" if many else None
    if library is None:
        return forecast, boosted
    forecast = forecast.copy()
    earliest = ~now & (rows.offset == rows.offset.max(initial=0))
    for told, learnt_from in ((now, now), (~now, earliest)):
        at = np.flatnonzero(told & regular)
        found = boosting.learn_and_predict(
            adjusted[learnt_from & regular], adjusted[at], season_length=settings.season_length,
            horizon=settings.horizon, library=library, random_state=settings.seed,
        )  # fmt: skip
        there = np.isfinite(found).all(axis=1)
        forecast[at[there]] = (forecast[at[there]] + found[there]) / 2
        boosted[at[there]] = True
    return forecast, boosted


def _scales(
    values: NDArray[np.float64], kind: NDArray[Any], season_length: int
) -> NDArray[np.float64]:
    """Unit of each row's errors: differences over a season, or over a period without one."""
    scale = scales(values, season_length)
    simple = kind != "regular"
    if season_length > 1 and simple.any():
        scale[simple] = scales(values[simple], 1)
    return scale


def _effects_ahead(
    effects: NDArray[np.float64], regressors: NDArray[np.float64], past: Rows, horizon: int
) -> NDArray[np.float64]:
    """What regressors added in the periods after each origin."""
    if not effects.shape[1]:
        return np.zeros((len(effects), horizon))
    n = regressors.shape[1]
    column = n - past.offset[:, None] + np.arange(horizon)
    ahead = regressors[past.series[:, None], np.minimum(column, n - 1)]
    return np.asarray((ahead * effects[:, None, :]).sum(axis=2))
