"""Sequences whose steps or whole must fit into a limited time.

With an upper limit the earliest end is not enough: a later one may be the only one that the next
step still reaches. So every event at which a pattern can end is kept, each with the *latest* event
at which it can have begun; a later start leaves more time and therefore dominates.
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

_MOST_CANDIDATES = 1_000_000
_MOST_CELLS = 4_000_000


class Limits(NamedTuple):
    """Limits in days; None is no limit, and a gap is at least 1 day."""

    min_gap: int
    max_gap: int | None
    max_span: int | None


class _Windows(NamedTuple):
    """The events that may follow each event: from `low` up to, without, `high`.

    `span_end` is the first event that is too far from an event at which a pattern begins.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    span_end: NDArray[np.int64]


class _States(NamedTuple):
    """Where each pattern can end, ordered by pattern and start."""

    pattern: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


class _Occurrences(NamedTuple):
    """Occurrences of symbols of at most some size; those of event e begin at ``offset[e]``."""

    offset: NDArray[np.int64]
    event: NDArray[np.int64]
    symbol: NDArray[np.int64]
    pair: NDArray[np.int64]
    n_pairs: int


def grow_within(
    events: Events,
    elements: Elements,
    *,
    min_count: int,
    max_len: int | None,
    limits: Limits,
    spend: Callable[[int, str], None],
) -> list[Level]:
    """Find all sequences of elements that keep the limits of time."""
    n_symbols = len(elements.counts)
    level = Level(
        np.zeros(n_symbols, np.int64), np.arange(n_symbols), elements.counts, elements.size
    )
    levels = [level]
    windows = _windows(events, limits)
    largest = int(elements.size.max()) if n_symbols else 0
    held = [_occurrences(events, elements, size) for size in range(1, largest + 1)]
    order = np.argsort(elements.at_symbol, kind="stable")
    at = elements.at_event[order]
    states = _States(elements.at_symbol[order], at, at)
    # Each pattern without its first element, as a place in the level before (at first the root).
    suffix = np.zeros(n_symbols, np.int64)
    while len(states.pattern):
        room = np.full(len(level.counts), largest)
        if max_len is not None:
            room = np.minimum(max_len - level.n_items, largest)
        growing = _Growing(level, suffix, windows, n_symbols, min_count, spend, len(levels) + 1)
        for size, occurrences in enumerate(held, start=1):
            mine = room[states.pattern] == size
            growing.extend(_States(*(each[mine] for each in states)), occurrences)
        child, states = growing.finish(elements, max_len)
        if not len(child.counts):
            break
        key = level.parent * n_symbols + level.symbol
        suffix = np.searchsorted(key, suffix[child.parent] * n_symbols + child.symbol)
        level = child
        levels.append(level)
    return levels


