"""All rules that the itemsets hold: every set, split in every allowed way."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.basket._arguments import require
from crmlytics.basket.itemset_table import Itemsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.signedinteger[Any]]
    Template = Iterable[object] | Callable[[Any], bool] | None


class Candidates(NamedTuple):
    """Rules X → Y with their counts; `both`, `antecedent`, `consequent` are positions in `sets`.

    `examined` marks those that belong to the family: of the kind of sets given, and allowed by
    the templates. The others are there because the redundancy of a rule is judged by them.
    """

    sets: Itemsets
    both: Ints
    antecedent: Ints
    consequent: Ints
    examined: NDArray[np.bool_]

    @property
    def a(self) -> Ints:
        """Baskets with both sides."""
        return self.sets.counts[self.both]

    @property
    def r1(self) -> Ints:
        """Baskets with the antecedent."""
        return self.sets.counts[self.antecedent]

    @property
    def c1(self) -> Ints:
        """Baskets with the consequent."""
        return self.sets.counts[self.consequent]

    def kept(self, rows: NDArray[Any]) -> Candidates:
        """Some of the rules."""
        return Candidates(self.sets, *(values[rows] for values in self[1:]))


def candidates_of(
    itemsets: Itemsets,
    *,
    max_consequent: int,
    antecedents: Template = None,
    consequents: Template = None,
) -> Candidates:
    """Every rule of at most `max_consequent` items on its right side."""
    require("itemsets", itemsets, Itemsets)
    if itemsets.kind == "maximal":
        raise ValueError(
            "rules cannot be made from maximal itemsets: the counts of their subsets, which "
            "every measure needs, are not known; mine kind='closed' or kind='all'"
        )
    sets = itemsets.all_sets() if itemsets.kind == "closed" else itemsets
    both, antecedent, consequent = (
        _single(sets) if max_consequent == 1 else _several(sets, max_consequent)
    )
    examined = np.ones(len(both), bool)
    if itemsets.kind == "closed":
        mine = np.zeros(len(sets), bool)
        mine[sets.positions_of_codes(*itemsets.members())] = True
        examined = mine[both]
    for name, template, left in (
        ("antecedents", antecedents, True), ("consequents", consequents, False),
    ):  # fmt: skip
        refused = _outside(sets, ~allowed_items(sets, template, name))
        # Items of X are those of the whole set less those of Y.
        inside = refused[both] - refused[consequent] if left else refused[consequent]
        examined &= inside == 0
    return Candidates(sets, both, antecedent, consequent, examined)


def allowed_items(sets: Itemsets, template: Template, parameter: str) -> NDArray[np.bool_]:
    """Mark the items that a side may hold."""
    items = sets.baskets.items
    if template is None:
        return np.ones(len(items), bool)
    if callable(template):
        return np.fromiter((bool(template(name)) for name in items.tolist()), bool, len(items))
    if isinstance(template, str):
        raise TypeError(f"{parameter} must be a set of item names or a function, got one text")
    allowed = np.zeros(len(items), bool)
    allowed[sets.baskets.codes_of(template, parameter=parameter)] = True
    return allowed


def _single(sets: Itemsets) -> tuple[Ints, Ints, Ints]:
    indptr, codes = sets.members()
    sizes = np.diff(indptr)
    both = np.repeat(np.arange(len(sizes)), sizes)
    several = sizes[both] > 1
    return both[several], sets.subsets()[several], _singletons(sets)[codes[several]]


def _singletons(sets: Itemsets) -> Ints:
    """Position of each item as a set of its own."""
    position = np.full(sets.baskets.n_items, -1, np.int64)
    alone = np.flatnonzero(sets.sizes == 1)
    position[sets.last_items[sets.nodes[alone]]] = alone
    return position


def _several(sets: Itemsets, most: int) -> tuple[Ints, Ints, Ints]:
    indptr, codes = sets.members()
    none = np.empty(0, np.int64)
    parts: list[tuple[Ints, Ints, Ints]] = [(none, none, none)]
    for size in range(2, int(sets.sizes.max(initial=0)) + 1):
        rows = np.flatnonzero(sets.sizes == size)
        table = codes[indptr[rows][:, None] + np.arange(size)]
        for n_right in range(1, min(most, size - 1) + 1):
            for right in itertools.combinations(range(size), n_right):
                left = [column for column in range(size) if column not in right]
                antecedent = _positions(sets, table[:, left])
                parts.append((rows, antecedent, _positions(sets, table[:, list(right)])))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((joined[2], joined[0]))
    return joined[0][order], joined[1][order], joined[2][order]


def _positions(sets: Itemsets, table: NDArray[np.int32]) -> Ints:
    n, size = table.shape
    return sets.positions_of_codes(np.arange(n + 1, dtype=np.int64) * size, table.ravel())


def _outside(sets: Itemsets, refused: NDArray[np.bool_]) -> Ints:
    """How many refused items each set holds."""
    indptr, codes = sets.members()
    total = np.concatenate(([0], np.cumsum(refused[codes])))
    return np.asarray(np.diff(total[indptr]), np.int64)


def fixed(template: Template) -> Any:
    """A template that may be read twice, as an iterator may not."""
    if template is None or callable(template) or isinstance(template, str):
        return template
    return tuple(template)


def checked_length(max_consequent: object) -> int:
    """A whole number of items for the right side."""
    return checks.whole_number("max_consequent", max_consequent, at_least=1)
