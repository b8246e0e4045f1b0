"""A frame of one row per customer, read into memory: its ids and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics._core import checks, frames
from crmlytics._core.events import require_type
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


def read_customers(
    customers: object, *, customer_col: str, numbers: Mapping[str, str]
) -> tuple[NDArray[Any], dict[str, NDArray[np.float64]]]:
    """Return the ids and the columns that `numbers` names by parameter, finite, in row order."""
    roles: dict[str, str | None] = {"customer_col": customer_col, **numbers}
    checks.columns(frames.column_names(customers), roles)
    checks.distinct_columns(roles)
    table = frames.collect(frames.lazy(customers, [customer_col, *numbers.values()]))
    require_type("_id", customer_col, table[customer_col].dtype)
    if missing := int(table[customer_col].is_null().sum()):
        raise DataContractError(
            f"{missing:,} of {len(table):,} values of {customer_col!r} are missing; see them with "
            f"{frames.how_to_find(customers, customer_col, 'missing')}"
        )
    if repeated := len(table) - table[customer_col].n_unique():
        raise DataContractError(
            f"{repeated:,} of {len(table):,} rows repeat a customer of {customer_col!r}; pass one "
            "row per customer"
        )
    ids = frames.arrays(table.select(customer_col))[customer_col]
    return ids, {column: frames.finite(table, column) for column in numbers.values()}
