"""Recommending what stands in the same baskets as the items of this one (item-item cosine)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from crmlytics.basket import _rows
from crmlytics.basket._recommender_levels import Reasons
from crmlytics.basket._recommender_ranking import Candidates, best, best_of_table, popularity_order
from crmlytics.basket._significance_tails import log_fisher

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._recommender_levels import Chosen
    from crmlytics.basket._recommender_ranking import Query
    from crmlytics.basket.basket_matrix import Baskets

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_PAIRS = 8_000_000  # pairs of items counted at once
_CELLS = 4_000_000  # of a table of items × items
_SPARSE = 16  # sorting a cell costs about so many times what looking at it does
_DECIMALS = 12  # sums of cosines that differ by rounding only are ties


class ItemCosine(NamedTuple):
    """The nearest neighbours of each item: ``indices[indptr[i]:indptr[i + 1]]``, ascending.

    `together` counts the baskets with both, `counts` those with each item.
    """

    indptr: Ints
    indices: NDArray[np.int32]
    together: Ints
    counts: Ints
    n_baskets: int
    name: str = "item_cosine"

    def cosines(self) -> Floats:
        """Cosine of each item and neighbour: baskets with both over the root of the counts."""
        item = np.repeat(np.arange(len(self.counts)), np.diff(self.indptr))
        counts = self.counts.astype(np.float64)
        return self.together / np.sqrt(counts[item] * counts[self.indices])

    def steps_per_item(self) -> Ints:
        """A step per neighbour."""
        return np.diff(self.indptr)

    def candidates(self, query: Query, n: int) -> Candidates:  # noqa: ARG002 (all of them)
        """Items that neighbour one of the basket's, by the sum of their cosines to those."""
        m = len(self.counts)
        near = sparse.csr_array((self.cosines(), self.indices, self.indptr), shape=(m, m))
        sums = (query.matrix() @ near).tocsr()
        row = np.repeat(np.arange(query.n_rows), np.diff(sums.indptr))
        return Candidates(row, sums.indices.astype(np.int64), np.round(sums.data, _DECIMALS))

    def explain(self, chosen: Chosen) -> Reasons:
        """The neighbour in the basket that adds most, and how sure the pair is (Fisher)."""
        query, row, item, merit = chosen
        cosines = self.cosines()
        sizes = np.diff(query.indptr)[row]
        pair = np.repeat(np.arange(len(row)), sizes)
        owned = query.indices[_rows.spans(query.indptr[:-1][row], sizes)].astype(np.int64)
        place = self._places(owned, item[pair])
        cosine = np.where(place >= 0, cosines[place] if len(cosines) else 0.0, 0.0)
        # Of equal cosines the more frequent pair, then the first item.
        both = np.where(place >= 0, self.together[place] if len(cosines) else 0, 0)
        best = np.lexsort((owned, -both, -np.round(cosine, _DECIMALS), pair))
        first = best[np.searchsorted(pair[best], np.arange(len(row)))]
        near, count = owned[first], both[first]
        return Reasons(
            score=merit,
            because_starts=np.arange(len(row) + 1),
            because=near.astype(np.int32),
            counts=count,
            n=self.counts[near],
            p_value=np.exp(log_fisher(count, self.counts[near], self.counts[item], self.n_baskets)),
            p_adjusted=np.full(len(row), np.nan),
        )

    def content(self) -> dict[str, Any]:
        """Neighbours and joint counts; the cosines follow from them."""
        return {
            "indptr": self.indptr.tolist(),
            "indices": self.indices.tolist(),
            "together": self.together.tolist(),
        }

    @classmethod
    def restored(cls, content: dict[str, Any], counts: Ints, n_baskets: int) -> ItemCosine:
        """Build the level from what `content` gave."""
        indptr, together = (np.array(content[name], np.int64) for name in ("indptr", "together"))
        return cls(indptr, np.array(content["indices"], np.int32), together, counts, n_baskets)

    def _places(self, item: Ints, neighbour: Ints) -> Ints:
        """Where the pairs stand among the neighbours, -1 for those that are none."""
        n = len(self.counts)
        rows = np.repeat(np.arange(n), np.diff(self.indptr))
        keys = rows * n + self.indices
        wanted = item * n + neighbour
        at = np.searchsorted(keys, wanted)
        inside = at < len(keys)
        at[~inside] = 0
        found = inside & (keys[at] == wanted) if len(keys) else inside
        return np.where(found, at, -1)


