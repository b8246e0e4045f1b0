"""The triangle of cohorts and ages: a row for every cell, and nothing for the future."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.retention._cohort_cells import Cells, Kind


class Triangle(NamedTuple):
    """One entry per cohort (index of its period) and age, ordered by both."""

    cohort: NDArray[np.int64]
    age: NDArray[np.int64]
    n: NDArray[np.int64]
    active: NDArray[np.int64]
    revenue: NDArray[np.float64]


def fill_triangle(cells: Cells, kind: Kind, *, last: int, ages: int | None = None) -> Triangle:
    """Spread the cells over every age up to the period `last`, so that zeros become entries.

    With `ages` each cohort has so many of them, whatever the period: a block, not a triangle.
    """
    cohorts = np.unique(cells.first)
    lengths = last - cohorts + 1 if ages is None else np.full(len(cohorts), ages)
    starts = np.cumsum(lengths) - lengths
    total = int(lengths.sum())
    place = starts[np.searchsorted(cohorts, cells.first)] + cells.period - cells.first
    active, revenue = np.zeros(total, np.int64), np.zeros(total)
    active[place] = cells.counted
    if len(cells.revenue):
        revenue[place] = cells.revenue
    if kind != "on":
        # Counted where the customer was last seen: there, and at every age before.
        at_or_after = np.cumsum(active[::-1])[::-1]
        other_cohorts = np.append(at_or_after, 0)[starts + lengths]
        active = at_or_after - np.repeat(other_cohorts, lengths)
    return Triangle(
        cohort=np.repeat(cohorts, lengths),
        age=np.arange(total) - np.repeat(starts, lengths),
        n=np.repeat(active[starts], lengths),
        active=active,
        revenue=revenue,
    )
