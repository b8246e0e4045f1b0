"""Values far from their neighbours and seasons, and levels that moved for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.forecast.series_kinds import span

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A value farther than this many interquartile ranges beyond the quartiles is an outlier. Of
#: normal values 2 in a million are.
_RANGES = 3.0

#: A level shift is larger than this many standard deviations of the remainder.
_SHIFT = 4.0

#: A season is removed if values a season apart differ less than this share of what others do;
#: three values per place would fit noise, and make all the rest look wild.
_SEASONAL_SHARE = 0.6

#: Fewest values of which something can be said to be unusual.
_FEWEST = 8


class Unusual(NamedTuple):
    """What stands out in each series.

    `expected` is what neighbours and season suggest for each value; `outlier` flags values far
    from it; `shift` is the first column of a new level, -1 where there is none.
    """

    expected: NDArray[np.float64]
    outlier: NDArray[np.bool_]
    shift: NDArray[np.int64]


def find_unusual(values: NDArray[np.float64], season_length: int) -> Unusual:
    """Compare every value with the median of its neighbours and of its season.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        NaN where there is no value.
    season_length : int
        Periods per season.

    Notes
    -----
    Logarithms are taken of series without values of 0 or less. The trend is a running median
    over a season (at least 7 periods), the season the median remainder of each place in it (from
    three seasons on, and if it repeats; with fewer seasons the first and last half are not
    judged), and an outlier's remainder lies more than 3 interquartile ranges outside the
    quartiles, the rule of R's ``tsoutliers``. Medians do not follow a single value, however wild.
    Series of fewer than 8 values have no outliers.

    A level shift is where the median of the season after differs from that of the season before
    by more than its usual change and four standard deviations of the remainder: a new shop next
    door, a product delisted. It is reported, never removed.

    References
    ----------
    Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed.,
    section 13.9.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.outliers import find_unusual
    >>> sales = np.array([[20.0, 22, 21, 23, 20, 2100, 21, 22, 23, 21, 20, 22]])
    >>> found = find_unusual(sales, 1)
    >>> np.flatnonzero(found.outlier[0]), found.expected[0, 5].round(0)
    (array([5]), np.float64(22.0))
    """
    if not values.size:
        return Unusual(values.copy(), np.zeros(values.shape, bool), np.full(len(values), -1))
    logged = ~(values <= 0).any(axis=1)
    work = values.copy()
    work[logged] = np.log(values[logged])
    n_seen = np.isfinite(values).sum(axis=1)
    # A season from whole windows first: at the ends a half window would take it for a trend.
    seasonal = (season_length > 1) & (n_seen >= 3 * season_length)
    season = _season(work - _trend(work, season_length, whole=True), season_length)
    season[~seasonal] = 0.0
    smooth = _trend(work - season, season_length, whole=False)
    remainder = work - smooth - season
    low, high = _fences(remainder, np.where(season.any(axis=1), n_seen // season_length, 0))
    outlier = (remainder < low) | (remainder > high)
    judged = np.isfinite(_trend(work, season_length, whole=True)) | seasonal[:, None]
    outlier &= (judged | (season_length == 1)) & (n_seen >= _FEWEST)[:, None]
    expected = smooth + season
    expected[logged] = np.exp(expected[logged])
    shift = _shifts(np.where(outlier, smooth, work - season), remainder, season_length)
    return Unusual(expected, outlier, shift)


def _trend(work: NDArray[np.float64], season_length: int, *, whole: bool) -> NDArray[np.float64]:
    """Running median over a season; at the ends over what there is of it, or `whole` windows."""
    half = max(season_length, 6) // 2 if season_length <= 26 else 13
    padded = np.pad(work, ((0, 0), (half, half)), constant_values=np.nan)
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=1)
    trend = _median(views)
    if whole:
        first, last = span(work)
        column = np.arange(work.shape[1])
        inside = (column >= first[:, None] + half) & (column <= last[:, None] - half)
        trend = np.where(inside, trend, np.nan)
    return trend


def _season(detrended: NDArray[np.float64], season_length: int) -> NDArray[np.float64]:
    """Median of each place in the season, 0 for series whose neighbours differ no more."""
    m = season_length
    season = np.zeros_like(detrended)
    if m > 1 and detrended.shape[1] >= 2 * m:
        for place in range(m):
            middle = _median(detrended[:, place::m])
            season[:, place::m] = np.where(np.isfinite(middle), middle, 0.0)[:, None]
        season[~_repeats(detrended, m)] = 0.0
    return season


def _repeats(detrended: NDArray[np.float64], m: int) -> NDArray[np.bool_]:
    """Whether values a season apart lie much nearer to each other than others do."""
    lags = sorted({m, *range(1, m, max(m // 6, 1))})
    # Four fifths: a season may be two months of twelve, and outliers are fewer than a fifth.
    apart = [
        _quantiles(np.abs(detrended[:, lag:] - detrended[:, :-lag]), (0.8,))[0] for lag in lags
    ]
    others = np.mean(apart[:-1], axis=0)
    return np.asarray(apart[-1] < _SEASONAL_SHARE * others)


def _fences(
    remainder: NDArray[np.float64], n_seasons: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of what is usual; a median of few seasons takes part of the spread with it."""
    quartiles = _quantiles(remainder, (0.25, 0.75))
    reach = _RANGES * (quartiles[1] - quartiles[0])
    reach = np.where(n_seasons > 1, reach * n_seasons / np.maximum(n_seasons - 1, 1), reach)
    # A remainder that is mostly 0 has no range: then nothing is called an outlier for rounding.
    tiny = 1e-9 * (1 + np.abs(quartiles).max(axis=0))
    reach = np.maximum(reach, tiny)
    return (quartiles[0] - reach)[:, None], (quartiles[1] + reach)[:, None]


def _shifts(
    level: NDArray[np.float64], remainder: NDArray[np.float64], season_length: int
) -> NDArray[np.int64]:
    """Column at which the level moved most, where it moved more than it usually does."""
    width = min(max(season_length, 6), 26)
    n = level.shape[1]
    found = np.full(len(level), -1)
    if n < 3 * width:
        return found
    running = _median(np.lib.stride_tricks.sliding_window_view(level, width, axis=1))
    change = running[:, width:] - running[:, :-width]
    usual = _median(change)
    sd = 1.4826 * _median(np.abs(remainder))
    spread = 1.4826 * _median(np.abs(change - usual[:, None]))
    size = np.abs(change - usual[:, None])
    size = np.where(np.isfinite(size), size, -1.0)
    at = size.argmax(axis=1)
    large = size.max(axis=1) > _SHIFT * np.maximum(np.maximum(sd, spread), 1e-9)
    found[large] = at[large] + width
    return found


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median over the last axis without NaN; NaN where there is nothing."""
    return np.asarray(_quantiles(values, (0.5,))[0])


def _quantiles(values: NDArray[np.float64], shares: tuple[float, ...]) -> NDArray[np.float64]:
    """Quantiles over the last axis without NaN: numpy's own is a loop over the rows."""
    ordered = np.sort(values, axis=-1)
    n = np.isfinite(ordered).sum(axis=-1)
    result = []
    for share in shares:
        place = share * np.maximum(n - 1, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(n - 1, 0))
        low = np.take_along_axis(ordered, below[..., None], axis=-1)[..., 0]
        high = np.take_along_axis(ordered, above[..., None], axis=-1)[..., 0]
        result.append(low + (place - below) * (high - low))
    return np.array(result)
