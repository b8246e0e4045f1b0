"""What are the indices of a season, as far as there is one: all series at once, gaps allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._member import MemberFit


#: Longer seasons have their Fourier pairs shrunk apart from the rest.
_SHORT_SEASON = 24
_N_PAIRS = 6
_SHRINKAGE = 2.0
_LEAST_SEASONS = 2.25
#: What a year weighs beside the year after it.
_FADING = 0.8
#: A year with gaps counts as a whole one from this share of its periods.
_WHOLE_YEAR = 0.8
#: Sum of squared deviations of indices, of values of order 1, that rounding makes.
_ROUNDING = 1e-24


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
        factors = np.where(self.multiplicative[:, None], index, 1.0)
        return np.where(self.multiplicative[:, None], values / factors, values - index)

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
    """Indices of each series' season by classical decomposition, shrunk as far as they are noise.

    Notes
    -----
    The trend is the centred moving average (2 x m for even m); the raw index is the mean of value /
    trend over the periods of a season, each year weighing 0.8 times the year after it, brought to
    mean 1. Series with values that are not positive
    take differences of mean 0 instead. Gaps are filled by interpolation for a first pass, by the
    trend and season of that pass for a second; the means are over values alone. Fading and
    shrinkage were chosen on rolling origins (benchmarks/choose_members.py).

    The deviations c of the m indices from 1 (or 0) are then shrunk like James and Stein's means:
    by max(0, 1 - 2 v (m - 1) / sum c^2), where v is the variance of an index as told by how the
    same season differs from year to year. The factor 2 is no theory, it was chosen on rolling
    origins (those differences are not independent). A series without a season so ends with none,
    and no test is needed. Series of fewer than two and a quarter seasons have none: no season then
    comes twice with a trend beside it.

    Seasons longer than 24 have their first six Fourier pairs shrunk by themselves, v being told by
    how these differ from year to year, and so the rest. Two seasons suffice; what is not in the
    pairs is then taken for noise.

    References
    ----------
    Miller, D. M. and Williams, D. (2003). Shrinkage estimators of time series seasonal factors and
    their effect on forecasting accuracy. International Journal of Forecasting 19, 669-684.
    """
    n = np.isfinite(values).sum(axis=1)
    multiplicative = np.logical_not((values <= 0).any(axis=1))
    flat = np.where(multiplicative, 1.0, 0.0)[:, None] * np.ones(season_length)
    least = _LEAST_SEASONS if season_length <= _SHORT_SEASON else 2
    long_enough = (n >= least * season_length) & (season_length > 1)
    for kind in (True, False):
        rows = np.flatnonzero(long_enough & (multiplicative == kind))
        if len(rows):
            flat[rows] = _indices(values[rows], season_length, multiplicative=kind)
    return Season(flat, (flat != flat[:, :1]).any(axis=1), multiplicative)


def _indices(values: NDArray[np.float64], m: int, *, multiplicative: bool) -> NDArray[np.float64]:
    seen = np.isfinite(values)
    inside = np.arange(values.shape[1]) >= seen.argmax(axis=1)[:, None]
    filled = interpolated(values)
    trend = moving_average(filled, m)
    if not seen[inside].all():
        by_season = _by_season(values, trend, m, multiplicative=multiplicative)
        there = _means(by_season, multiplicative=multiplicative)[:, np.arange(-len(seen[0]), 0) % m]
        expected = trend * there if multiplicative else trend + there
        trend = moving_average(np.where(seen | ~np.isfinite(expected), filled, expected), m)
    by_season = _by_season(values, trend, m, multiplicative=multiplicative)
    index, neutral = _means(by_season, multiplicative=multiplicative), float(multiplicative)
    if m <= _SHORT_SEASON:
        return neutral + _drawn_in(index - neutral, _variance(by_season)[0], m - 1)
    return neutral + _shrunk_waves(index - neutral, by_season)


def _by_season(
    values: NDArray[np.float64], trend: NDArray[np.float64], m: int, *, multiplicative: bool
) -> NDArray[np.float64]:
    """Values over or less trend, shape (n_series, years, m)."""
    apart = values / trend if multiplicative else values - trend
    padding = np.full((len(values), -values.shape[1] % m), np.nan)
    return np.concatenate([padding, apart], axis=1).reshape(len(values), -1, m)


def _means(by_season: NDArray[np.float64], *, multiplicative: bool) -> NDArray[np.float64]:
    """Weighted mean of each season over the years, brought to mean 1 or 0; neutral where none."""
    weight = _weights(by_season)
    own = weight.sum(axis=1)
    total = (weight * np.where(weight > 0, by_season, 0.0)).sum(axis=1)
    index = np.where(own > 0, total / np.where(own > 0, own, 1.0), float(multiplicative))
    mean: NDArray[np.float64] = index.mean(axis=1, keepdims=True)
    return index / mean if multiplicative else index - mean


def _weights(by_season: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight of each value: it fades with the years, for seasons change."""
    years_back = np.arange(by_season.shape[1])[::-1]
    return np.where(np.isfinite(by_season), _FADING ** years_back[:, None], 0.0)


