"""Groups of items: a catalogue's levels, and who is whose ancestor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import frames
from crmlytics.basket import _rows
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Groups(NamedTuple):
    """Which of the items belongs to which group: pairs of codes, ascending by item and group."""

    names: NDArray[np.object_]
    item: NDArray[np.int64]
    group: NDArray[np.int64]

    def refuse_ungrouped(self, items: NDArray[np.object_]) -> None:
        """Say which items have no group: replacing them would lose them."""
        alone = np.setdiff1d(np.arange(len(items)), self.item)
        if len(alone):
            raise DataContractError(
                f"{len(alone):,} of {len(items):,} items have no group, such as "
                f"{items[alone[0]]!r}; map them to themselves, or leave them out first with "
                "select(exclude=…)"
            )

    def renamed(self, pattern: str) -> Groups:
        """Call the groups by a pattern such as ``all {}``."""
        if not isinstance(pattern, str) or "{}" not in pattern:
            raise ValueError(
                f"group_name must be text with a place for the name, such as 'all {{}}', "
                f"got {pattern!r}"
            )
        if pattern == "{}":
            return self
        names = np.array([pattern.replace("{}", str(name)) for name in self.names], object)
        order = np.argsort(names, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return Groups(names[order], self.item, rank[self.group])


class Added(NamedTuple):
    """Rows that hold the groups next to the items, and the new codes of both."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: NDArray[np.float64] | None
    items: NDArray[np.object_]
    code_of_item: NDArray[np.int64]
    relations: NDArray[np.int32]


def read_groups(groups: Mapping[Any, Any] | object, items: NDArray[np.object_]) -> Groups:
    """Turn a mapping or a two-column frame into pairs of codes; items not sold do not matter."""
    names, values = _pairs_of(groups)
    if missing := sum(1 for name in names if name is None or name != name):
        raise DataContractError(
            f"{missing:,} of {len(names):,} items that groups maps are missing; leave them out"
        )
    place = {name: code for code, name in enumerate(items)}
    code = np.array([place.get(name, -1) for name in names], np.int64)
    if len(items) and not (code >= 0).any():
        raise DataContractError(
            "groups names none of the items; are the items and the first column of groups of one "
            "type, both text or both integers?"
        )
    held = np.empty(int((code >= 0).sum()), object)
    held[:] = [value for value, at in zip(values, code, strict=True) if at >= 0]
    group, distinct = _rows.coded_names(held, "the groups")
    pairs = np.unique(code[code >= 0] * max(len(distinct), 1) + group)
    item, group = np.divmod(pairs, max(len(distinct), 1))
    return Groups(distinct, item, group)


def _pairs_of(groups: Mapping[Any, Any] | object) -> tuple[list[Any], list[Any]]:
    if isinstance(groups, Mapping):
        pairs = [
            (item, group)
            for item, held in groups.items()
            for group in (held if isinstance(held, list | tuple | set | frozenset) else [held])
        ]
        return [item for item, _ in pairs], [group for _, group in pairs]
    columns = frames.column_names(groups)
    if len(columns) != 2:
        raise DataContractError(
            f"groups must have two columns, items and their groups, it has {len(columns)}; "
            "for several levels stack them: one row per item and group"
        )
    table = frames.collect(frames.lazy(groups))
    return table[columns[0]].to_list(), table[columns[1]].to_list()


def replaced(
    groups: Groups,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
) -> _rows.Rows:
    """Rows of groups in place of the items."""
    row, group, weight = _lines_of_groups(groups, indptr, indices, weights)
    return _rows.build(row, group, weight, n_rows=len(indptr) - 1, n_items=len(groups.names))


def added(
    groups: Groups,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    items: NDArray[np.object_],
) -> Added:
    """Rows of the items and their groups together."""
    _refuse_clash(groups, items)
    both = _rows.plain_names(np.concatenate([items, groups.names]), "items and groups together")
    order = np.argsort(both, kind="stable")
    code = np.empty(len(order), np.int64)
    code[order] = np.arange(len(order))
    row, group, weight = _lines_of_groups(groups, indptr, indices, weights)
    row = np.concatenate([np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), row])
    item = np.concatenate([code[indices], code[len(items) + group]])
    rows = _rows.build(
        row,
        item,
        None if weights is None or weight is None else np.concatenate([weights, weight]),
        n_rows=len(indptr) - 1,
        n_items=len(both),
    )
    return Added(*rows, both[order], code[: len(items)], _relations(groups, code, len(items)))


def _refuse_clash(groups: Groups, items: NDArray[np.object_]) -> None:
    if clash := sorted(set(groups.names) & set(items)):
        raise DataContractError(
            f"{len(clash):,} of {len(groups.names):,} groups bear the name of an item, such as "
            f"{clash[0]!r}; call the groups otherwise, with group_name='all {{}}'"
        )


def _lines_of_groups(
    groups: Groups,
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None]:
    """One line per line and group of its item."""
    starts = np.searchsorted(groups.item, indices)
    held = np.searchsorted(groups.item, indices, side="right") - starts
    row = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    group = groups.group[_rows.spans(starts, held)]
    return np.repeat(row, held), group, None if weights is None else np.repeat(weights, held)


def _relations(groups: Groups, code: NDArray[np.int64], n_items: int) -> NDArray[np.int32]:
    """Pairs of an item or group and a group that holds all of it."""
    of_items = np.column_stack([code[groups.item], code[n_items + groups.group]])
    members = [
        frozenset(groups.item[groups.group == group].tolist()) for group in range(len(groups.names))
    ]
    of_groups = [
        (code[n_items + low], code[n_items + high])
        for low, inside in enumerate(members)
        for high, outside in enumerate(members)
        if low != high and inside <= outside
    ]
    return np.concatenate([of_items, np.array(of_groups, np.int64).reshape(-1, 2)]).astype(np.int32)


def joined_relations(made: Added, before: NDArray[np.int32] | None) -> NDArray[np.int32]:
    """Relations of a second call of `with_groups` next to those of the first, and what follows.

    An item lies in the group of its group, too.
    """
    if before is None:
        return made.relations
    pairs = np.concatenate([made.code_of_item[before].astype(np.int32), made.relations])
    above: dict[int, set[int]] = {}
    for low, high in pairs.tolist():
        above.setdefault(low, set()).add(high)
    for low, highs in above.items():
        reached: set[int] = set()
        ahead = list(highs)
        while ahead:
            high = ahead.pop()
            if high not in reached and high != low:
                reached.add(high)
                ahead.extend(above.get(high, ()))
        above[low] = reached
    found = [(low, high) for low, highs in above.items() for high in highs]
    return np.unique(np.array(found, np.int32).reshape(-1, 2), axis=0)


def keep_relations(
    ancestors: NDArray[np.int32] | None, kept: NDArray[np.bool_]
) -> NDArray[np.int32] | None:
    """Relations among the items kept, recoded."""
    if ancestors is None:
        return None
    recoded = (np.cumsum(kept) - 1).astype(np.int32)
    return recoded[ancestors[kept[ancestors].all(axis=1)]]
