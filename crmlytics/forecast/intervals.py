"""Bounds of every series from its scale and the errors of what was forecast alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import checks, intervals
from crmlytics.forecast import conformal, new_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from crmlytics.forecast.conformal import Errors
    from crmlytics.forecast.panel_fits import PanelFit


class Bounds(NamedTuple):
    """Lower and upper bounds by percentage, each (n_series, horizon), and what they rest on."""

    low: dict[str, NDArray[np.float64]]
    high: dict[str, NDArray[np.float64]]
    n_residuals: NDArray[np.int64]


def check_levels(levels: Iterable[float]) -> dict[str, float]:
    """Return each level under its percentage as columns write it: ``{"80": 0.8}``."""
    try:
        checked = [checks.fraction("levels", level) for level in levels]
    except TypeError as error:
        raise ValueError(
            f"levels must be fractions in a sequence such as (0.8, 0.95), got {levels!r}"
        ) from error
    named = {f"{100 * level:g}": level for level in checked}
    if len(named) < len(checked):
        raise ValueError(f"levels must differ from each other, got {levels!r}")
    return named


def series_bounds(
    fit: PanelFit, values: NDArray[np.float64], behind: NDArray[np.int64], levels: dict[str, float]
) -> Bounds:
    """Bounds around each series' forecast.

    Parameters
    ----------
    fit : PanelFit
        Forecasts, scales and past errors.
    values : ndarray of shape (n_series, n_periods)
        The histories, for series that have none and lean on the others.
    behind : ndarray of shape (n_series,)
        Periods between a series' last value and the last column.
    levels : dict of str to float
        Levels by percentage.
    """
    horizon = fit.forecast.shape[1]
    ordered = sorted(levels, key=levels.__getitem__)
    low = {name: fit.forecast.copy() for name in levels}
    high = {name: fit.forecast.copy() for name in levels}
    n_residuals = np.zeros(len(fit.kind), np.int64)
    for kind in np.unique(fit.kind):
        at = np.flatnonzero(fit.kind == kind)
        if kind == "constant":
            continue
        errors = _errors_of(str(kind), fit.errors)
        n_residuals[at] = np.isfinite(errors[:, :1]).sum() if kind != "single" else 0
        made = [conformal.error_bounds(errors, levels[name]) for name in ordered]
        for name, bounds in zip(ordered, conformal.nested(made), strict=True):
            for side, bound in zip((low[name], high[name]), bounds, strict=True):
                side[at] += fit.scale[at, None] * _reached(bound, behind[at], horizon)
    unsure = fit.refused | (fit.kind == "single")
    for each in (*low.values(), *high.values()):
        each[unsure] = np.nan
    _launched(fit, values, levels, low, high)
    return Bounds(low, high, n_residuals)


def coverage_table(errors: Errors, levels: dict[str, float]) -> dict[str, NDArray[np.float64]]:
    """How often past values lay in intervals made from the errors of the other origins.

    Columns ``ahead`` (periods), ``level``, ``n`` (past forecasts judged), ``coverage`` and
    its Wilson interval at 95 %, ``low`` and ``high``.
    """
    judged = conformal.known_elsewhere(errors)
    n = judged.sum(axis=0).astype(np.float64)
    steps = np.arange(1, len(n) + 1)
    columns: dict[str, list[NDArray[np.float64]]] = {name: [] for name in _COVERAGE}
    for level in levels.values():
        inside = conformal.leave_one_origin_out(errors, level) & judged
        hits = inside.sum(axis=0).astype(np.float64)
        low, high = intervals.wilson(hits, n, level=0.95)
        share = np.divide(hits, n, out=np.full(len(n), np.nan), where=n > 0)
        parts = (steps, np.full(len(n), level), n.astype(np.int64), share, low, high)
        for name, part in zip(_COVERAGE, parts, strict=True):
            columns[name].append(part)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


_COVERAGE = ("ahead", "level", "n", "coverage", "low", "high")


def _errors_of(kind: str, errors: Errors) -> NDArray[np.float64]:
    """Errors of the same kind of history, of all kinds where it has none."""
    same = errors.group == kind
    return errors.scaled[same] if same.any() else errors.scaled


def _reached(
    bound: NDArray[np.float64], behind: NDArray[np.int64], horizon: int
) -> NDArray[np.float64]:
    """Bounds of the distance forecast over, which is longer for a series that ended before.

    Beyond the last distance known they grow with its square root, as those of a random walk.
    """
    distance = behind[:, None] + np.arange(1, horizon + 1)
    known = np.minimum(distance, horizon)
    return np.asarray(bound[known - 1] * np.sqrt(distance / known))


def _launched(
    fit: PanelFit,
    values: NDArray[np.float64],
    levels: dict[str, float],
    low: dict[str, NDArray[np.float64]],
    high: dict[str, NDArray[np.float64]],
) -> None:
    """Give a series without any value what the others sold when they were young."""
    empty = fit.kind == "empty"
    if not empty.any():
        return
    came = new_series.launches(values, fit.forecast.shape[1])
    fit.forecast[empty] = new_series.launch_quantiles(came, [0.5])[0]
    for name, level in levels.items():
        pair = new_series.launch_quantiles(came, [(1 - level) / 2, (1 + level) / 2])
        low[name][empty], high[name][empty] = pair