def item_cosine_of(baskets: Baskets, n_neighbours: int) -> ItemCosine:
    """Count pairs, a block of items at a time, and keep each item's nearest neighbours."""
    n = baskets.n_items
    ones = np.ones(len(baskets.indices), np.int32)
    shape = (baskets.n_baskets, n)
    held = sparse.csr_array((ones, baskets.indices, baskets.indptr), shape=shape)
    by_item = held.T.tocsr()
    counts = baskets.item_counts
    # An item's row of pairs cannot be longer than the baskets that hold it, nor than the items.
    done = _rows.offsets(np.minimum(np.asarray(by_item @ baskets.sizes), n))
    parts, start = [], 0
    while start < n:
        stop = max(start + 1, int(np.searchsorted(done, done[start] + _PAIRS, side="right")) - 1)
        pairs = (by_item[start:stop] @ held).tocsr()
        # An item is no neighbour of its own.
        rows = np.repeat(np.arange(start, stop), np.diff(pairs.indptr))
        pairs.data[pairs.indices == rows] = 0
        pairs.eliminate_zeros()
        item, near, both = _nearest(pairs, counts[start:stop], counts, n_neighbours)
        parts.append((item + start, near, both))
        start = stop
    none = np.empty(0, np.int64)
    item, near, both = (
        np.concatenate([none, *(part[column] for part in parts)]) for column in range(3)
    )
    return ItemCosine(
        _rows.offsets(np.bincount(item, minlength=n)),
        near.astype(np.int32),
        both,
        counts,
        baskets.n_baskets,
    )


def _nearest(pairs: Any, mine: Ints, counts: Ints, n: int) -> tuple[Ints, Ints, Ints]:
    """Row, neighbour and joint count of the `n` nearest of each row, ordered by the two."""
    few = np.flatnonzero(np.diff(pairs.indptr) <= n)
    many = np.flatnonzero(np.diff(pairs.indptr) > n)
    kept = pairs[few].tocoo()
    rows, near, both = [few[kept.row]], [kept.col], [kept.data]
    order = popularity_order(counts)
    step = max(1, _CELLS // max(len(counts), 1))
    for start in range(0, len(many), step):
        some = many[start : start + step]
        found = _best_of(pairs[some], mine[some], counts, n, order)
        rows.append(some[found.row])
        near.append(found.item)
        both.append(np.asarray(pairs[some[found.row], found.item]).ravel())
    columns = [np.concatenate(each).astype(np.int64) for each in (rows, near, both)]
    place = np.lexsort((columns[1], columns[0]))
    return columns[0][place], columns[1][place], columns[2][place]


def _best_of(pairs: Any, mine: Ints, counts: Ints, n: int, order: Ints) -> Candidates:
    """The largest cosines of each row, in the way that costs least."""
    n_rows, n_items = pairs.shape
    row = np.repeat(np.arange(n_rows), np.diff(pairs.indptr))
    cosine = pairs.data / np.sqrt(mine[row] * counts[pairs.indices].astype(np.float64))
    cosine = np.round(cosine, _DECIMALS)
    if len(cosine) < n_rows * n_items // _SPARSE:
        return best(Candidates(row, pairs.indices.astype(np.int64), cosine), n, order)
    table = np.zeros((n_rows, n_items))
    table[row, pairs.indices] = cosine
    return best_of_table(table, n, order)
