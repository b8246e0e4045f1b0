"""The best items of each basket, told apart to the last tie, a block of baskets at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# Cells of a table of baskets × items held at once, and steps of a sparse product: some 30 MB each.
CELLS = 4_000_000
_STEPS = 4_000_000


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


def blocks(query: Query, steps_per_item: Ints) -> Iterator[tuple[int, Query]]:
    """Cut the baskets so that no block needs much memory: where each begins, and the block."""
    steps = np.concatenate(([0], np.cumsum(steps_per_item[query.indices])))[query.indptr]
    most = max(1, CELLS // max(query.n_items, 1))
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


def best(merit: Floats, n: int, order: Ints) -> tuple[Ints, Ints]:
    """Row and item of the `n` largest merits of each row, best first; `order` breaks ties.

    A merit of minus infinity is none at all, so a row may have fewer.
    """
    n = min(n, merit.shape[1])
    if not merit.size:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    limit = np.partition(merit, merit.shape[1] - n, axis=1)[:, -n]
    row, item = np.nonzero((merit >= limit[:, None]) & np.isfinite(merit))
    # All that tie with the last one are here still: put them in order, then cut.
    place = np.lexsort((order[item], -merit[row, item], row))
    row, item = row[place], item[place]
    kept = position_in_row(row) < n
    return row[kept], item[kept]


def position_in_row(row: Ints) -> Ints:
    """0, 1, 2, … within each run of equal rows."""
    first = np.flatnonzero(np.diff(row, prepend=-1))
    sizes = np.diff(np.append(first, len(row)))
    return np.arange(len(row)) - np.repeat(first, sizes)
