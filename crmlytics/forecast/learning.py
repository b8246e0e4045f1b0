"""What a forecaster learns of a panel, from its parameters to the table of forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from crmlytics.forecast import _options, calendar_effects
from crmlytics.forecast.combination import all_methods
from crmlytics.forecast.intervals import Bounds, check_levels, series_bounds
from crmlytics.forecast.outliers import Unusual, find_unusual
from crmlytics.forecast.panel_fits import PanelFit, Settings, fit_panel
from crmlytics.forecast.series_kinds import span
from crmlytics.forecast.statuses import series_status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._panel import Panel
    from crmlytics.forecast.forecaster import SalesForecaster

_SEASON_LENGTHS = {"D": 7, "W": 52, "M": 12, "Q": 4, "Y": 1}


class Learnt(NamedTuple):
    """A panel with its fit, bounds and statuses, and what is known of the periods to come.

    `holidays_ahead` is of shape (horizon, n_holidays); `floor` of shape (n_series, 1).
    """

    panel: Panel
    fit: PanelFit
    bounds: Bounds
    status: NDArray[Any]
    unusual: Unusual | None
    cleaned: bool
    season_length: int
    members: tuple[str, ...]
    levels: dict[str, float]
    regressors: tuple[str, ...]
    holidays: tuple[str, ...]
    holidays_ahead: NDArray[np.float64]
    floor: NDArray[np.float64]


def learn(forecaster: SalesForecaster, panel: Panel, *, like: Any) -> Learnt:
    """Forecast a panel that was read, as the parameters of `forecaster` say."""
    levels = check_levels(forecaster.levels)
    members = _options.member_names(forecaster.members)
    season_length = forecaster.season_length or _SEASON_LENGTHS[panel.unit]
    days = calendar_effects.read_holidays(forecaster.holidays)
    n_series, n = panel.values.shape
    holidays = calendar_effects.holiday_counts(
        days, start=panel.start, n=n + forecaster.horizon, unit=panel.unit
    )
    shared = np.broadcast_to(holidays[:n], (n_series, n, len(days)))
    known = np.concatenate([panel.regressors, shared], axis=2)
    settings = Settings(
        horizon=forecaster.horizon,
        season_length=season_length,
        members=members,
        combine=forecaster.combine,
        boosting=forecaster.boosting,
        clean=forecaster.outliers == "clean",
        seed=_options.generator(forecaster.random_state),
    )
    fit = fit_panel(panel.values, known, settings, like=like)
    _, last = span(panel.values)
    behind = np.where(last < 0, 0, n - 1 - last)
    watched = forecaster.outliers != "keep"
    return Learnt(
        panel=panel,
        fit=fit,
        bounds=series_bounds(fit, panel.values, behind, levels),
        status=series_status(panel.values, fit.kind, fit.refused),
        unusual=find_unusual(panel.values, season_length) if watched else None,
        cleaned=settings.clean,
        season_length=season_length,
        members=all_methods(members),
        levels=levels,
        regressors=tuple(forecaster.regressors),
        holidays=tuple(days),
        holidays_ahead=holidays[n:],
        floor=_floor(panel.values, forecaster.non_negative),
    )


def forecast_table(learnt: Learnt, known: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Forecast and bounds, each of shape (n_series, horizon).

    `known` holds the regressors ahead, of shape (n_series, horizon, n_regressors).
    """
    shared = np.broadcast_to(learnt.holidays_ahead, (len(known), *learnt.holidays_ahead.shape))
    ahead = np.concatenate([known, shared], axis=2)
    added = (ahead * learnt.fit.effects[:, None, :]).sum(axis=2)
    table = {"forecast": learnt.fit.forecast}
    for percent in learnt.levels:
        table[f"low_{percent}"] = learnt.bounds.low[percent]
        table[f"high_{percent}"] = learnt.bounds.high[percent]
    return {name: np.maximum(each + added, learnt.floor) for name, each in table.items()}


def _floor(values: NDArray[np.float64], non_negative: Literal["auto"] | bool) -> Any:
    """Lowest value that a forecast of each series may take."""
    clip: Any = ~(values < 0).any(axis=1) if non_negative == "auto" else non_negative
    return np.where(np.broadcast_to(clip, len(values)), 0.0, -np.inf)[:, None]
