"""Itemsets: what `frequent_itemsets` found, as arrays, and as a table when asked."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics.basket import _interop, _recovery, _rows, _trie

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from crmlytics.basket._kinds import Kind
    from crmlytics.basket.basket_matrix import Baskets


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Itemsets:
    """Sets of items bought together often enough, by size and then by item codes.

    Made by `frequent_itemsets`; never changed afterwards.

    Attributes
    ----------
    parents : ndarray of int32, shape (n_nodes,)
        Node of each set without its last item, -1 for single items.
    last_items : ndarray of int32, shape (n_nodes,)
        Code of each node's last (largest) item.
    nodes : ndarray of int32, shape (n_sets,)
        Node of each set. All nodes, in order, where `kind` is "all" or "generators"; closed and
        maximal sets have nodes in between that are not of their kind.
    sizes : ndarray of int32, shape (n_sets,)
        Number of items of each set.
    counts : ndarray of int64, shape (n_sets,)
        Number of baskets that hold all items of the set.
    n_baskets : int
        Number of all baskets, empty ones included.
    min_count : int
        The count that every set reaches.
    max_len : int or None
        The most items that were looked for.
    kind : {"all", "closed", "maximal", "generators"}
        Which sets these are.
    baskets : Baskets
        Where they were found; its `items` name the codes.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, frequent_itemsets
    >>> found = frequent_itemsets(
    ...     Baskets.from_lists([["bread", "milk"], ["bread", "milk"], ["milk"]]), min_count=2
    ... )
    >>> found
    Itemsets(3 sets, kind='all', min_count=2, n_baskets=3, by size: 2, 1)
    >>> found.to_frame()
             itemset  count   support
    0        [bread]      2  0.666667
    1         [milk]      3  1.000000
    2  [bread, milk]      2  0.666667
    """

    parents: NDArray[np.int32]
    last_items: NDArray[np.int32]
    nodes: NDArray[np.int32]
    sizes: NDArray[np.int32]
    counts: NDArray[np.int64]
    n_baskets: int
    min_count: int
    max_len: int | None
    kind: Kind
    baskets: Baskets

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def supports(self) -> NDArray[np.float64]:
        """Share of the baskets that hold each set: for reading, never for comparing."""
        return self.counts / max(self.n_baskets, 1)

    def level_counts(self) -> list[int]:
        """Number of sets of 1, 2, 3, … items."""
        return [int(n) for n in np.bincount(self.sizes)[1:]]

    def members(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Items of every set.

        Returns
        -------
        indptr : ndarray of int64, shape (n_sets + 1,)
            Set ``i`` holds ``codes[indptr[i]:indptr[i + 1]]``.
        codes : ndarray of int32
            Item codes, ascending within a set.
        """
        tables = self._tables()
        codes = [table.ravel() for table in tables]
        return _rows.offsets(self.sizes), np.concatenate(codes) if codes else np.empty(0, np.int32)

    def subsets(self) -> NDArray[np.int64]:
        """Position of every set without one of its items, aligned with the codes of `members`.

        Returns
        -------
        ndarray of int64
            Where ``codes[k]`` belongs to set ``i``, the position of set ``i`` without that item;
            -1 for the empty set, which every basket holds.

        Raises
        ------
        ValueError
            If the sets are closed or maximal: their subsets are not among them.
        """
        if self.kind in ("closed", "maximal"):
            remedy = (
                "expand them first with all_sets()"
                if self.kind == "closed"
                else "the counts of their subsets are not known: mine kind='closed' or 'all'"
            )
            raise ValueError(f"the subsets of {self.kind} itemsets are not among them; {remedy}")
        starts = _rows.offsets(self.level_counts())
        found = [
            np.where(table >= 0, table + starts[depth - 1] if depth else -1, -1).ravel()
            for depth, table in enumerate(_trie.without_one(self._levels(), self.baskets.n_items))
        ]
        return np.concatenate(found).astype(np.int64) if found else np.empty(0, np.int64)

    def positions_of(self, sets: Iterable[Iterable[object]]) -> NDArray[np.int64]:
        """Position of each set of item names, -1 where it is not among these.

        Parameters
        ----------
        sets : iterable of iterables
            Item names of each set.

        Returns
        -------
        ndarray of int64
            Positions in `counts`.
        """
        place = {name: code for code, name in enumerate(self.baskets.items)}
        sets = list(sets)
        if any(isinstance(one, str) for one in sets):
            raise TypeError("sets must hold sets of item names, not single texts: [['bread'], …]")
        coded = [sorted({place.get(name, -1) for name in one}) for one in sets]
        sizes = np.array([len(one) for one in coded], np.int64)
        flat = np.array([code for one in coded for code in one], np.int32)
        return self.positions_of_codes(_rows.offsets(sizes), flat)

    def positions_of_codes(
        self, indptr: NDArray[np.int64], codes: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Position of each set of item codes, -1 where it is not among these.

        Parameters
        ----------
        indptr, codes : ndarray
            Sets as `members` gives them: codes ascend within a set.

        Returns
        -------
        ndarray of int64
            Positions in `counts`.
        """
        levels, starts = self._levels(), self._node_starts()
        position = np.full(len(self.parents) + 1, -1, np.int64)
        position[self.nodes] = np.arange(len(self))
        sizes = np.diff(indptr)
        result = np.full(len(sizes), -1, np.int64)
        for size in np.unique(sizes[sizes > 0]):
            rows = np.flatnonzero(sizes == size)
            table = codes[indptr[:-1][rows, None] + np.arange(size)]
            found = _trie.find(levels, table, self.baskets.n_items)
            node = found + starts[size - 1] if size <= len(levels) else found
            result[rows] = np.where(found >= 0, position[node], -1)
        return result

    def all_sets(self) -> Itemsets:
        """All frequent itemsets with their counts, recovered from the closed ones.

        Returns
        -------
        Itemsets
            ``kind="all"``: a set counts as often as the closed superset that counts most.

        Raises
        ------
        ValueError
            If the sets are maximal or generators: they do not tell the other counts.
        """
        if self.kind == "all":
            return self
        if self.kind != "closed":
            raise ValueError(
                f"{self.kind} itemsets do not tell the counts of the others; "
                "mine kind='closed' or kind='all'"
            )
        starts = _rows.offsets(self.level_counts())
        counts = [self.counts[a:b] for a, b in itertools.pairwise(starts)]
        return from_levels(
            _recovery.all_from_closed(self._tables(), counts),
            baskets=self.baskets,
            min_count=self.min_count,
            max_len=self.max_len,
        )

    def to_frame(self, backend: Literal["pandas", "polars", "pyarrow"] | None = None) -> Any:
        """Return the sets as a table with their names.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"} or None
            The kind of frame; None means pandas.

        Returns
        -------
        DataFrame
            ``itemset`` (list of item names, ascending), ``count`` and ``support``, a row per set.

        Raises
        ------
        MissingDependencyError
            If the backend is not installed.
        """
        return _interop.to_frame(self, backend)

    def to_mlxtend(self) -> Any:
        """Return the pandas table that mlxtend's functions take: ``support`` and ``itemsets``.

        Returns
        -------
        DataFrame
            ``support`` (float) and ``itemsets`` (frozenset of names), a row per set.
        """
        return _interop.to_mlxtend(self)

    @classmethod
    def from_mlxtend(cls, frame: object, *, n_baskets: int) -> Itemsets:
        """Read the itemsets that mlxtend found, all of them.

        Parameters
        ----------
        frame : DataFrame
            ``support`` and ``itemsets`` as from mlxtend's ``apriori`` or ``fpgrowth``.
        n_baskets : int
            Number of rows of the one-hot table they were mined from: supports times this number
            must be whole.

        Returns
        -------
        Itemsets
            ``kind="all"``. Its `baskets` know the items and have no rows.

        Raises
        ------
        DataContractError
            If a subset of a set is missing (closed and maximal sets cannot be read), a set is
            there twice, or supports do not fit `n_baskets`.
        """
        levels, baskets, count = _interop.from_mlxtend(frame, n_baskets)
        return from_levels(
            levels, baskets=baskets, min_count=count, max_len=None, n_baskets=n_baskets
        )

    def _node_starts(self) -> list[int]:
        """Where the nodes of each size begin: parents ascend, and stand one level above."""
        starts = [0]
        while starts[-1] < len(self.parents):
            level_above = starts[-1] if len(starts) > 1 else 0
            starts.append(int(np.searchsorted(self.parents, level_above)))
        return starts

    def _levels(self) -> list[_trie.Level]:
        """The nodes level by level, parents as places in the level above (counts are left out)."""
        starts = self._node_starts()
        none = np.empty(0, np.int64)
        return [
            _trie.Level(
                self.parents[a:b] - np.int32(starts[depth - 1] if depth else 0),
                self.last_items[a:b],
                none,
            )
            for depth, (a, b) in enumerate(itertools.pairwise(starts))
        ]

    def _tables(self) -> list[NDArray[np.int32]]:
        """Items of the sets, a table per size."""
        starts = self._node_starts()
        held = _trie.members(self._levels())
        return [
            table[self.nodes[self.sizes == size] - starts[size - 1]]
            for size, table in enumerate(held, start=1)
        ]

    def __repr__(self) -> str:
        by_size = ", ".join(f"{n:,}" for n in self.level_counts()) or "none"
        return (
            f"Itemsets({len(self):,} sets, kind={self.kind!r}, min_count={self.min_count:,}, "
            f"n_baskets={self.n_baskets:,}, by size: {by_size})"
        )


def from_levels(
    levels: Sequence[_trie.Level],
    *,
    baskets: Baskets,
    min_count: int,
    max_len: int | None,
    kind: Kind = "all",
    marks: Sequence[NDArray[np.bool_]] | None = None,
    n_baskets: int | None = None,
) -> Itemsets:
    """Itemsets from the levels of a trie in the order of item codes, those marked if given."""
    if marks is not None and kind != "all":
        levels, marks = _needed(levels, marks)
    sizes = [len(level.item) for level in levels]
    starts = _rows.offsets(sizes)
    parents = [
        level.parent + np.int32(starts[depth - 1]) if depth else level.parent
        for depth, level in enumerate(levels)
    ]
    kept = np.ones(int(starts[-1]), bool) if marks is None else np.concatenate([*marks, []]) == 1
    return Itemsets(
        parents=np.concatenate([*parents, np.empty(0, np.int32)]).astype(np.int32),
        last_items=np.concatenate([*(level.item for level in levels), []]).astype(np.int32),
        nodes=np.flatnonzero(kept).astype(np.int32),
        sizes=np.repeat(np.arange(1, len(sizes) + 1, dtype=np.int32), sizes)[kept],
        counts=np.concatenate([*(level.counts for level in levels), np.empty(0, np.int64)])[kept],
        n_baskets=baskets.n_baskets if n_baskets is None else n_baskets,
        min_count=min_count,
        max_len=max_len,
        kind=kind,
        baskets=baskets,
    )


def _needed(
    levels: Sequence[_trie.Level], marks: Sequence[NDArray[np.bool_]]
) -> tuple[list[_trie.Level], list[NDArray[np.bool_]]]:
    """Drop the nodes that neither are marked nor lead to a marked one."""
    leads = [mark.copy() for mark in marks]
    for depth in range(len(levels) - 1, 0, -1):
        leads[depth - 1][levels[depth].parent[leads[depth]]] = True
    result, left = [], []
    for depth, (level, keep, mark) in enumerate(zip(levels, leads, marks, strict=True)):
        if not keep.any():
            break
        parent = level.parent[keep]
        if depth:
            parent = (np.cumsum(leads[depth - 1]) - 1)[parent].astype(np.int32)
        result.append(_trie.Level(parent, level.item[keep], level.counts[keep]))
        left.append(mark[keep])
    return result, left