class _Growing:
    """The next level while it is found, block by block of the patterns of this one."""

    def __init__(
        self,
        level: Level,
        suffix: NDArray[np.int64],
        windows: _Windows,
        n_symbols: int,
        min_count: int,
        spend: Callable[[int, str], None],
        depth: int,
    ) -> None:
        self.level, self.windows = level, windows
        self.n_symbols, self.min_count = n_symbols, min_count
        self.spend, self.name = spend, f"sequences of {depth} elements"
        # What can follow a pattern can follow it without its first element.
        self.first = np.searchsorted(level.parent, suffix)
        self.n_allowed = np.searchsorted(level.parent, suffix, side="right") - self.first
        self.found: list[tuple[NDArray[np.int64], ...]] = []
        self.states: list[tuple[NDArray[np.int64], ...]] = []
        self.n = self.n_states = 0

    def extend(self, states: _States, occurrences: _Occurrences) -> None:
        """Count every symbol in reach of the patterns of these states, and keep the frequent."""
        starts = np.flatnonzero(np.diff(states.pattern, prepend=-1))
        if not len(starts):
            return
        edges = np.append(starts, len(states.pattern))
        low = self.windows.low[states.end]
        high = np.minimum(self.windows.high[states.end], self.windows.span_end[states.start])
        begin = occurrences.offset[low]
        n = occurrences.offset[np.maximum(high, low)] - begin
        widest = max(occurrences.n_pairs, len(occurrences.event), self.n_symbols)
        per_pattern = -(-_MOST_CANDIDATES * widest // _MOST_CELLS)
        work = np.maximum(np.add.reduceat(n, starts), per_pattern)
        # Written before it is read, cell by cell: it needs no clearing between the blocks.
        scratch = np.empty(max(_MOST_CELLS, widest), np.int64)
        for one, other in blocks(work, _MOST_CANDIDATES):
            rows = slice(edges[one], edges[other])
            at = ranges(begin[rows], n[rows])
            local = np.repeat(np.arange(other - one), np.diff(edges[one : other + 1]))
            local = np.repeat(local, n[rows])
            start = np.repeat(states.start[rows], n[rows])
            self._count(states.pattern[starts[one:other]], local, at, start, occurrences, scratch)

    def _count(
        self,
        pattern: NDArray[np.int64],
        local: NDArray[np.int64],
        at: NDArray[np.int64],
        start: NDArray[np.int64],
        occurrences: _Occurrences,
        scratch: NDArray[np.int64],
    ) -> None:
        """Count customers by pattern and symbol, and write down the new patterns' states."""
        cell = local * self.n_symbols + occurrences.symbol[at]
        likely = np.flatnonzero(self._allowed(pattern)[cell])
        cell, local, at, start = cell[likely], local[likely], at[likely], start[likely]
        once = _last_of(local * occurrences.n_pairs + occurrences.pair[at], scratch)
        held, count = counted(cell[once], len(pattern) * self.n_symbols)
        frequent = count >= self.min_count
        held, count = held[frequent], count[frequent]
        if not len(held):
            return
        self.found.append((pattern[held // self.n_symbols], held % self.n_symbols, count))
        self.spend(len(held), self.name)
        child = np.full(len(pattern) * self.n_symbols, -1)
        child[held] = np.arange(self.n, self.n + len(held))
        self.n += len(held)
        new = child[cell]
        kept = np.flatnonzero(new >= 0)
        # States are ordered by start, so of one end the last has the latest start.
        kept = kept[_last_of(local[kept] * len(occurrences.event) + at[kept], scratch)]
        self.n_states += len(kept)
        refuse_too_many(self.n_states, self.name)
        self.states.append((new[kept], start[kept], occurrences.event[at[kept]]))

    def _allowed(self, pattern: NDArray[np.int64]) -> NDArray[np.bool_]:
        n = self.n_allowed[pattern]
        row = np.repeat(np.arange(len(pattern)), n)
        allowed = np.zeros(len(pattern) * self.n_symbols, bool)
        allowed[row * self.n_symbols + self.level.symbol[ranges(self.first[pattern], n)]] = True
        return allowed

    def finish(self, elements: Elements, max_len: int | None) -> tuple[Level, _States]:
        """Number the patterns by prefix and symbol, and order the states by pattern and start."""
        none = np.empty(0, np.int64)
        if not self.found:
            return Level(none, none, none, none), _States(none, none, none)
        parent, symbol, count = (np.concatenate(each) for each in zip(*self.found, strict=True))
        n_items = self.level.n_items[parent] + elements.size[symbol]
        order = np.lexsort((symbol, parent))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        level = Level(parent[order], symbol[order], count[order], n_items[order])
        new, start, end = (np.concatenate(each) for each in zip(*self.states, strict=True))
        new = rank[new]
        # Only states with a later event in reach lead on.
        reach = np.minimum(self.windows.high[end], self.windows.span_end[start])
        leads_on = self.windows.low[end] < reach
        if max_len is not None:
            leads_on &= level.n_items[new] < max_len
        new, start, end = new[leads_on], start[leads_on], end[leads_on]
        order = np.lexsort((start, new))
        return level, _States(new[order], start[order], end[order])


def _last_of(key: NDArray[np.int64], scratch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the last of each equal key."""
    position = np.arange(len(key))
    scratch[key] = position  # where keys repeat, the last assignment stays
    return np.flatnonzero(scratch[key] == position)


def _windows(events: Events, limits: Limits) -> _Windows:
    def beyond(days: int | None) -> NDArray[np.int64]:
        return events.end if days is None else first_after(events, days + 1)

    return _Windows(
        low=first_after(events, limits.min_gap),
        high=beyond(limits.max_gap),
        span_end=beyond(limits.max_span),
    )


def _occurrences(events: Events, elements: Elements, size: int) -> _Occurrences:
    kept = np.flatnonzero(elements.size[elements.at_symbol] <= size)
    event, symbol = elements.at_event[kept], elements.at_symbol[kept]
    pair = events.customer[event] * len(elements.counts) + symbol
    held, pair = np.unique(pair, return_inverse=True)
    offset = np.concatenate(([0], np.cumsum(np.bincount(event, minlength=len(events.day)))))
    return _Occurrences(offset, event, symbol, pair, len(held))
