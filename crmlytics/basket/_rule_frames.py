"""Rules as tables with names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmlytics.basket.itemset_table import Itemsets

_BACKENDS = ("pandas", "polars", "pyarrow")


def names_of(sets: Itemsets, positions: NDArray[np.int64]) -> list[list[Any]]:
    """A list of item names for each position, ascending; every list is a fresh one."""
    indptr, codes = sets.members()
    sizes = sets.sizes[positions]
    result = np.empty(len(positions), object)
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        table = codes[indptr[positions[rows]][:, None] + np.arange(size)]
        names = np.empty(len(rows), object)
        names[:] = sets.baskets.items[table].tolist()
        result[rows] = names
    return list(result)


def side_columns(
    sets: Itemsets,
    antecedent: NDArray[np.int64],
    consequent: NDArray[np.int64],
    *,
    single: bool,
) -> dict[str, Any]:
    """The two sides: lists of names, or one name on the right where there is never more."""
    right = names_of(sets, consequent)
    plain = name_column([side[0] for side in right], sets.baskets.items) if single else right
    return {"antecedent": names_of(sets, antecedent), "consequent": plain}


def name_column(names: list[Any], items: NDArray[np.object_]) -> NDArray[Any]:
    """A column of item names: integers as such, also where there is no row."""
    whole = len(items) and not isinstance(items[0], str)
    return np.array(names, np.int64 if whole else object)


def checked_backend(backend: object) -> str:
    """The name of an installed backend; None means pandas."""
    chosen = "pandas" if backend is None else checks.word("backend", backend, _BACKENDS)
    if chosen != "pandas":
        checks.optional_module(chosen, needed_for=f"backend={chosen!r}")
    return chosen


def table_of(columns: Mapping[str, Any], *, backend: object, items: NDArray[np.object_]) -> Any:
    """A frame of arrays and lists of item names, in the order given."""
    chosen = checked_backend(backend)
    text = not len(items) or isinstance(items[0], str)
    plain = {name: values for name, values in columns.items() if not isinstance(values, list)}
    if chosen == "pandas":
        table: Any = frames.eager_from_arrays(plain, like=pd.DataFrame()).to_native()
        for at, name in enumerate(columns):
            if name not in plain:
                table.insert(at, name, pd.Series(columns[name], dtype=object))
        return table
    module: Any = checks.optional_module(chosen, needed_for=f"backend={chosen!r}")
    like = module.DataFrame() if chosen == "polars" else module.table({})
    table = frames.eager_from_arrays(plain, like=like).to_native()
    for at, name in enumerate(columns):
        if name in plain:
            continue
        lists = _list_column(module, name, columns[name], text=text)
        table = (
            table.insert_column(at, lists)
            if chosen == "polars"
            else (table.add_column(at, name, lists))
        )
    return table


def _list_column(module: Any, name: str, lists: Sequence[list[Any]], *, text: bool) -> Any:
    if module.__name__ == "polars":
        kind = module.List(module.String if text else module.Int64)
        return module.Series(name, lists, dtype=kind)
    return module.array(lists, type=module.list_(module.string() if text else module.int64()))
