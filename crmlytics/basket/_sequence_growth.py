"""Sequences without an upper limit of time: each customer's earliest end says all.

If a pattern fits a customer's history at all, then also with its earliest possible end, and what
can follow any end can follow the earliest. So one event per pattern and customer is kept, and the
pattern P can be followed by y exactly if y's *last* event comes (late enough) after that end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.basket._sequence_events import Events, blocks, first_after, ranges
from crmlytics.basket._sequence_levels import Level, counted, refuse_too_many

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlytics.basket._sequence_elements import Elements

# Cells and candidates of one block: a few megabytes stay in the processor's cache.
_MOST_CANDIDATES = 1_000_000
_MOST_CELLS = 1_000_000
_SHIFT = 32


class _Pairs(NamedTuple):
    """Each (customer, symbol) with its first and last event.

    `event` lists the events of all pairs and `key`, sorted, the pair and event of each.
    """

    customer: NDArray[np.int64]
    symbol: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    key: NDArray[np.int64]
    event: NDArray[np.int64]


class _Followers(NamedTuple):
    """Symbols that a customer has, latest last event first: what can follow is a prefix.

    `n` is the number that can follow each event, `start` where the list of its customer begins.
    """

    pair: NDArray[np.int64]
    symbol: NDArray[np.int64]
    start: NDArray[np.int64]
    n: NDArray[np.int64]


def grow(
    events: Events,
    elements: Elements,
    *,
    min_count: int,
    max_len: int | None,
    min_gap: int,
    spend: Callable[[int, str], None],
) -> list[Level]:
    """Find all sequences of elements, at least `min_gap` days (1 or more) apart."""
    level = Level(
        np.zeros(len(elements.counts), np.int64), np.arange(len(elements.counts)), elements.counts,
        elements.size,
    )  # fmt: skip
    levels = [level]
    pairs = _pairs(events, elements)
    allowed_from = first_after(events, min_gap)
    largest = int(elements.size.max()) if len(elements.size) else 0
    followers = {
        size: _followers(events, elements, pairs, allowed_from, size)
        for size in range(1, largest + 1)
    }
    state = np.sort((pairs.symbol << _SHIFT) | pairs.first)
    while len(state):
        room = np.full(len(level.counts), largest)
        if max_len is not None:
            room = np.minimum(max_len - level.n_items, largest)
        grown = _Grown(level, elements, min_count, max_len, spend, len(levels) + 1)
        for size in range(1, largest + 1):
            mine = state[room[state >> _SHIFT] == size]
            _extend(mine, followers[size], pairs, allowed_from, grown)
        level, state = grown.finish(followers, room_of=(max_len, largest))
        if len(level.counts):
            levels.append(level)
    return levels


class _Grown:
    """The next level while it is found, block by block."""

    def __init__(
        self,
        level: Level,
        elements: Elements,
        min_count: int,
        max_len: int | None,
        spend: Callable[[int, str], None],
        depth: int,
    ) -> None:
        self.level, self.elements = level, elements
        self.min_count, self.max_len = min_count, max_len
        self.spend, self.name = spend, f"sequences of {depth} elements"
        self.found: list[tuple[NDArray[np.int64], ...]] = []
        self.states: list[NDArray[np.int64]] = []
        self.n = self.n_states = 0

    def finish(
        self, followers: dict[int, _Followers], *, room_of: tuple[int | None, int]
    ) -> tuple[Level, NDArray[np.int64]]:
        """Number the patterns by prefix and symbol, and drop states that lead nowhere."""
        none = [np.empty(0, np.int64)]
        parent, symbol, count = (
            np.concatenate(each)
            for each in (zip(*self.found, strict=True) if self.found else [none] * 3)
        )
        n_items = self.level.n_items[parent] + self.elements.size[symbol]
        order = np.lexsort((symbol, parent))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        level = Level(parent[order], symbol[order], count[order], n_items[order])
        state = np.concatenate(self.states) if self.states else none[0]
        if not len(state):
            return level, state
        max_len, largest = room_of
        child, event = rank[state >> _SHIFT], state & ((1 << _SHIFT) - 1)
        room = np.full(len(order), largest)
        if max_len is not None:
            room = np.minimum(max_len - level.n_items, largest)
        goes_on = np.zeros(len(state), bool)
        for size, each in followers.items():
            goes_on |= (room[child] == size) & (each.n[event] > 0)
        enough = np.bincount(child[goes_on], minlength=len(order)) >= self.min_count
        kept = goes_on & enough[child]
        return level, np.sort((child[kept] << _SHIFT) | event[kept])


def _extend(
    state: NDArray[np.int64],
    followers: _Followers,
    pairs: _Pairs,
    allowed_from: NDArray[np.int64],
    grown: _Grown,
) -> None:
    """Count every symbol that can follow the patterns of these states, and keep the frequent."""
    pattern, end = state >> _SHIFT, state & ((1 << _SHIFT) - 1)
    n_symbols = len(grown.elements.counts)
    starts = np.flatnonzero(np.diff(pattern, prepend=-1))
    if not len(starts):
        return
    edges = np.append(starts, len(state))
    follow = followers.n[end]
    work = np.maximum(np.add.reduceat(follow, starts), _MOST_CANDIDATES * n_symbols // _MOST_CELLS)
    for low, high in blocks(work, _MOST_CANDIDATES):
        rows = slice(edges[low], edges[high])
        n = follow[rows]
        at = ranges(followers.start[end[rows]], n)
        local = np.repeat(np.arange(high - low), np.diff(edges[low : high + 1]))
        cell = np.repeat(local * n_symbols, n)
        cell += followers.symbol[at]
        held, count = counted(cell, (high - low) * n_symbols)
        frequent = count >= grown.min_count
        held, count = held[frequent], count[frequent]
        if not len(held):
            continue
        parent = pattern[starts[low:high]][held // n_symbols]
        symbol = held % n_symbols
        grown.found.append((parent, symbol, count))
        grown.spend(len(held), grown.name)
        child = np.full((high - low) * n_symbols, -1)
        child[held] = np.arange(grown.n, grown.n + len(held))
        grown.n += len(held)
        if grown.max_len is not None:
            n_items = grown.level.n_items[parent] + grown.elements.size[symbol]
            child[held[n_items >= grown.max_len]] = -1
        new = child[cell]
        kept = np.flatnonzero(new >= 0)
        if not len(kept):
            continue
        grown.n_states += len(kept)
        refuse_too_many(grown.n_states, grown.name)
        after = allowed_from[np.repeat(end[rows], n)[kept]]
        grown.states.append(
            (new[kept] << _SHIFT) | _next_event(pairs, followers.pair[at[kept]], after)
        )


def _next_event(
    pairs: _Pairs, pair: NDArray[np.int64], after: NDArray[np.int64]
) -> NDArray[np.int64]:
    """First event of each pair that is not before `after`."""
    result = pairs.first[pair]
    late = np.flatnonzero(result < after)
    key = (pair[late] << _SHIFT) | after[late]
    result[late] = pairs.event[np.searchsorted(pairs.key, key)]
    return result


def _pairs(events: Events, elements: Elements) -> _Pairs:
    n_symbols = max(len(elements.counts), 1)
    cell = events.customer[elements.at_event] * n_symbols + elements.at_symbol
    order = np.argsort(cell, kind="stable")
    cell, event = cell[order], elements.at_event[order]
    start = np.flatnonzero(np.diff(cell, prepend=-1))
    length = np.diff(np.append(start, len(cell)))
    number = np.repeat(np.arange(len(start)), length)
    return _Pairs(
        customer=cell[start] // n_symbols,
        symbol=cell[start] % n_symbols,
        first=event[start],
        last=event[start + length - 1],
        key=(number << _SHIFT) | event,
        event=event,
    )


def _followers(
    events: Events, elements: Elements, pairs: _Pairs, allowed_from: NDArray[np.int64], size: int
) -> _Followers:
    """List the symbols of at most `size` items for each customer."""
    kept = np.flatnonzero(elements.size[pairs.symbol] <= size)
    customer, last = pairs.customer[kept], pairs.last[kept]
    order = np.lexsort((-last, customer))
    stop = np.cumsum(np.bincount(customer, minlength=events.n_customers))
    # Events are numbered by customer, so "last event before" counts all earlier customers, too.
    before = np.concatenate(([0], np.cumsum(np.bincount(last, minlength=len(events.day)))))
    start = np.concatenate(([0], stop))[events.customer]
    return _Followers(
        pair=kept[order],
        symbol=pairs.symbol[kept][order],
        start=start,
        n=stop[events.customer] - before[allowed_from],
    )
