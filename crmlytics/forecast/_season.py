"""Is there a season, and what are its indices: all series at once, gaps allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._member import MemberFit


class Season(NamedTuple):
    """Indices of each series by season of the period.

    Attributes
    ----------
    indices : ndarray of shape (n_series, season_length)
        Column j belongs to the period j + 1 past the end (and to all that lie whole seasons
        before it): factors of mean 1, or terms of mean 0. All 1 where there is no season.
    seasonal : ndarray of bool of shape (n_series,)
        Whether the series has a season.
    multiplicative : ndarray of bool of shape (n_series,)
        Whether the indices are factors.
    """

    indices: NDArray[np.float64]
    seasonal: NDArray[np.bool_]
    multiplicative: NDArray[np.bool_]

    def past(self, n_periods: int) -> NDArray[np.float64]:
        """Index of each of the last `n_periods` periods."""
        m = self.indices.shape[1]
        return self.indices[:, np.arange(-n_periods, 0) % m]

    def future(self, horizon: int) -> NDArray[np.float64]:
        """Index of each of the next `horizon` periods."""
        return self.indices[:, np.arange(horizon) % self.indices.shape[1]]

    def remove(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values without their season."""
        index = self.past(values.shape[1])
        return np.where(self.multiplicative[:, None], values / index, values - index)

    def restored(self, fit: MemberFit) -> MemberFit:
        """Forecasts and fitted values of adjusted series with their season."""
        past, future = self.past(fit.fitted.shape[1]), self.future(fit.forecast.shape[1])
        return fit._replace(
            forecast=self._restore(fit.forecast, future), fitted=self._restore(fit.fitted, past)
        )

    def _restore(
        self, adjusted: NDArray[np.float64], index: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return np.where(self.multiplicative[:, None], adjusted * index, adjusted + index)


def season_of(values: NDArray[np.float64], season_length: int) -> Season:
    """Test each series for a season and take its indices by classical decomposition.

    Notes
    -----
    A series of n values has a season of length m if n >= 3m and the autocorrelation at lag m
    exceeds 1.645 sqrt((1 + 2 sum_{i<m} r_i^2) / n) in size, as in Naive2 of the M competitions.
    The trend is the centred moving average (2 x m for even m); the index is the mean of value /
    trend over the periods of a season, brought to mean 1. Series with values that are not positive
    take differences of mean 0 instead. Gaps are filled by interpolation for a first pass, by the
    trend and season of that pass for a second; the means are over values alone.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 competition: 100,000 time
    series and 61 forecasting methods. International Journal of Forecasting 36, 54-74.
    """
    multiplicative = np.logical_not((values <= 0).any(axis=1))
    flat = np.where(multiplicative, 1.0, 0.0)[:, None] * np.ones(season_length)
    seasonal = has_season(values, season_length)
    if seasonal.any():
        for kind in (True, False):
            rows = np.flatnonzero(seasonal & (multiplicative == kind))
            if len(rows):
                flat[rows] = _indices(values[rows], season_length, multiplicative=kind)
    return Season(flat, seasonal, multiplicative)


def has_season(values: NDArray[np.float64], season_length: int) -> NDArray[np.bool_]:
    """Whether the autocorrelation at the season's lag is larger than chance makes it."""
    n = np.isfinite(values).sum(axis=1)
    if season_length < 2 or values.shape[1] <= season_length:
        return np.zeros(len(values), bool)
    centre = np.nanmean(values, axis=1, keepdims=True)
    apart = np.where(np.isfinite(values), values - centre, 0.0)
    total = (apart**2).sum(axis=1)
    total[total <= 1e-20 * n * centre[:, 0] ** 2] = np.inf  # constant but for rounding
    r = np.stack(
        [
            (apart[:, lag:] * apart[:, :-lag]).sum(axis=1) / total
            for lag in range(1, season_length + 1)
        ]
    )
    limit = 1.645 * np.sqrt((1 + 2 * (r[:-1] ** 2).sum(axis=0)) / np.maximum(n, 1))
    seasonal: NDArray[np.bool_] = (n >= 3 * season_length) & (np.abs(r[-1]) > limit)
    return seasonal


def _indices(values: NDArray[np.float64], m: int, *, multiplicative: bool) -> NDArray[np.float64]:
    seen = np.isfinite(values)
    first = seen.argmax(axis=1)
    inside = np.arange(values.shape[1]) >= first[:, None]
    filled = interpolated(values)
    index, trend = _one_pass(filled, values, inside, m, multiplicative=multiplicative)
    if not seen[inside].all():
        there = index[:, np.arange(-values.shape[1], 0) % m]
        expected = trend * there if multiplicative else trend + there
        filled = np.where(seen | ~np.isfinite(expected), filled, expected)
        index, _ = _one_pass(filled, values, inside, m, multiplicative=multiplicative)
    return index


def _one_pass(
    filled: NDArray[np.float64],
    values: NDArray[np.float64],
    inside: NDArray[np.bool_],
    m: int,
    *,
    multiplicative: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    trend = moving_average(np.where(inside, filled, np.nan), m)
    apart = values / trend if multiplicative else values - trend
    neutral = 1.0 if multiplicative else 0.0
    padding = np.full((len(values), -values.shape[1] % m), np.nan)
    by_season = np.concatenate([padding, apart], axis=1).reshape(len(values), -1, m)
    count = np.isfinite(by_season).sum(axis=1)
    total = np.where(np.isfinite(by_season), by_season, 0.0).sum(axis=1)
    index = np.where(count > 0, total / np.maximum(count, 1), neutral)
    mean = index.mean(axis=1, keepdims=True)
    return index / mean if multiplicative else index - mean, trend


def moving_average(filled: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """Centred moving average over one season; NaN where it reaches past either end."""
    n_series, n = filled.shape
    weights = np.full(m + 1, 1.0 / m) if m % 2 == 0 else np.full(m, 1.0 / m)
    if m % 2 == 0:
        weights[[0, -1]] /= 2
    half = len(weights) // 2
    trend = np.full((n_series, n), np.nan)
    if n >= len(weights):
        total = np.zeros((n_series, n - len(weights) + 1))
        for lag, weight in enumerate(weights):
            total += weight * filled[:, lag : lag + total.shape[1]]
        trend[:, half : half + total.shape[1]] = total
    return trend


def interpolated(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values with gaps filled by straight lines, the last value held; NaN before the first."""
    n = values.shape[1]
    seen, period = np.isfinite(values), np.arange(n)
    before = np.maximum.accumulate(np.where(seen, period, -1), axis=1)
    after = np.minimum.accumulate(np.where(seen, period, n)[:, ::-1], axis=1)[:, ::-1]
    after = np.where(after == n, before, after)
    left = np.take_along_axis(values, np.maximum(before, 0), axis=1)
    right = np.take_along_axis(values, np.maximum(after, 0), axis=1)
    share = (period - before) / np.maximum(after - before, 1)
    return np.where(before < 0, np.nan, np.where(seen, values, left + share * (right - left)))
