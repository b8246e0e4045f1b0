"""What kind of history each series has, which decides the methods that may forecast it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Kinds of history, from nothing to plenty.
KINDS = ("empty", "single", "constant", "intermittent", "short", "regular")

#: Mean periods between sales from which demand is intermittent (Syntetos, Boylan & Croston, 2005).
INTERMITTENT_INTERVAL = 1.32

#: A series of zeros and sales whose season-to-season differences are smaller than this share of
#: its distances from the mean is seasonal, not intermittent: ice cream, not spare parts. For
#: independent periods the share is 1 or more.
_SEASONAL_SHARE = 0.8

#: Seasons that the scale of errors looks back.
_SCALE_SEASONS = 6

#: Fewest values with which a series without a season is worth more than a level.
_FEWEST = 5


def kinds(values: NDArray[np.float64], season_length: int) -> NDArray[Any]:
    """Return one of `KINDS` for each series.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_periods)
        NaN where there is no value.
    season_length : int
        Periods per season, m.

    Returns
    -------
    ndarray of str, shape (n_series,)
        ``empty`` (no value), ``single`` (one), ``constant`` (all values equal), ``intermittent``
        (non-negative, a sale every 1.32 periods or less often, and zeros that do not follow the
        season), ``short`` (fewer than 2m values, or than 5), else ``regular``.

    References
    ----------
    Syntetos, A. A., Boylan, J. E. and Croston, J. D. (2005). On the categorization of demand
    patterns. Journal of the Operational Research Society 56, 495-503.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.series_kinds import kinds
    >>> kinds(np.array([[0, 3.0, 0, 0, 1, 0, 0, 0], [2.0, 3, 2, 4, 3, 2, 4, 3]]), 4).tolist()
    ['intermittent', 'regular']
    """
    seen = np.isfinite(values)
    n = seen.sum(axis=1)
    filled = np.where(seen, values, 0.0)
    low = np.where(seen, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(seen, values, -np.inf).max(axis=1, initial=-np.inf)
    sold = (filled > 0).sum(axis=1)
    rare = (low >= 0) & (sold > 0) & (n >= INTERMITTENT_INTERVAL * sold)
    # Two sales say nothing of a rhythm, and neither do three periods.
    rare &= (n >= _FEWEST) & (n > sold + 1)
    if rare.any() and season_length > 1:
        rare[rare] &= ~_seasonal(values[rare], season_length)
    return np.select(
        [n == 0, n == 1, low == high, rare, n < max(2 * season_length, _FEWEST)],
        list(KINDS[:-1]),
        KINDS[-1],
    )


def scales(values: NDArray[np.float64], season_length: int) -> NDArray[np.float64]:
    """Mean absolute difference from one season to the next, the unit of a series' errors.

    Of the last six seasons before the last column, because the differences of a series that grew
    tenfold in thirty years were smaller once. Where a series shows no such pair, the mean
    difference from one period to the next; NaN where there is none either.
    """
    recent = values[:, -(_SCALE_SEASONS + 1) * season_length :]
    scale = np.full(len(values), np.nan)
    for shown, lag in ((recent, season_length), (recent, 1), (values, season_length), (values, 1)):
        unknown = np.isnan(scale)
        if unknown.any():
            scale[unknown] = _mean_change(shown[unknown], lag)
    return scale


def span(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last column with a value; -1 before 0 for a series without any."""
    seen = np.isfinite(values)
    last = values.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    return seen.argmax(axis=1), np.where(seen.any(axis=1), last, -1)


def _mean_change(values: NDArray[np.float64], lag: int) -> NDArray[np.float64]:
    change = np.abs(values[:, lag:] - values[:, :-lag])
    known = np.isfinite(change)
    n = known.sum(axis=1)
    total = np.where(known, change, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0))


def _seasonal(values: NDArray[np.float64], season_length: int) -> NDArray[np.bool_]:
    """Whether sales repeat from season to season better than they keep to their mean."""
    seen = np.isfinite(values)
    n = seen.sum(axis=1)
    mean = np.where(seen, values, 0.0).sum(axis=1) / n
    spread = np.where(seen, np.abs(values - mean[:, None]), 0.0).sum(axis=1) / n
    change = _mean_change(values, season_length)
    # A sale or two fit any season; a season sells at least once in most of its rounds.
    sold = (np.where(seen, values, 0.0) > 0).sum(axis=1)
    often = (n >= 2 * season_length) & (sold * season_length >= _SEASONAL_SHARE * n)
    return np.asarray(often & (change < _SEASONAL_SHARE * spread))
