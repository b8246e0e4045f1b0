"""The slow obvious miner, and baskets to try it on."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

#: Up to 8 items, mostly few and sometimes dense; empty baskets and duplicates included.
basket_lists = st.integers(1, 8).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=10), min_size=1, max_size=20)
)


def brute_force(lists, min_count):
    """Every set of items with the number of baskets that hold it, if that is enough."""
    held = [frozenset(one) for one in lists]
    items = sorted(frozenset().union(*held))
    counted = {
        candidate: sum(set(candidate) <= one for one in held)
        for size in range(1, len(items) + 1)
        for candidate in itertools.combinations(items, size)
    }
    return {candidate: n for candidate, n in counted.items() if n >= min_count}


def of_kind(frequent, kind):
    """The closed, the maximal or the generators of the frequent sets, as they are defined."""
    if kind == "all":
        return frequent
    keeps = {
        "closed": lambda one, n: (
            not any(set(one) < set(other) and n == m for other, m in frequent.items())
        ),
        "maximal": lambda one, _: not any(set(one) < set(other) for other in frequent),
        "generators": lambda one, n: (
            not any(set(other) < set(one) and n == m for other, m in frequent.items())
        ),
    }
    return {one: n for one, n in frequent.items() if keeps[kind](one, n)}


def as_counts(itemsets):
    """What a result says, in its own order."""
    table = itemsets.to_frame()
    return {tuple(one): n for one, n in zip(table["itemset"], table["count"], strict=True)}
