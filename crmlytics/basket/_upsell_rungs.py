"""The price ladder of each category: which items share a rung, and what a rung costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Ladders(NamedTuple):
    """Rungs from 1, the cheapest, per item; prices per category and rung, NaN beyond the top."""

    rung: NDArray[np.int64]
    n_rungs: NDArray[np.int64]
    rung_price: NDArray[np.float64]


def typical_prices(
    item: NDArray[np.int64], price: NDArray[np.float64], n_items: int
) -> NDArray[np.float64]:
    """Median price of each item; to 9 significant digits, so that sums in any order agree."""
    order = np.lexsort((price, item))
    size = np.bincount(item, minlength=n_items)
    start = np.cumsum(size) - size
    ordered = price[order]
    low = np.minimum(start + np.maximum(size - 1, 0) // 2, max(len(ordered) - 1, 0))
    high = np.minimum(start + size // 2, max(len(ordered) - 1, 0))
    return _rounded((ordered[low] + ordered[high]) / 2) if len(ordered) else np.empty(0)


def ladders(
    category: NDArray[np.int64], price: NDArray[np.float64], *, n_categories: int, n_rungs: int
) -> Ladders:
    """Cut the items of each category into at most `n_rungs` rungs of about equally many items.

    Items of equal price share a rung, so a category of few prices has few rungs.
    """
    order = np.lexsort((price, category))
    size = np.bincount(category, minlength=n_categories)
    # More rungs than items change nothing, and the tables have a column for each.
    n_rungs = min(n_rungs, int(size.max(initial=1)))
    start = np.cumsum(size) - size
    of, rank = category[order], np.arange(len(order)) - start[category[order]]
    # The rung of the cheapest item of equal price holds for all of them.
    new = (np.diff(of, prepend=-1) != 0) | (np.diff(price[order], prepend=np.nan) != 0)
    first = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    cut = rank[first] * n_rungs // np.maximum(size[of], 1)
    step = (np.diff(of, prepend=-1) != 0) | (np.diff(cut, prepend=-1) != 0)
    climbed = np.cumsum(step)
    rung_ordered = climbed - climbed[start[of]] + 1 if len(of) else climbed
    rung = np.empty(len(order), np.int64)
    rung[order] = rung_ordered
    highest = np.zeros(n_categories, np.int64)
    np.maximum.at(highest, category, rung)
    cell = category * (n_rungs + 2) + rung
    prices = typical_prices(cell, price, n_categories * (n_rungs + 2))
    held = np.bincount(cell, minlength=n_categories * (n_rungs + 2)) > 0
    table = np.full(n_categories * (n_rungs + 2), np.nan)
    table[held] = prices[held] if len(prices) else np.nan
    return Ladders(rung, highest, table.reshape(n_categories, n_rungs + 2))


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to 9 significant digits."""
    size = np.where(values == 0, 1.0, np.abs(values))
    scale = 10.0 ** (8 - np.floor(np.log10(size)))
    return np.asarray(np.round(values * scale) / scale)
