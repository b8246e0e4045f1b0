"""Recommending what most baskets hold: the baseline that every other way must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.basket import _rows
from crmlytics.basket._recommender_levels import Reasons
from crmlytics.basket._recommender_ranking import Candidates

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
        """An item of the basket makes one more candidate needed."""
        return np.ones(len(self.counts), np.int64)

    def candidates(self, query: Query, n: int) -> Candidates:
        """The most popular items: enough of them that the basket cannot hold all."""
        sold = int((self.counts > 0).sum())
        order = np.argsort(-self.counts, kind="stable")
        sizes = np.minimum(np.diff(query.indptr) + 2 * n, sold)
        row = np.repeat(np.arange(query.n_rows), sizes)
        item = order[_rows.spans(np.zeros(query.n_rows, np.int64), sizes)]
        return Candidates(row, item, self.counts[item].astype(np.float64))

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
