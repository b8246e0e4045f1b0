"""A cohort table laid out wide: one row per cohort, one column per age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def cohort_matrix(table: IntoFrameT, *, value: str = "rate") -> IntoFrameT:
    """Lay a cohort table out wide, as it is printed: cohorts down, ages across.

    Parameters
    ----------
    table : frame
        Result of `cohort_table`, of any engine.
    value : str
        Which of its columns fills the cells: ``"rate"``, ``"active"``, ``"low"``, ``"high"`` or
        ``"revenue"``.

    Returns
    -------
    frame
        The kind that came in, one row per cohort, ordered by cohort: ``cohort``, ``n``, and one
        column per age, named ``"0"``, ``"1"``, … in the unit of the table. Cells that are masked
        or not yet observable are null.

    Raises
    ------
    ColumnNotFoundError
        If the table lacks ``cohort``, ``age``, ``n`` or the column `value`.
    DataContractError
        If a cohort has an age twice, as in two tables stacked; if `value` holds no numbers.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import cohort_matrix, cohort_table
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "cem", "cem"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-01-20", "2024-02-10", "2024-02-11", "2024-03-02"]
    ...     ),
    ... })
    >>> cohort_matrix(cohort_table(events, unit="M", as_of=dt.date(2024, 3, 31)))
          cohort  n    0    1    2
    0 2024-01-01  2  1.0  0.5  0.0
    1 2024-02-01  1  1.0  1.0  NaN
    """
    needed = ["cohort", "age", "n", value]
    checks.columns(frames.column_names(table), {name: name for name in needed[:3]})
    checks.columns(frames.column_names(table), {"value": value})
    held = frames.collect(frames.lazy(table, needed))
    dtype = held.schema[value]
    if not dtype.is_numeric():
        raise DataContractError(f"value={value!r} must be a column of numbers, it holds {dtype}")
    columns = frames.arrays(held)
    cohorts, first, row = np.unique(
        columns["cohort"].astype("datetime64[D]"), return_index=True, return_inverse=True
    )
    age = columns["age"].astype(np.int64)
    n_ages = int(age.max()) + 1 if len(age) else 0
    if len(np.unique(row * n_ages + age)) < len(age):
        raise DataContractError(
            "a cohort has an age twice; pass one table of cohort_table at a time"
        )
    cells = np.full((len(cohorts), n_ages), np.nan)
    cells[row, age] = columns[value].astype(np.float64)
    wide: dict[str, NDArray[Any]] = {"cohort": cohorts, "n": columns["n"][first].astype(np.int64)}
    for each in range(n_ages):
        wide[str(each)] = _whole(cells[:, each]) if dtype.is_integer() else cells[:, each]
    return frames.from_arrays(wide, like=table)


def _whole(cells: NDArray[np.float64]) -> NDArray[Any]:
    missing = np.isnan(cells)
    masked: NDArray[Any] = np.ma.masked_array(
        np.where(missing, 0, cells).astype(np.int64), mask=missing
    )
    return masked
