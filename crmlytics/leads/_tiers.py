"""Scores of 1 to 99 and tiers, by cuts that are frozen when the model is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Of a lead whose expected value does not pay for working it.
NOT_WORTH_IT = "D"
NAMES = ("A", "B", "C")


class Cuts(NamedTuple):
    """Probabilities that part the 99 scores, and the least of tiers A and B."""

    scores: NDArray[np.float64]
    tiers: NDArray[np.float64]

    def score(self, probability: NDArray[np.float64]) -> NDArray[np.int64]:
        """Score of each probability: the hundredth of the fitting rows that it lies in."""
        return (1 + np.searchsorted(self.scores, probability, side="right")).astype(np.int64)

    def tier(self, probability: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[Any]:
        """Tier of each lead; D where its expected `value` is not above 0."""
        place = (probability[:, None] < self.tiers).sum(axis=1)
        names = np.array(NAMES, dtype=object)[place]
        return np.where(value > 0.0, names, NOT_WORTH_IT).astype(object)


def cuts(probability: NDArray[np.float64], tier_shares: Sequence[float]) -> Cuts:
    """Freeze the cuts on the probabilities of the rows learnt from, each unseen by its model."""
    scores = np.quantile(probability, np.arange(1, 99) / 99)
    below = np.clip(1.0 - np.cumsum(tier_shares), 0.0, 1.0)
    return Cuts(scores, np.quantile(probability, below))


def tier_table(
    tier: NDArray[Any], y: NDArray[np.float64], probability: NDArray[np.float64], level: float
) -> pd.DataFrame:
    """One row per tier: how many of its leads converted, and how many were expected to."""
    names = [name for name in (*NAMES, NOT_WORTH_IT) if (tier == name).any()]
    rows = []
    for name in names:
        own = tier == name
        n, hits = int(own.sum()), float(y[own].sum())
        low, high = intervals.wilson(hits, n, level)
        rows.append((name, n, int(hits), hits / n, float(low), float(high),
                     float(probability[own].mean()), float(probability[own].min())))  # fmt: skip
    columns = ["tier", "n", "converted", "rate", "low", "high", "expected", "least_probability"]
    return pd.DataFrame(rows, columns=columns)
