"""What the other series tell of one that is too young to tell it itself."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast.series_kinds import span

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Series with two seasons or more from which a shape is pooled; fewer are too few.
FEWEST_SERIES = 10

_FEWEST_LAUNCHES = 5
_LOWEST_INDEX = 0.05


def pooled_shape(values: NDArray[np.float64], season_length: int) -> NDArray[np.float64] | None:
    """Seasonal index of each place in the season, the median over series; None if too few.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        Series with two seasons or more; those with values of 0 or less are left out.
    season_length : int
        Periods per season, m.

    Returns
    -------
    ndarray of shape (season_length,) or None
        Index of column 0, 1, ... modulo m; mean 1.

    Notes
    -----
    Each series is divided by its centred moving average over one season; the median of the ratios
    of a place is its index. The median over series keeps the season they share: where they
    disagree it is near 1, and does nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.new_series import pooled_shape
    >>> season = np.array([0.5, 1.0, 1.5, 1.0])
    >>> sales = np.arange(10.0, 22.0)[:, None] * np.tile(season, 4)
    >>> pooled_shape(sales, 4)
    array([0.5, 1. , 1.5, 1. ])
    """
    m = season_length
    if m < 2 or values.shape[1] < 2 * m:
        return None
    positive = values[~(values <= 0).any(axis=1)]
    if len(positive) < FEWEST_SERIES:
        return None
    ratio = positive[:, m // 2 : values.shape[1] - m // 2] / _moving_average(positive, m)
    place = (m // 2 + np.arange(ratio.shape[1])) % m
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a place that a series never saw
        index = np.stack([np.nanmedian(ratio[:, place == i], axis=1) for i in range(m)], axis=1)
        index /= np.nanmean(index, axis=1, keepdims=True)
        shape = np.nanmedian(index, axis=0)
    if not np.isfinite(shape).all():
        return None
    shape = np.maximum(shape, _LOWEST_INDEX)
    return np.asarray(shape / shape.mean())


def launches(values: NDArray[np.float64], horizon: int) -> NDArray[np.float64]:
    """First `horizon` values of the series that began within the panel.

    Where fewer than five began so, the mean of each series' last `horizon` values, repeated: what
    a series of this kind sells. Rows are series, NaN where an age was not reached.
    """
    first, last = span(values)
    began = (first > 0) & (last >= 0)
    known = values[last >= 0]
    if began.sum() >= _FEWEST_LAUNCHES:
        column = first[began, None] + np.arange(horizon)
        inside = np.minimum(column, values.shape[1] - 1)
        came = np.take_along_axis(values[began], inside, axis=1)
        return np.where(column < values.shape[1], came, np.nan)
    recent = known[:, -horizon:]
    seen = np.isfinite(recent)
    recent = recent[seen.any(axis=1)]
    seen = np.isfinite(recent)
    mean = np.where(seen, recent, 0.0).sum(axis=1) / seen.sum(axis=1)
    return np.repeat(mean[:, None], horizon, axis=1)


def launch_quantiles(came: NDArray[np.float64], shares: list[float]) -> NDArray[np.float64]:
    """Quantiles over series at each age, the last one told where no series is as old.

    A share beyond what n values can tell, below 1 / (n + 1) or above n / (n + 1), is NaN.
    """
    n = np.isfinite(came).sum(axis=0)
    result = np.full((len(shares), came.shape[1]), np.nan)
    for i, share in enumerate(shares):
        told = (n > 0) & (share * (n + 1) >= 1 - 1e-9) & (share * (n + 1) <= n + 1e-9)
        if told.any():
            result[i, told] = np.nanquantile(came[:, told], share, axis=0, method="weibull")
    # What no series is old enough to tell is as at the last age that some told.
    age = np.maximum.accumulate(np.where(np.isfinite(result), np.arange(came.shape[1]), -1), axis=1)
    known = np.take_along_axis(result, np.maximum(age, 0), axis=1)
    return np.where(age >= 0, known, np.nan)


def _moving_average(values: NDArray[np.float64], m: int) -> NDArray[np.float64]:
    """Centred mean over a season, its two half-weights outside if m is even."""
    window = m + 1 if m % 2 == 0 else m
    weights = np.full(window, 1.0 / m)
    if m % 2 == 0:
        weights[[0, -1]] /= 2
    views = np.lib.stride_tricks.sliding_window_view(values, window, axis=1)
    return np.asarray(views @ weights)
