"""A wide table, one column per item, read as baskets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import frames
from crmlytics.basket import _rows
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def from_onehot(
    frame: object,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.object_], NDArray[np.float64] | None]:
    """Offsets, codes, names and (if there are quantities) weights of a wide table."""
    table = frames.collect(frames.lazy(frame))
    names = _rows.plain_names(table.columns, "the columns")
    order = np.argsort(names, kind="stable")
    columns = list(table.iter_columns())
    rows, values = [], []
    for place in order:
        column = _presence(columns[place], str(names[place]))
        held = np.flatnonzero(column)
        rows.append(held)
        values.append(column[held])
    sizes = np.array([len(held) for held in rows], np.int64)
    item = np.repeat(np.arange(len(names)), sizes)
    row = np.concatenate(rows) if rows else np.empty(0, np.int64)
    weights = np.concatenate(values) if values else np.empty(0)
    indptr, indices, summed = _rows.build(
        row,
        item,
        None if (weights == 1.0).all() else weights,
        n_rows=len(table),
        n_items=len(names),
    )
    return indptr, indices, names[order], summed


def _presence(column: nw.Series[Any], name: str) -> NDArray[np.float64]:
    """One column as numbers of at least 0, or an error that names it."""
    rule = "must hold truth values or numbers of at least 0: how often the basket has the item"
    if not (column.dtype.is_numeric() or column.dtype == nw.Boolean):
        raise DataContractError(f"{name!r} {rule}; it holds {column.dtype}")
    values: NDArray[np.float64] = column.cast(nw.Float64).to_numpy().astype(np.float64)
    if bad := int((~(np.isfinite(values) & (values >= 0))).sum()):
        raise DataContractError(f"{name!r} {rule}; {bad:,} of {len(values):,} values do not")
    return values
