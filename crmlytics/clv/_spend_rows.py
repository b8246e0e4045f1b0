"""Purchases and mean spend as arrays, customers without repeat purchases included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def read_spend(frame: object, *, frequency_col: str, monetary_col: str) -> Rows:
    """Read ``x`` and ``m``; a spend that is null or 0 where x = 0 is 0."""
    wanted = {"frequency_col": frequency_col, "monetary_col": monetary_col}
    checks.columns(frames.column_names(frame), wanted)
    checks.distinct_columns(wanted)
    table = frames.collect(frames.lazy(frame, list(wanted.values())))
    x = frames.finite(table, frequency_col)
    numeric = table[monetary_col].dtype.is_numeric()
    if not numeric and table[monetary_col].null_count() < len(table):
        raise DataContractError(
            f"{monetary_col!r} must hold numbers, it holds {table[monetary_col].dtype}"
        )
    m = (
        frames.arrays(table)[monetary_col].astype(np.float64)
        if numeric
        else np.full(len(x), np.nan)
    )
    _check_spend(x, m, frequency_col, monetary_col)
    return {"x": x, "m": np.where(x > 0, m, 0.0)}


def _check_spend(x: Floats, m: Floats, frequency_col: str, monetary_col: str) -> None:
    frequency, spend = repr(frequency_col), repr(monetary_col)
    rows = f"frame[(frame[{frequency}] > 0) & ~(frame[{spend}] > 0)]"
    rules = [
        ((x < 0) | (x != np.floor(x)), f"have a {frequency} that is no whole number from 0 on"),
        (
            (x > 0) & np.isnan(m),
            f"have {frequency} above 0 but no {spend}; see them with {rows}",
        ),
        (np.isinf(m), f"have an infinite {spend}"),
        (
            (x > 0) & (m <= 0),
            (
                f"have {frequency} above 0 but {spend} 0 or negative, and the model knows positive "
                "spend only: summarise with refunds='ignore' so that refunds do not eat it up, "
                f"and leave out customers of free purchases only; see them with {rows}"
            ),
        ),
        (
            (x == 0) & (np.nan_to_num(m) != 0),
            (
                f"have {frequency} 0 but a {spend}: both must count the same purchases (the repeat "
                "ones), as purchase_summary makes them"
            ),
        ),
    ]
    for bad, what in rules:
        if n := int(bad.sum()):
            raise DataContractError(f"{n:,} of {len(x):,} rows {what}")
