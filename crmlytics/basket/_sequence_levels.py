"""Patterns found level by level, as the arrays of a trie."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Where the patterns of one level end in customers' histories is held at once, in about 40 bytes
# each while a level is put in order: 4 GB.
_MOST_STATES = 100_000_000


class Level(NamedTuple):
    """Patterns of equally many elements, ordered by prefix and last symbol.

    `parent` is the place of the prefix in the level before; `n_items` counts items of all elements.
    """

    parent: NDArray[np.int64]
    symbol: NDArray[np.int64]
    counts: NDArray[np.int64]
    n_items: NDArray[np.int64]


class Patterns(NamedTuple):
    """All patterns by number of items, then of elements, then by the elements themselves.

    Row i of `symbols` holds the symbols of pattern i, -1 beyond its last element.
    """

    symbols: NDArray[np.int32]
    counts: NDArray[np.int64]
    n_items: NDArray[np.int64]
    n_elements: NDArray[np.int64]


def patterns_of(levels: list[Level]) -> Patterns:
    """Write the patterns of a trie out, one row each."""
    depth = len(levels)
    tables = []
    above = np.empty((1, 0), np.int32)
    for number, level in enumerate(levels):
        last = level.symbol.astype(np.int32)[:, None]
        held = np.hstack((above[level.parent, :number], last))
        above = held
        padding = np.full((len(held), depth - number - 1), -1, np.int32)
        tables.append(np.hstack((held, padding)))
    sizes = [np.full(len(level.counts), number + 1) for number, level in enumerate(levels)]
    n_items = np.concatenate([level.n_items for level in levels])
    # Levels are ordered within themselves and by elements already.
    order = np.argsort(n_items, kind="stable")
    return Patterns(
        symbols=np.concatenate(tables)[order],
        counts=np.concatenate([level.counts for level in levels])[order],
        n_items=n_items[order],
        n_elements=np.concatenate(sizes)[order],
    )


def refuse_too_many(n_states: int, level: str) -> None:
    """Stop before the memory is full, rather than be stopped."""
    if n_states > _MOST_STATES:
        raise ValueError(
            f"the {level} fit the histories of customers in more than {_MOST_STATES:,} places, "
            "too many to hold; raise min_count, or set max_len or limits of time"
        )


def counted(key: NDArray[np.int64], n_cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells of 0 … n_cells - 1 that occur and how often each does."""
    if n_cells > 16 * len(key) + 1_000:
        held, times = np.unique(key, return_counts=True)
        return held, times
    times = np.bincount(key, minlength=n_cells)
    held = np.flatnonzero(times)
    return held, times[held]
