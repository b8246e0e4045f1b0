"""Baskets as a sparse matrix: what every miner of this package reads."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.basket import _onehot, _rows, _taxonomy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Baskets:
    """Which items were bought together: one row per order, one column per item, in CSR form.

    Made by `baskets`, `Baskets.from_lists` or `Baskets.from_onehot`; never changed afterwards.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n_baskets + 1,)
        Basket ``i`` holds ``indices[indptr[i]:indptr[i + 1]]``.
    indices : ndarray of int32, shape (n_lines,)
        Item codes, ascending and distinct within a basket.
    items : ndarray of object, shape (n_items,)
        Names of the items in ascending order; the index is the code.
    weights : ndarray of float64, shape (n_lines,), or None
        Quantity or revenue of each line, summed over the duplicates of an order. Weights never
        enter a count.
    orders : ndarray, shape (n_baskets,), or None
        Key of each basket, ascending; None where the baskets came without keys.
    customers : ndarray, shape (n_baskets,), or None
        Key of each basket's customer.
    days : ndarray of int64, shape (n_baskets,), or None
        Day of each basket, in days since 1970-01-01: the first day of its lines.
    ancestors : ndarray of int32, shape (n_relations, 2), or None
        Codes of an item and of a group it belongs to, after `with_groups`: no itemset holds both.

    Examples
    --------
    >>> from crmlytics.basket import Baskets
    >>> found = Baskets.from_lists([["bread", "milk"], ["milk"], []])
    >>> found
    Baskets(n_baskets=3, n_items=2, n_lines=3, n_empty=1, largest=2)
    >>> found.item_counts
    array([1, 2])
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    items: NDArray[np.object_]
    weights: NDArray[np.float64] | None = None
    orders: NDArray[Any] | None = None
    customers: NDArray[Any] | None = None
    days: NDArray[np.int64] | None = None
    ancestors: NDArray[np.int32] | None = None

    @classmethod
    def from_lists(cls, lists: Iterable[Collection[str] | Collection[int]]) -> Baskets:
        """Read one collection of item names per basket; duplicates within one count once.

        Parameters
        ----------
        lists : iterable of collections of str or of int
            The items of each basket; an empty one is a basket without items and counts.

        Returns
        -------
        Baskets
            Baskets in the order given, without keys.

        Raises
        ------
        TypeError
            If a basket is a single text instead of a collection.
        DataContractError
            If an item is missing, or names are neither all text nor all integers.
        """
        return cls(*_rows.from_lists(lists))

    @classmethod
    def from_onehot(cls, frame: object) -> Baskets:
        """Read a wide table with one row per basket and one column per item.

        Parameters
        ----------
        frame : DataFrame
            Truth values or numbers of at least 0, of any engine. An item is there where its value
            is not 0: quantities are read as such and kept as weights.

        Returns
        -------
        Baskets
            Baskets in the order of the rows, without keys.

        Raises
        ------
        DataContractError
            If a column holds anything else than truth values or numbers of at least 0.
        """
        return cls(*_onehot.from_onehot(frame))

    @property
    def n_baskets(self) -> int:
        """Number of baskets, empty ones included: the denominator of every support."""
        return len(self.indptr) - 1

    @property
    def n_items(self) -> int:
        """Number of distinct items."""
        return len(self.items)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of distinct items of each basket."""
        return np.diff(self.indptr)

    @property
    def item_counts(self) -> NDArray[np.int64]:
        """Number of baskets that hold each item."""
        return np.bincount(self.indices, minlength=self.n_items).astype(np.int64)

    @property
    def pair_work(self) -> int:
        """Pairs of items over all baskets, n(n - 1)/2 each: what counting pairs costs."""
        return int((self.sizes * (self.sizes - 1) // 2).sum())

    def codes_of(self, names: Iterable[object], *, parameter: str = "items") -> NDArray[np.int32]:
        """Codes of the items named.

        Parameters
        ----------
        names : iterable
            Item names.
        parameter : str
            How an error calls the names.

        Returns
        -------
        ndarray of int32
            One code per name, in their order.

        Raises
        ------
        ValueError
            If a name is none of the items; says which is like it.
        """
        return _rows.codes_of(self.items, names, parameter)

    def select(
        self,
        *,
        include: Iterable[object] | None = None,
        exclude: Iterable[object] | None = None,
    ) -> Baskets:
        """Keep some items only; baskets that become empty stay and count.

        Parameters
        ----------
        include : iterable or None
            Names of the items to keep; None keeps all.
        exclude : iterable or None
            Names of the items to leave out.

        Returns
        -------
        Baskets
            As many baskets over fewer items.

        Raises
        ------
        ValueError
            If a name is none of the items.
        """
        kept = _rows.chosen(self.items, include, exclude)
        indptr, indices, weights = _rows.keep_items(self.indptr, self.indices, self.weights, kept)
        return dataclasses.replace(
            self,
            indptr=indptr,
            indices=indices,
            weights=weights,
            items=self.items[kept],
            ancestors=_taxonomy.keep_relations(self.ancestors, kept),
        )

    def take(self, rows: NDArray[Any]) -> Baskets:
        """Keep some baskets, such as those of one period or one half of the customers.

        Parameters
        ----------
        rows : ndarray of bool, shape (n_baskets,), or of int
            Which baskets, as a mask or as positions; a position twice is a basket twice.

        Returns
        -------
        Baskets
            These baskets over the same items, with the same codes.

        Raises
        ------
        ValueError
            If a mask is not as long as there are baskets, or positions are no whole numbers from 0
            to the number of baskets less 1.
        """
        rows = _rows.positions(rows, self.n_baskets)
        indptr, lines = _rows.take_rows(self.indptr, rows)
        keys: dict[str, Any] = {
            name: None if values is None else values[rows]
            for name, values in (
                ("orders", self.orders),
                ("customers", self.customers),
                ("days", self.days),
            )
        }
        weights = None if self.weights is None else self.weights[lines]
        return dataclasses.replace(
            self, indptr=indptr, indices=self.indices[lines], weights=weights, **keys
        )

    def to_groups(self, groups: Mapping[Any, Any] | object) -> Baskets:
        """Replace every item by its group: the baskets one level up in the catalogue.

        Parameters
        ----------
        groups : mapping or two-column DataFrame
            Group of each item: a mapping from item to group (or to a list of groups), or a frame
            whose first column holds items and whose second holds groups.

        Returns
        -------
        Baskets
            As many baskets over the groups; a group bought twice counts once, its weights add up.

        Raises
        ------
        DataContractError
            If an item has no group, or names are missing or of two types.
        """
        found = _taxonomy.read_groups(groups, self.items)
        found.refuse_ungrouped(self.items)
        indptr, indices, weights = _taxonomy.replaced(
            found, self.indptr, self.indices, self.weights
        )
        return dataclasses.replace(
            self, indptr=indptr, indices=indices, weights=weights, items=found.names, ancestors=None
        )

    def with_groups(self, groups: Mapping[Any, Any] | object, *, group_name: str = "{}") -> Baskets:
        """Add every item's groups to its basket, so that rules may mix levels of the catalogue.

        Parameters
        ----------
        groups : mapping or two-column DataFrame
            As in `to_groups`; give several groups of an item to mine several levels at once. Items
            without a group stay alone.
        group_name : str
            How a group is called among the items: ``"all {}"`` makes ``"all sausage"``. Needed
            where a group bears the name of an item.

        Returns
        -------
        Baskets
            The same baskets with the groups as further items, and `ancestors` filled, so that no
            itemset holds an item together with a group of its own.

        Raises
        ------
        DataContractError
            If a group bears the name of an item, or names are missing or of two types.
        """
        found = _taxonomy.read_groups(groups, self.items).renamed(group_name)
        added = _taxonomy.added(found, self.indptr, self.indices, self.weights, self.items)
        return dataclasses.replace(
            self,
            indptr=added.indptr,
            indices=added.indices,
            weights=added.weights,
            items=added.items,
            ancestors=_taxonomy.joined_relations(added, self.ancestors),
        )

    def __repr__(self) -> str:
        sizes = self.sizes
        facts = {
            "n_baskets": self.n_baskets,
            "n_items": self.n_items,
            "n_lines": len(self.indices),
            "n_empty": int((sizes == 0).sum()),
            "largest": int(sizes.max(initial=0)),
        }
        held = [
            name
            for name in ("weights", "orders", "customers", "days", "ancestors")
            if getattr(self, name) is not None
        ]
        text = ", ".join(f"{name}={value:,}" for name, value in facts.items())
        return f"Baskets({text}{', with ' + ', '.join(held) if held else ''})"
