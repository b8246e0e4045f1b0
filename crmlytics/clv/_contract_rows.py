"""Tenures under contract as arrays: from individual customers or from counts of survivors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def read_tenures(frame: object, *, tenure_col: str, churned_col: str) -> Rows:
    """Read ``tenure`` and ``churned`` (0 or 1), checked."""
    wanted = {"tenure_col": tenure_col, "churned_col": churned_col}
    checks.columns(frames.column_names(frame), wanted)
    checks.distinct_columns(wanted)
    table = frames.collect(frames.lazy(frame, list(wanted.values())))
    tenure, churned = frames.finite(table, tenure_col), _flags(table, churned_col)
    wrong = (tenure < 0) | (tenure != np.floor(tenure))
    rules = [
        (wrong, f"have a {tenure_col!r} that is no whole number from 0 on"),
        (
            (churned > 0) & (tenure < 1),
            f"have churned at {tenure_col!r} 0; who leaves at the first renewal has 1",
        ),
    ]
    for bad, what in rules:
        if n := int(bad.sum()):
            raise DataContractError(f"{n:,} of {len(tenure):,} rows {what}")
    return {"tenure": tenure, "churned": churned}


def rows_of_survivors(survivors: object) -> tuple[Rows, Floats]:
    """Rows of those lost at each renewal and of those left, with their numbers as weights."""
    cohorts: Any = survivors
    if len(cohorts) and not np.ndim(cohorts[0]):
        cohorts = [cohorts]
    tenure, churned, weights = [], [], []
    for cohort in cohorts:
        counts = np.asarray(cohort, dtype=np.float64)
        if counts.ndim != 1 or len(counts) < 2:
            raise NotEnoughDataError(
                "survivors must list the customers at the start and after each renewal, got "
                f"{counts.size} number{'s' * (counts.size != 1)}"
            )
        if not (np.isfinite(counts).all() and counts[-1] >= 0 and (np.diff(counts) <= 0).all()):
            raise DataContractError(
                "survivors must be finite, at least 0 and never rise: count the customers of the "
                "start who are left after each renewal"
            )
        age = np.arange(1.0, len(counts))
        tenure += [age, age[-1:]]
        churned += [np.ones(len(age)), np.zeros(1)]
        weights += [-np.diff(counts), counts[-1:]]
    if not tenure:
        raise NotEnoughDataError("survivors is empty")
    rows = {"tenure": np.concatenate(tenure), "churned": np.concatenate(churned)}
    return rows, np.concatenate(weights)


def _flags(table: nw.DataFrame[Any], column: str) -> Floats:
    if table[column].dtype == nw.Boolean:
        table = table.with_columns(nw.col(column).cast(nw.Int64))
    values = frames.finite(table, column).astype(np.float64)
    if bad := int((~np.isin(values, (0.0, 1.0))).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are neither true nor false (1 or 0)"
        )
    return values
