"""What Spark found, as the arrays that our own miners give."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.basket import _kinds, _rows, _trie, itemset_table
from crmlytics.basket._sequence_closed import closed_by_steps
from crmlytics.basket._sequence_elements import Elements
from crmlytics.basket._sequence_levels import Patterns
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.sequences import Sequences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.spark_patterns import Found
    from crmlytics.basket.itemset_table import Itemsets

    Ints = NDArray[np.int64]


def itemsets_of(found: Found, *, kind: _kinds.Kind, max_len: int | None) -> Itemsets:
    """Code the items by their names, order the sets, and find each one's parent."""
    items = _rows.plain_names(sorted(found.items), "the frame")
    place = {name: code for code, name in enumerate(items.tolist())}
    sizes = np.fromiter((len(one) for one in found.patterns), np.int64, len(found.patterns))
    counts = np.array(found.counts, np.int64)
    levels: list[_trie.Level] = []
    for size in range(1, int(sizes.max(initial=0)) + 1):
        rows = np.flatnonzero(sizes == size)
        named = itertools.chain.from_iterable(found.patterns[row] for row in rows.tolist())
        codes = np.fromiter((place[name] for name in named), np.int32, size * len(rows))
        table = np.sort(codes.reshape(-1, size), axis=1)
        order = np.lexsort(table.T[::-1])
        table = table[order]
        parent = np.full(len(rows), -1, np.int64)
        if size > 1:
            parent = _trie.find(levels, table[:, :-1], len(items))
        levels.append(
            _trie.Level(parent.astype(np.int32), table[:, -1].copy(), counts[rows][order])
        )
    return itemset_table.from_levels(
        levels,
        baskets=Baskets(indptr=np.zeros(1, np.int64), indices=np.empty(0, np.int32), items=items),
        min_count=found.min_count,
        max_len=max_len,
        kind=kind,
        marks=_kinds.of_kind(levels, kind, n_items=len(items)),
        n_baskets=found.n_groups,
    )


def sequences_of(found: Found, *, max_len: int | None, closed: bool, like: Any) -> Sequences:
    """Make every element a symbol, in order of size and items, and order the patterns."""
    names = sorted(found.items)
    items = np.array(names, np.int64 if names and not isinstance(names[0], str) else object)
    place = {name: code for code, name in enumerate(names)}
    written = [
        tuple(tuple(sorted(place[name] for name in element)) for element in pattern)
        for pattern in found.patterns
    ]
    # Every element of a frequent sequence is a frequent sequence itself, so all are here.
    sets = sorted({one[0] for one in written if len(one) == 1}, key=lambda one: (len(one), one))
    symbol = {one: number for number, one in enumerate(sets)}
    coded = [tuple(symbol[element] for element in one) for one in written]
    n_items = [sum(map(len, one)) for one in written]
    order = sorted(range(len(coded)), key=lambda i: (n_items[i], len(coded[i]), coded[i]))
    depth = max(map(len, coded), default=0)
    table = np.full((len(coded), depth), -1, np.int32)
    for row, i in enumerate(order):
        table[row, : len(coded[i])] = coded[i]
    counts = np.array(found.counts, np.int64)[order]
    elements = _elements(sets, symbol)
    patterns = Patterns(
        table,
        counts,
        np.array(n_items, np.int64)[order],
        np.array([len(one) for one in coded], np.int64)[order],
    )
    if closed:
        kept = closed_by_steps(patterns, elements)
        patterns = Patterns(
            patterns[0][kept], patterns[1][kept], patterns[2][kept], patterns[3][kept]
        )
    symbols, counts, of_items, of_elements = patterns
    return Sequences(
        elements=symbols,
        element_parents=elements.parent,
        element_items=elements.item,
        items=items,
        counts=counts,
        n_items=of_items,
        n_elements=of_elements,
        n_customers=found.n_groups,
        min_count=found.min_count,
        max_len=max_len,
        closed=closed,
        _like=like,
    )


def _elements(sets: list[tuple[int, ...]], symbol: dict[tuple[int, ...], int]) -> Elements:
    none = np.empty(0, np.int64)
    return Elements(
        parent=np.array([symbol[one[:-1]] if len(one) > 1 else -1 for one in sets], np.int64),
        item=np.array([one[-1] for one in sets], np.int64),
        size=np.array([len(one) for one in sets], np.int64),
        counts=none,
        at_event=none,
        at_symbol=none,
    )
