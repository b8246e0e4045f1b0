"""Closed and maximal itemsets and generators, told by comparing each set with its subsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from crmlytics.basket import _trie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Kind = Literal["all", "closed", "maximal", "generators"]
KINDS: tuple[Kind, ...] = ("all", "closed", "maximal", "generators")


def of_kind(levels: Sequence[_trie.Level], kind: Kind, *, n_items: int) -> list[NDArray[np.bool_]]:
    """Mark the sets of one kind in each level.

    A set is not maximal if it lies in a frequent set with one item more, and not closed if that
    one has the same count; a set is no generator if a subset with one item less has its count.
    """
    marks = [np.ones(len(level.counts), bool) for level in levels]
    if kind == "all":
        return marks
    subsets = _trie.without_one(levels, n_items)
    for depth in range(1, len(levels)):
        above, level, held = levels[depth - 1], levels[depth], subsets[depth]
        if kind == "maximal":
            marks[depth - 1][held.ravel()] = False
            continue
        equal = above.counts[held] == level.counts[:, None]
        if kind == "closed":
            marks[depth - 1][held[equal]] = False
        else:
            marks[depth] &= ~equal.any(axis=1)
    return marks