def _variance(
    by_season: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Variance of an index, and whether the years are enough to tell."""
    weight, seen = _weights(by_season), np.isfinite(by_season)
    own = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), 1.0)
    mean = (weight * np.where(seen, by_season, 0.0)).sum(axis=1) / own
    apart = np.where(seen, by_season - mean[:, None], 0.0)
    n_effective = own**2 / np.maximum((weight**2).sum(axis=1), 1e-300)
    freedom = np.maximum(n_effective - 1, 0).sum(axis=1)
    # Weighted sums of squares, each brought to the count of values that it is worth.
    squares = ((weight * apart**2).sum(axis=1) * n_effective / own).sum(axis=1)
    variance = squares / np.where(freedom > 0, freedom, 1.0)
    return variance * (1 / np.maximum(n_effective, 1)).mean(axis=1), (
        freedom >= by_season.shape[2] // 2 - 1e-9
    )


def _shrunk_waves(
    apart: NDArray[np.float64], by_season: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Deviations of indices of a long season: the Fourier pairs and the rest, each drawn in."""
    smooth = _waves(apart)
    rough, free = apart - smooth, apart.shape[1] - 1 - 2 * _N_PAIRS
    variance, known = _variance(by_season)
    variance = np.where(known, variance, (rough**2).sum(axis=1) / free)
    # Levels wander: pairs differ more from year to year than single values tell.
    of_pairs = np.fmax(_wave_variance(by_season), variance)
    return _drawn_in(smooth, of_pairs, 2 * _N_PAIRS) + _drawn_in(rough, variance, free)


def _waves(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first Fourier pairs along the last axis."""
    waves = np.fft.rfft(apart, axis=-1)
    waves[..., 0] = waves[..., _N_PAIRS + 1 :] = 0
    smooth: NDArray[np.float64] = np.fft.irfft(waves, n=apart.shape[-1], axis=-1)
    return smooth


def _wave_variance(by_season: NDArray[np.float64]) -> NDArray[np.float64]:
    """Variance per pair's coefficient of the mean over years; NaN for less than two years."""
    m, seen = by_season.shape[2], np.isfinite(by_season)
    # Years from the middle of one to that of the next: the moving average leaves half of the ends.
    shifted = np.where(seen, by_season, 0.0).reshape(len(by_season), -1)[:, m // 2 : -(m - m // 2)]
    whole = seen.reshape(len(by_season), -1)[:, m // 2 : -(m - m // 2)]
    years, there = (each.reshape(len(by_season), -1, m) for each in (shifted, whole))
    full = there.mean(axis=2) > _WHOLE_YEAR
    count = full.sum(axis=1)
    centred = np.where(there, years - np.where(there, years, 0.0).sum(axis=2, keepdims=True)
                       / np.maximum(there.sum(axis=2, keepdims=True), 1), 0.0)  # fmt: skip
    waves = np.where(full[:, :, None], _waves(centred), 0.0)
    mean = waves.sum(axis=1, keepdims=True) / np.maximum(count, 1)[:, None, None]
    squares = (np.where(full[:, :, None], waves - mean, 0.0) ** 2).sum(axis=(1, 2))
    several = count > 1
    freedom = np.where(several, count * (count - 1) * 2 * _N_PAIRS, 1)
    return np.where(several, squares / freedom, np.nan)


def _drawn_in(
    apart: NDArray[np.float64], variance: NDArray[np.float64], free: int
) -> NDArray[np.float64]:
    size = (apart**2).sum(axis=1)
    noise = _SHRINKAGE * variance * free
    # A size that is rounding is no season.
    found = size > np.maximum(noise, _ROUNDING)
    kept = np.where(found, 1 - noise / np.where(found, size, 1.0), 0.0)
    return apart * kept[:, None]


def moving_average(filled: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """Centred moving average over one season; NaN where it reaches past either end."""
    n_series, n = filled.shape
    half, trend = m // 2, np.full((n_series, n), np.nan)
    if n <= 2 * half:
        return trend
    if m > _SHORT_SEASON:
        trend[:, half : n - half] = _by_sums(filled, m)
        return trend
    weights = np.full(2 * half + 1, 1.0 / m)
    if m % 2 == 0:
        weights[[0, -1]] /= 2
    total = np.zeros((n_series, n - 2 * half))
    for lag, weight in enumerate(weights):
        total += weight * filled[:, lag : lag + total.shape[1]]
    trend[:, half : n - half] = total
    return trend


def _by_sums(filled: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """The same from running sums: their rounding does not matter, and long windows cost nothing."""
    first = np.isfinite(filled).argmax(axis=1)
    sums = np.zeros((len(filled), filled.shape[1] + 1))
    np.cumsum(np.nan_to_num(filled), axis=1, out=sums[:, 1:])
    means = (sums[:, m:] - sums[:, :-m]) / m
    means[np.arange(means.shape[1]) < first[:, None]] = np.nan
    return means if m % 2 else (means[:, :-1] + means[:, 1:]) / 2


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
