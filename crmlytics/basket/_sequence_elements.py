"""Frequent sets of items bought on one day: the symbols of which sequences are made.

Agrawal and Srikant's first step: with every frequent set of one day as a symbol of its own, a
sequence of sets becomes a sequence of symbols, and only "later" extensions remain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.basket._sequence_events import Events, blocks, ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_MOST_CANDIDATES = 4_000_000


class Elements(NamedTuple):
    """Symbols in order of size and then of their items, and where they occur.

    `parent` is the symbol without the last item (-1 for single items) and `item` that last item;
    `counts` are the numbers of customers. `at_event` and `at_symbol` list the occurrences by event
    and then by symbol.
    """

    parent: NDArray[np.int64]
    item: NDArray[np.int64]
    size: NDArray[np.int64]
    counts: NDArray[np.int64]
    at_event: NDArray[np.int64]
    at_symbol: NDArray[np.int64]


class _Level(NamedTuple):
    """Symbols of one size, the first of them numbered `first`, and their occurrences by event.

    `row` is the row of an occurrence's last item among the rows of frequent items.
    """

    first: int
    parent: NDArray[np.int64]
    item: NDArray[np.int64]
    counts: NDArray[np.int64]
    event: NDArray[np.int64]
    symbol: NDArray[np.int64]
    row: NDArray[np.int64]


def frequent_elements(
    events: Events, *, min_count: int, max_size: int | None, spend: Callable[[int, str], None]
) -> Elements:
    """Find the sets of items that at least `min_count` customers bought on one day.

    `spend` is told how many were found of each size, and stops the work that grows too large.
    """
    level = _single_items(events, min_count)
    spend(len(level.item), "elements of 1 item")
    levels = [level]
    while len(level.event) and (max_size is None or len(levels) < max_size):
        level = _one_more_item(events, levels, min_count)
        levels.append(level)
        spend(len(level.item), f"elements of {len(levels)} items")
    event = np.concatenate([level.event for level in levels])
    order = np.argsort(event, kind="stable")
    sizes = [np.full(len(level.item), number + 1) for number, level in enumerate(levels)]
    return Elements(
        parent=np.concatenate([level.parent for level in levels]),
        item=np.concatenate([level.item for level in levels]),
        size=np.concatenate(sizes),
        counts=np.concatenate([level.counts for level in levels]),
        at_event=event[order],
        at_symbol=np.concatenate([level.symbol for level in levels])[order],
    )


def _single_items(events: Events, min_count: int) -> _Level:
    key = events.row_item * events.n_customers + events.customer[events.row_event]
    buyers = np.bincount(np.unique(key) // max(events.n_customers, 1), minlength=events.n_items)
    item = np.flatnonzero(buyers >= min_count)
    symbol = np.full(events.n_items, -1)
    symbol[item] = np.arange(len(item))
    kept = np.flatnonzero(symbol[events.row_item] >= 0)
    return _Level(
        first=0,
        parent=np.full(len(item), -1),
        item=item,
        counts=buyers[item].astype(np.int64),
        event=events.row_event[kept],
        symbol=symbol[events.row_item[kept]],
        row=np.arange(len(kept)),
    )


def _one_more_item(events: Events, levels: list[_Level], min_count: int) -> _Level:
    """Add a later item of the same event to each occurrence, and keep what is frequent."""
    single, last = levels[0], levels[-1]
    n = len(single.item)
    keys, buyers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for at, _, cell in _candidates(events, levels):
        customer = events.customer[last.event[at]]
        low = int(customer.min(initial=events.n_customers))
        width = int(customer.max(initial=0)) - low + 1
        pairs = np.unique(cell * width + customer - low)
        key, count = np.unique(pairs // width, return_counts=True)
        keys.append(key)
        buyers.append(count)
    key, place = np.unique(np.concatenate(keys), return_inverse=True)
    total = np.bincount(place, np.concatenate(buyers), minlength=len(key)).astype(np.int64)
    key, total = key[total >= min_count], total[total >= min_count]
    found = [(np.empty(0, np.int64),) * 3]
    for at, row, cell in _candidates(events, levels):
        kept = _among(cell, key)
        found.append((last.event[at[kept]], np.searchsorted(key, cell[kept]), row[kept]))
    event, symbol, row = (np.concatenate(each) for each in zip(*found, strict=True))
    first = last.first + len(last.item)
    return _Level(
        first=first,
        parent=key // n + last.first,
        item=single.item[key % n],
        counts=total,
        event=event,
        symbol=symbol + first,
        row=row,
    )


def _candidates(
    events: Events, levels: list[_Level]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Yield occurrences of the last level, rows of an item to add, and a number for each set.

    The slices are cut between customers, so that the customers of the slices add up.
    """
    single, last = levels[0], levels[-1]
    n = len(single.item)
    more = np.searchsorted(single.event, last.event, side="right") - last.row - 1
    starts = np.flatnonzero(np.diff(events.customer[last.event], prepend=-1))
    edges = np.append(starts, len(more))
    for low, high in blocks(np.add.reduceat(more, starts), _MOST_CANDIDATES):
        rows = slice(edges[low], edges[high])
        at = np.repeat(np.arange(edges[low], edges[high]), more[rows])
        row = ranges(last.row[rows] + 1, more[rows])
        if len(levels) > 2:
            # Only items that are frequent together with the last one can be added.
            pair = single.symbol[last.row[at]] * n + single.symbol[row]
            pairs = levels[1].parent * n + np.searchsorted(single.item, levels[1].item)
            likely = _among(pair, pairs)
            at, row = at[likely], row[likely]
        yield at, row, (last.symbol[at] - last.first) * n + single.symbol[row]


def _among(values: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which values are among the sorted ones."""
    if not len(held):
        return np.zeros(len(values), bool)
    place = np.minimum(np.searchsorted(held, values), len(held) - 1)
    found: NDArray[np.bool_] = held[place] == values
    return found
