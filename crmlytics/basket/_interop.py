"""Itemsets as tables of names, for readers and for mlxtend."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames
from crmlytics.basket import _rows, _trie
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket.itemset_table import Itemsets

_BACKENDS = ("pandas", "polars", "pyarrow")


def name_lists(itemsets: Itemsets) -> list[list[Any]]:
    """Names of each set, ascending."""
    indptr, codes = itemsets.members()
    names = itemsets.baskets.items[codes].tolist()
    ends = indptr.tolist()
    return [names[a:b] for a, b in itertools.pairwise(ends)]


def to_frame(itemsets: Itemsets, backend: str | None) -> Any:
    """Build the table of `Itemsets.to_frame`."""
    chosen = "pandas" if backend is None else checks.word("backend", backend, _BACKENDS)
    names = name_lists(itemsets)
    if chosen == "pandas":
        held = pd.Series(names, dtype=object)
        return pd.DataFrame(
            {"itemset": held, "count": itemsets.counts, "support": itemsets.supports}
        )
    module: Any = checks.optional_module(chosen, needed_for=f"backend={chosen!r}")
    text = not len(itemsets.baskets.items) or isinstance(itemsets.baskets.items[0], str)
    if chosen == "polars":
        kind = module.List(module.String if text else module.Int64)
        column = module.Series("itemset", names, dtype=kind)
        return module.DataFrame(
            [
                column,
                module.Series("count", itemsets.counts),
                module.Series("support", itemsets.supports),
            ]
        )
    kind = module.list_(module.string() if text else module.int64())
    return module.table(
        {
            "itemset": module.array(names, type=kind),
            "count": itemsets.counts,
            "support": itemsets.supports,
        }
    )


def to_mlxtend(itemsets: Itemsets) -> pd.DataFrame:
    """Build the table of `Itemsets.to_mlxtend`."""
    sets = pd.Series([frozenset(one) for one in name_lists(itemsets)], dtype=object)
    return pd.DataFrame({"support": itemsets.supports, "itemsets": sets})


def from_mlxtend(frame: object, n_baskets: int) -> tuple[list[_trie.Level], Baskets, int]:
    """Levels, baskets without rows, and the least count of a table of mlxtend's."""
    checks.whole_number("n_baskets", n_baskets, at_least=1)
    checks.columns(frames.column_names(frame), {"support": "support", "itemsets": "itemsets"})
    table = frames.to_pandas(frames.lazy(frame, ["support", "itemsets"]))
    counts = _whole_counts(table["support"].to_numpy(np.float64), n_baskets)
    indptr, codes, items = _rows.from_lists(list(table["itemsets"]))
    levels = _levels_of(indptr, codes, counts, len(items))
    empty = Baskets(indptr=np.zeros(1, np.int64), indices=np.empty(0, np.int32), items=items)
    return levels, empty, int(counts.min(initial=n_baskets))


def _whole_counts(supports: NDArray[np.float64], n_baskets: int) -> NDArray[np.int64]:
    known = np.nan_to_num(supports, nan=-1.0, posinf=-1.0, neginf=-1.0)
    counts: NDArray[np.int64] = np.rint(known * n_baskets).astype(np.int64)
    # A support is the float next to k/n; mlxtend keeps some in single precision.
    off = np.abs(counts / n_baskets - known) > 1e-6 / n_baskets + 1e-7 * known
    if bad := int((off | (counts < 1) | (counts > n_baskets)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(counts):,} supports are no whole number of 1 to {n_baskets:,} "
            "baskets; pass the number of rows that were mined as n_baskets"
        )
    return counts


def _levels_of(
    indptr: NDArray[np.int64], codes: NDArray[np.int32], counts: NDArray[np.int64], n_items: int
) -> list[_trie.Level]:
    """Order the sets and find each one's parent."""
    sizes = np.diff(indptr)
    levels: list[_trie.Level] = []
    for size in range(1, int(sizes.max(initial=0)) + 1):
        rows = np.flatnonzero(sizes == size)
        table = codes[indptr[:-1][rows, None] + np.arange(size)].reshape(-1, size)
        order = np.lexsort(table.T[::-1])
        table = table[order]
        twice = int((table[1:] == table[:-1]).all(axis=1).sum())
        parent = np.full(len(table), -1, np.int64)
        if size > 1:
            parent = _trie.find(levels, table[:, :-1], n_items)
        if twice or (size > 1 and (parent < 0).any()):
            raise DataContractError(
                f"among the sets of {size} items {twice:,} are there twice and "
                f"{int((parent < 0).sum()) if size > 1 else 0:,} lack a subset; pass all frequent "
                "itemsets, as from mlxtend's apriori or fpgrowth without max_len gaps"
            )
        own = counts[rows][order]
        if more := int((own > levels[-1].counts[parent]).sum()) if size > 1 else 0:
            raise DataContractError(
                f"{more:,} of {len(table):,} sets of {size} items have a larger support than the "
                "same set without one item; these are no supports of itemsets"
            )
        levels.append(_trie.Level(parent.astype(np.int32), table[:, -1].copy(), own))
    return levels
