"""The best items of each basket, told apart to the last tie, a block of baskets at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# What a block may take: a flag per basket and item, and steps of a sparse product (some 60 MB).
_FLAGS = 16_000_000
_STEPS = 2_000_000


class Query(NamedTuple):
    """Baskets to recommend for, as rows of fitted item codes (ascending, distinct)."""

    indptr: Ints
    indices: NDArray[np.int32]
    n_items: int

    @property
    def n_rows(self) -> int:
        """Number of baskets."""
        return len(self.indptr) - 1

    @property
    def rows(self) -> Ints:
        """Basket of each line."""
        return np.repeat(np.arange(self.n_rows), np.diff(self.indptr))

    def matrix(self) -> sparse.csr_array:
        """Baskets × items; 32-bit ones, for products of smaller integers overflow in silence."""
        ones = np.ones(len(self.indices), np.int32)
        return sparse.csr_array(
            (ones, self.indices, self.indptr), shape=(self.n_rows, self.n_items)
        )

    def part(self, start: int, stop: int) -> Query:
        """Consecutive baskets."""
        a, b = self.indptr[start], self.indptr[stop]
        return Query(self.indptr[start : stop + 1] - a, self.indices[a:b], self.n_items)


class Candidates(NamedTuple):
    """Items that are likely for baskets, by basket; the larger the merit the better."""

    row: Ints
    item: Ints
    merit: Floats

    def taken(self, which: NDArray[Any]) -> Candidates:
        """Some of them, by a mask or in the order of positions."""
        return Candidates(self.row[which], self.item[which], self.merit[which])


def blocks(query: Query, steps_per_item: Ints) -> Iterator[tuple[int, Query]]:
    """Cut the baskets so that no block needs much memory: where each begins, and the block."""
    steps = np.concatenate(([0], np.cumsum(steps_per_item[query.indices])))[query.indptr]
    most = max(1, _FLAGS // max(query.n_items, 1))
    start = 0
    while start < query.n_rows:
        within = int(np.searchsorted(steps, steps[start] + _STEPS, side="right")) - 1
        stop = min(max(within, start + 1), start + most, query.n_rows)
        yield start, query.part(start, stop)
        start = stop


def popularity_order(counts: Ints) -> Ints:
    """Place of each item by its count, the largest first, and then by its name."""
    order = np.empty(len(counts), np.int64)
    order[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return order


def best(found: Candidates, n: int, order: Ints) -> Candidates:
    """The `n` largest merits of each row, best first; `order` breaks ties."""
    place = np.lexsort((order[found.item], -found.merit, found.row))
    place = place[position_in_row(found.row[place]) < n]
    return found.taken(place)


def best_of_table(merit: Floats, n: int, order: Ints) -> Candidates:
    """The `n` largest merits above 0 of each row of a table, best first."""
    if not merit.size:
        none = np.empty(0, np.int64)
        return Candidates(none, none, np.empty(0))
    n = min(n, merit.shape[1])
    limit = np.partition(merit, merit.shape[1] - n, axis=1)[:, -n]
    # All that tie with the last one stay until they are put in order.
    row, item = np.nonzero((merit >= limit[:, None]) & (merit > 0))
    return best(Candidates(row, item, merit[row, item]), n, order)


def position_in_row(row: Ints) -> Ints:
    """0, 1, 2, … within each run of equal rows."""
    first = np.flatnonzero(np.diff(row, prepend=-1))
    sizes = np.diff(np.append(first, len(row)))
    return np.arange(len(row)) - np.repeat(first, sizes)
