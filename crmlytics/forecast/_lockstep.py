"""Every series advances at once: how series are laid out for the recursions.

Recursions run over periods in Python and over all series (and all candidate parameters) in numpy.
Series are sorted by their first period, so those that have begun are always the leading columns:
a series that has not begun is simply not touched, and empty periods in front change nothing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._season import season_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Series that go through a recursion together: enough that numpy's overhead per call is small,
#: few enough that the states stay in the processor's cache.
BLOCK_SIZE = 1024

#: Periods of the season beyond the season: days with a week's season have a year's too, from two
#: years of them on.
LONG_SEASONS = {7: 365}

#: Numbers that a block may hold for every state kept over all its periods.
_BLOCK_NUMBERS = 1_000_000


class Block(NamedTuple):
    """Series in columns, periods in rows, the series that begin first in front.

    Attributes
    ----------
    y : ndarray of shape (n_periods, n_series)
        Values, 0 where there is none.
    seen : ndarray of bool of shape (n_periods, n_series)
        Where there is a value.
    begun : ndarray of shape (n_periods,)
        How many series have begun, this period included.
    age : ndarray of shape (n_periods, n_series)
        Periods since the first value; negative before it.
    """

    y: NDArray[np.float64]
    seen: NDArray[np.bool_]
    begun: NDArray[np.int64]
    age: NDArray[np.int64]

    def spells(self) -> Iterator[tuple[int, range]]:
        """Stretches of periods over which the number of series that have begun stays the same."""
        edges = [0, *(np.flatnonzero(np.diff(self.begun)) + 1).tolist(), len(self.begun)]
        for start, stop in itertools.pairwise(edges):
            if self.begun[start]:
                yield int(self.begun[start]), range(start, stop)

    def gaps(self) -> NDArray[np.bool_]:
        """Periods in which a series that has begun has no value."""
        gaps: NDArray[np.bool_] = np.any(~self.seen & (self.age >= 0), axis=1)
        return gaps


class FitBlock(Protocol):
    """Fits series that have a first value each, sorted by it, values of order 1."""

    def __call__(
        self, values: NDArray[np.float64], *, season_length: int, horizon: int
    ) -> MemberFit:
        """Forecasts of the series of a block."""
        ...


def block_of(values: NDArray[np.float64]) -> Block:
    """Lay out series by periods, sorted by their first value, as a block."""
    seen = np.isfinite(values).T
    first = seen.argmax(axis=0)
    period = np.arange(len(seen))
    return Block(
        y=np.where(seen, values.T, 0.0),
        seen=seen,
        begun=np.searchsorted(first, period, side="right"),
        age=period[:, None] - first,
    )


def fit_in_blocks(
    fit: FitBlock,
    values: NDArray[np.float64],
    *,
    season_length: int,
    horizon: int,
    states: int = 1,
) -> MemberFit:
    """Fit blocks of series of similar length, each series brought to order 1 and back.

    `states` is how many numbers per series and period the fit keeps. A series without a value
    gets NaN. Daily series (season 7) of two years or more have their year taken out first, as far
    as it is more than noise, and put back. The forecasts are guarded: not finite means the last
    value, and none leaves the band between 0 (or minus three times the largest size, if a value is
    negative) and three times the largest size.
    """
    values = np.asarray(values, dtype=np.float64)
    n_series, n_periods = values.shape
    forecast = np.full((n_series, horizon), np.nan)
    fitted = np.full((n_series, n_periods), np.nan)
    parameters: dict[str, NDArray[np.float64]] = {}
    for rows, since in in_blocks(values, states=states):
        block = values[rows, since:]
        scale = sizes(block)
        with np.errstate(all="ignore"):  # what a candidate breaks, the guard mends
            part = _fit_without_year(fit, block / scale, season_length, horizon)
        forecast[rows] = _guarded(part.forecast * scale, block)
        fitted[rows, since:] = part.fitted * scale
        for name, found in part.parameters.items():
            parameters.setdefault(name, np.full(n_series, np.nan))[rows] = found
    return MemberFit(forecast, fitted, parameters)


def _fit_without_year(
    fit: FitBlock, values: NDArray[np.float64], season_length: int, horizon: int
) -> MemberFit:
    """Fit what is left without the year of daily series, and put the year back."""
    long_season = LONG_SEASONS.get(season_length)
    if long_season is None or values.shape[1] < 2 * long_season:
        return fit(values, season_length=season_length, horizon=horizon)
    year = season_of(season_of(values, season_length).remove(values), long_season)
    part = fit(year.remove(values), season_length=season_length, horizon=horizon)
    return year.restored(part)


def in_blocks(
    values: NDArray[np.float64], *, states: int
) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Rows of series of similar length, sorted by their first value, and the first column."""
    seen, n_periods = np.isfinite(values), values.shape[1]
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), n_periods)
    order = np.argsort(first, kind="stable")[: int((first < n_periods).sum())]
    size = max(16, min(BLOCK_SIZE, _BLOCK_NUMBERS // max(1, n_periods * states)))
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        yield rows, int(first[rows[0]])


def sizes(block: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean size of each series, 1 where all is 0, without overflow on the way."""
    largest = np.nanmax(np.abs(block), axis=1, keepdims=True)
    largest[largest == 0] = 1.0
    mean: NDArray[np.float64] = np.nanmean(np.abs(block) / largest, axis=1, keepdims=True)
    return np.where(mean > 0, mean * largest, 1.0)


def _guarded(forecast: NDArray[np.float64], block: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forecasts within what the history allows."""
    seen = np.isfinite(block)
    last = block.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    last_value = block[np.arange(len(block)), last]
    largest = 3 * np.nanmax(np.abs(block), axis=1)
    lowest = np.where(np.nanmin(block, axis=1) < 0, -largest, 0.0)
    finite = np.where(np.isfinite(forecast), forecast, last_value[:, None])
    guarded: NDArray[np.float64] = np.clip(finite, lowest[:, None], largest[:, None])
    return guarded
