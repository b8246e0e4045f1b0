"""Recommending by rules: a rule fires when the basket holds all items of its antecedent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from crmlytics.basket import _rows
from crmlytics.basket._recommender_levels import Reasons
from crmlytics.basket._recommender_ranking import Candidates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._recommender_levels import Chosen
    from crmlytics.basket._recommender_ranking import Query

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_FIRINGS = 4_000_000  # rules of baskets looked at together


class Rules(NamedTuple):
    """Rules X → y, best first, so that a rule's position is its rank.

    Antecedent ``a`` holds the items ``items[indptr[a]:indptr[a + 1]]``; rules share antecedents.
    """

    indptr: Ints
    items: NDArray[np.int32]
    antecedent: Ints
    consequent: Ints
    score: Floats
    counts: Ints
    n: Ints
    p_value: Floats
    p_adjusted: Floats
    n_items: int
    name: str = "rules"

    def steps_per_item(self) -> Ints:
        """A step per antecedent that holds the item."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.int64)

    def candidates(self, query: Query, n: int) -> Candidates:  # noqa: ARG002 (all of them)
        """Consequents of the rules that fire; the merit is minus the rank of the best such rule."""
        by_antecedent = np.argsort(self.antecedent, kind="stable")
        starts = _rows.offsets(np.bincount(self.antecedent, minlength=len(self.indptr) - 1))
        row, fired = self._fired(query)
        sizes = np.diff(starts)[fired]
        done = _rows.offsets(sizes)
        cell, rank = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        at = 0
        while at < len(row):
            stop = max(at + 1, int(np.searchsorted(done, done[at] + _FIRINGS, side="right")) - 1)
            some = slice(at, stop)
            rule = by_antecedent[_rows.spans(starts[fired[some]], sizes[some])]
            basket = np.repeat(row[some], sizes[some])
            cells, ranks = _first(basket * self.n_items + self.consequent[rule], rule)
            cell.append(cells)
            rank.append(ranks)
            at = stop
        cells, ranks = _first(np.concatenate(cell), np.concatenate(rank))
        basket, item = np.divmod(cells, max(self.n_items, 1))
        return Candidates(basket, item, -ranks.astype(np.float64))

    def explain(self, chosen: Chosen) -> Reasons:
        """The best rule that fires for each pair, which its merit names."""
        rule = (-chosen.merit).astype(np.int64)
        antecedent = self.antecedent[rule]
        sizes = np.diff(self.indptr)[antecedent]
        return Reasons(
            score=self.score[rule],
            because_starts=_rows.offsets(sizes),
            because=self.items[_rows.spans(self.indptr[:-1][antecedent], sizes)],
            counts=self.counts[rule],
            n=self.n[rule],
            p_value=self.p_value[rule],
            p_adjusted=self.p_adjusted[rule],
        )

    def content(self) -> dict[str, Any]:
        """All arrays by name."""
        return {
            name: values.tolist()
            for name, values in zip(self._fields, self, strict=True)
            if isinstance(values, np.ndarray)
        }

    @classmethod
    def restored(cls, content: dict[str, Any], n_items: int) -> Rules:
        """Build the level from what `content` gave."""
        kinds = {"items": np.int32, "score": float, "p_value": float, "p_adjusted": float}
        arrays: dict[str, Any] = {
            name: np.array(content[name], kinds.get(name, np.int64))
            for name in cls._fields
            if name not in ("n_items", "name")
        }
        return cls(**arrays, n_items=n_items)

    def _fired(self, query: Query) -> tuple[Ints, Ints]:
        """Basket and antecedent wherever their overlap is the whole antecedent."""
        held = np.diff(self.indptr)
        ones = np.ones(len(self.items), np.int32)
        shape = (len(held), self.n_items)
        antecedents = sparse.csr_array((ones, self.items, self.indptr), shape=shape)
        overlap = (query.matrix() @ antecedents.T.tocsr()).tocoo()
        whole = overlap.data == held[overlap.col]
        return overlap.row[whole].astype(np.int64), overlap.col[whole].astype(np.int64)


def _first(cell: Ints, rank: Ints) -> tuple[Ints, Ints]:
    """Distinct cells in ascending order, each with its smallest rank."""
    order = np.lexsort((rank, cell))
    cell, rank = cell[order], rank[order]
    first = np.diff(cell, prepend=-1) != 0
    return cell[first], rank[first]
