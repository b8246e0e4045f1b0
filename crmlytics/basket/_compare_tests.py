"""Differences of one rule between two groups of baskets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import intervals
from crmlytics.basket import _significance_tails as tails

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Sample(NamedTuple):
    """Counts of rules in one group of baskets: both sides, antecedent, consequent, all."""

    a: Ints
    r1: Ints
    c1: Ints
    n: int

    @property
    def confidence(self) -> Floats:
        """Share a / r1, NaN where nobody bought the antecedent."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.a / self.r1, float)

    @property
    def lift(self) -> Floats:
        """Ratio a n / (r1 c1), NaN where a side was never bought."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.a * float(self.n) / (self.r1 * self.c1.astype(float)), float)

    def cells(self) -> Floats:
        """The four cells, one row each."""
        b, c = self.r1 - self.a, self.c1 - self.a
        return np.array([self.a, b, c, self.n - self.a - b - c], float)


class OddsChange(NamedTuple):
    """Log odds ratios of both samples, their difference, its standard score and log p-value."""

    before: Floats
    after: Floats
    z: Floats
    log_p: Floats


def newcombe(before: Sample, after: Sample, level: float) -> tuple[Floats, Floats]:
    """Interval of the difference of two shares from their Wilson intervals (Newcombe 1998)."""
    p1, p2 = after.confidence, before.confidence
    low1, high1 = intervals.wilson(after.a, after.r1, level)
    low2, high2 = intervals.wilson(before.a, before.r1, level)
    low = (p1 - p2) - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
    high = (p1 - p2) + np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
    return low, high


def odds_change(before: Sample, after: Sample) -> OddsChange:
    """Whether the odds ratio changed (Woolf 1955); where a cell is 0, all eight get one half."""
    cells = np.stack([before.cells(), after.cells()])
    empty = (cells == 0).any(axis=(0, 1))
    cells = cells + 0.5 * empty
    logs = np.log(cells)
    ratio = logs[:, 0] + logs[:, 3] - logs[:, 1] - logs[:, 2]
    z = (ratio[1] - ratio[0]) / np.sqrt((1.0 / cells).sum(axis=(0, 1)))
    return OddsChange(ratio[0], ratio[1], z, tails.log_normal_two_sided(z))
