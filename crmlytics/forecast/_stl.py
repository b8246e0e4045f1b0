"""One series into trend, seasons and remainder by STL, gaps bridged by what was found so far."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rounds of filling gaps by trend and season and decomposing anew; later ones move little.
_ROUNDS = 4
# Fewer than half of the values tell no season.
_LEAST_KNOWN = 0.5
# Remainders of a series that trend and season explain to the last digit, of a reach of 1.
_EXACT = 1e-9


class Components(NamedTuple):
    """Trend and seasons [season, period] of one series, and the word for how that went."""

    trend: NDArray[np.float64]
    seasons: NDArray[np.float64]
    status: str


def stl_components(
    values: NDArray[np.float64], season_lengths: tuple[int, ...], window: int, *, robust: bool
) -> Components:
    """Decompose one series whose ends are known; NaN inside is a gap."""
    known = np.isfinite(values)
    nothing = np.full(len(values), np.nan)
    refused = Components(nothing, np.tile(nothing, (len(season_lengths), 1)), "short")
    if len(values) < 2 * max(season_lengths):
        return refused
    if known.mean() < _LEAST_KNOWN or not _every_season(known, max(season_lengths)):
        return refused._replace(status="gaps")
    place = np.arange(len(values))
    filled = np.interp(place, place[known], values[known])
    trend, seasons = _fit(filled, season_lengths, window, robust=robust)
    if known.all():
        return Components(trend, seasons, "ok")
    for _ in range(_ROUNDS):
        filled = np.where(known, values, trend + seasons.sum(axis=0))
        trend, seasons = _fit(filled, season_lengths, window, robust=robust)
    return Components(trend, seasons, "filled")


def _every_season(known: NDArray[np.bool_], m: int) -> bool:
    """Whether each season was seen at least twice."""
    season = np.arange(len(known)) % m
    return bool((np.bincount(season[known], minlength=m) >= 2).all())


def _fit(
    values: NDArray[np.float64], season_lengths: tuple[int, ...], window: int, *, robust: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # Scaled, so that sales in billions and in billionths are decomposed alike.
    centre = float(np.median(values))
    scale = float(np.abs(values - centre).max()) or 1.0
    scaled = (values - centre) / scale
    fit = _statsmodels(scaled, season_lengths, window, robust=False)
    # Robust weights compare remainders with their median; of rounding errors they are a lottery.
    if robust and np.abs(fit.resid).max() > _EXACT:
        fit = _statsmodels(scaled, season_lengths, window, robust=True)
    trend = np.asarray(fit.trend) * scale + centre
    seasons = np.atleast_2d(np.asarray(fit.seasonal).T) * scale
    return trend, seasons


def _statsmodels(
    values: NDArray[np.float64], season_lengths: tuple[int, ...], window: int, *, robust: bool
) -> Any:
    from statsmodels.tsa.seasonal import MSTL, STL

    with warnings.catch_warnings():
        # A median remainder of 0 makes robust weights of 0 / 0, which count as 1.
        warnings.simplefilter("ignore", RuntimeWarning)
        if len(season_lengths) == 1:
            return STL(values, period=season_lengths[0], seasonal=window, robust=robust).fit()
        windows = tuple(window + 4 * i for i in range(len(season_lengths)))
        options = {"robust": robust}
        return MSTL(values, periods=season_lengths, windows=windows, stl_kwargs=options).fit()
