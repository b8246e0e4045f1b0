"""What the tables of customers bring: purchases or none, segments, names that are free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import frames
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray


def refuse_overwriting(names: Sequence[str], added: Sequence[str], *, how: str) -> None:
    """Refuse a frame that has a column of the name of an added one, in capitals or not."""
    taken = {name.casefold() for name in added}
    if clash := [name for name in names if name.casefold() in taken]:
        raise DataContractError(
            f"the frame already has the column {clash[0]!r}, which would be overwritten; "
            f"drop it, rename it, or {how}"
        )


def optional_numbers(table: nw.DataFrame[Any], column: str) -> NDArray[np.float64]:
    """Return a numeric column as floats, missing values as NaN, none infinite."""
    if not table[column].dtype.is_numeric():
        raise DataContractError(f"{column!r} must hold numbers, it holds {table[column].dtype}")
    values = frames.arrays(table.select(column))[column].astype(np.float64)
    if bad := int(np.isinf(values).sum()):
        raise DataContractError(f"{bad:,} of {len(values):,} values of {column!r} are infinite")
    return values


def without_orders(table: nw.DataFrame[Any], recency: str, frequency: str) -> NDArray[np.bool_]:
    """Which customers have no purchase: no recency, and a frequency that is missing or 0."""
    count = optional_numbers(table, frequency)
    nobody: NDArray[np.bool_] = np.isnan(count) | (count == 0)
    return nobody & np.isnan(optional_numbers(table, recency))


def text_labels(table: nw.DataFrame[Any], column: str) -> NDArray[Any]:
    """Return a column of labels as texts, none missing."""
    values = frames.arrays(table.select(column))[column]
    missing = np.array([value is None or value != value for value in values], bool)
    if missing.any():
        raise DataContractError(
            f"{int(missing.sum()):,} of {len(values):,} values of {column!r} are missing; "
            "give those rows a value or leave them out"
        )
    return np.array([str(value) for value in values], dtype=object)


def rows_where(table: nw.DataFrame[Any], held: NDArray[np.bool_]) -> nw.DataFrame[Any]:
    """Return the rows held; narwhals filters by no empty list, and most tables keep all."""
    return table if held.all() else table.filter(held.tolist())
