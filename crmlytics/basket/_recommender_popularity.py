"""Recommending what most baskets hold: the baseline that every other way must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.basket._recommender_levels import Reasons

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._recommender_levels import Chosen
    from crmlytics.basket._recommender_ranking import Query
    from crmlytics.basket.basket_matrix import Baskets

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Popularity(NamedTuple):
    """Baskets that hold each item, of `n_baskets` in all."""

    counts: Ints
    n_baskets: int
    name: str = "popularity"

    def steps_per_item(self) -> Ints:
        """No work beyond the table itself."""
        return np.zeros(len(self.counts), np.int64)

    def merits(self, query: Query) -> Floats:
        """The same counts for every basket; an item never sold has nothing to say for it."""
        counts = np.where(self.counts > 0, self.counts.astype(np.float64), -np.inf)
        return np.repeat(counts[None, :], query.n_rows, axis=0)

    def explain(self, chosen: Chosen) -> Reasons:
        """Share of all baskets; nothing in the basket is behind it."""
        counts = self.counts[chosen.item]
        unknown = np.full(len(counts), np.nan)
        return Reasons(
            score=counts / max(self.n_baskets, 1),
            because_starts=np.zeros(len(counts) + 1, np.int64),
            because=np.empty(0, np.int32),
            counts=counts,
            n=np.full(len(counts), self.n_baskets),
            p_value=unknown,
            p_adjusted=unknown,
        )

    def content(self) -> dict[str, Any]:
        """Counts are saved with the items."""
        return {}


def popularity_of(baskets: Baskets) -> Popularity:
    """Count each item."""
    return Popularity(baskets.item_counts, baskets.n_baskets)
