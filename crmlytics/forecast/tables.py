"""Columns of the tables that tell what a forecast rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.forecast.series_kinds import span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast.learning import Learnt
    from crmlytics.forecast.panel_fits import PanelFit

#: Columns of the diagnostics after the series.
DIAGNOSTICS = (
    "status",
    "n_observations",
    "n_gaps",
    "n_outliers",
    "level_shift",
    "kind",
    "season",
    "boosted",
    "scale",
    "n_residuals",
    "first",
    "last",
)


class Columns(NamedTuple):
    """The caller's names of the date, the value and the series."""

    date: str
    value: str
    series: tuple[str, ...]


def diagnostics(learnt: Learnt) -> dict[str, NDArray[Any]]:
    """Return the columns `DIAGNOSTICS`, one entry per series.

    ``level_shift`` is the first period of a new level, null where there is none; ``kind`` is the
    kind of history that chose the methods; ``season`` is "own", "pooled" (the shape that other
    series share) or "none"; ``scale`` is the mean absolute difference over a season (over a
    period where there is no season), the unit of the errors; ``n_residuals`` the past forecasts
    behind the intervals.
    """
    panel, fit, status, unusual = learnt.panel, learnt.fit, learnt.status, learnt.unusual
    first, last = span(panel.values)
    n_observations = np.isfinite(panel.values).sum(axis=1)
    never = np.datetime64("NaT", "D")
    n_outliers = np.zeros(len(status), np.int64)
    shift = np.full(len(status), -1)
    if unusual is not None:
        rare = fit.kind == "intermittent"
        n_outliers = np.where(rare, 0, unusual.outlier.sum(axis=1))
        shift = np.where(rare, -1, unusual.shift)
    season = np.where(fit.shaped, "pooled", np.where(fit.kind == "regular", "own", "none"))
    columns = (
        status,
        n_observations,
        last + 1 - first - n_observations,
        n_outliers,
        np.where(shift >= 0, panel.dates(np.maximum(shift, 0)), never),
        fit.kind.astype(object),
        season.astype(object),
        fit.boosted,
        fit.scale,
        learnt.bounds.n_residuals,
        np.where(n_observations > 0, panel.dates(first), never),
        np.where(n_observations > 0, panel.dates(np.maximum(last, 0)), never),
    )
    return dict(zip(DIAGNOSTICS, columns, strict=True))


def weights(fit: PanelFit, members: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Columns ``series`` (position), ``member`` and ``weight`` of what each series used."""
    smoothing = fit.weights * np.where(fit.boosted, 0.5, 1.0)[:, None]
    every = np.column_stack([smoothing, np.where(fit.boosted, 0.5, 0.0)])
    series, k = np.nonzero(every)
    names = np.array([*members, "boosting"], object)
    return {"series": series, "member": names[k], "weight": every[series, k]}


def outliers(learnt: Learnt) -> dict[str, NDArray[Any]]:
    """Positions ``series`` and ``period`` of each outlier, its value, and what was expected."""
    values = learnt.panel.values
    flags, expected = np.zeros(values.shape, bool), values
    if learnt.unusual is not None:
        # Rare sales look like outliers among zeros, and are none.
        rare = learnt.fit.kind == "intermittent"
        flags, expected = learnt.unusual.outlier & ~rare[:, None], learnt.unusual.expected
    series, period = np.nonzero(flags)
    return {
        "series": series,
        "period": period,
        "value": values[series, period],
        "expected": expected[series, period],
        "cleaned": np.full(len(series), learnt.cleaned),
    }


def effects(learnt: Learnt) -> dict[str, NDArray[Any]]:
    """Positions ``series`` with ``regressor`` and ``effect``, one row per pair."""
    n_series, n_effects = learnt.fit.effects.shape
    names = np.array([*learnt.regressors, *learnt.holidays], object)
    return {
        "series": np.repeat(np.arange(n_series), n_effects),
        "regressor": np.tile(names, n_series),
        "effect": learnt.fit.effects.ravel(),
    }
