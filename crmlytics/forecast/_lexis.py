"""Deals under observation by day of creation and age: the Lexis diagram of a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.forecast._deal_rows import LOST, WON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._deal_rows import Deals

#: Older deals keep the hazard of this age, and closings longer ago are not looked at: two years
#: and three bound the diagram's size whatever the history is.
MOST_AGES, MOST_HISTORY = 731, 1096


class Lexis(NamedTuple):
    """Counts of shape (days of creation, ages in days); `day` is the calendar day of each cell.

    `at_risk` deals were open at the start of the cell's day; ``closings[0]`` were won on it,
    ``closings[1]`` lost. `first` is the day of creation of row 0.
    """

    first: int
    at_risk: NDArray[np.float64]
    closings: NDArray[np.float64]
    day: NDArray[np.int64]


class Exposure(NamedTuple):
    """Ages, in days, at which a deal was under observation, both inclusive; empty if from > to."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]


def exposure_of(deals: Deals, *, as_of: int, observed_from: int | None) -> Exposure:
    """Ages from the first day on which a closing could be seen to the closing or `as_of`."""
    seen_from = as_of - MOST_HISTORY + 1
    if observed_from is not None:
        seen_from = max(seen_from, observed_from)
    start = np.maximum(seen_from - deals.created, 0)
    end = np.minimum(deals.closed, as_of) - deals.created
    return Exposure(start, end)


def lexis_of(deals: Deals, exposure: Exposure) -> Lexis:
    """Count the deals under observation and their closings in each cell."""
    seen = (exposure.end >= exposure.start) & (exposure.start < MOST_AGES)
    created, outcome = deals.created[seen], deals.outcome[seen]
    start, end = exposure.start[seen], exposure.end[seen]
    first = int(created.min()) if len(created) else 0
    row = created - first
    n_days = int(row.max()) + 1 if len(row) else 0
    width = min(MOST_AGES, int(end.max()) + 1) if len(row) else 1
    shape = (n_days, width)
    # One more column takes the ends beyond the oldest age.
    steps = _counts(row, start, (n_days, width + 1))
    steps -= _counts(row, np.minimum(end + 1, width), (n_days, width + 1))
    at_risk = np.cumsum(steps, axis=1)[:, :width]
    inside = end < width
    hits = [inside & (outcome == cause) for cause in (WON, LOST)]
    closings = np.stack([_counts(row[hit], end[hit], shape) for hit in hits])
    day = first + np.arange(n_days)[:, None] + np.arange(width)[None, :]
    return Lexis(first, at_risk, closings, day)


def _counts(
    row: NDArray[np.int64], age: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    cells = np.bincount(row * shape[1] + age, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype(np.float64)
