"""Outcomes and scores as arrays, checked once; results in the kind that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Scored(NamedTuple):
    """Outcomes (0 or 1) and the scores that were to foresee them, row by row."""

    y: NDArray[np.float64]
    score: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def events(self) -> int:
        """Number of rows with the outcome 1."""
        return int(self.y.sum())


def read_scored(y: Any, score: Any, *, name: str = "score", both: bool = False) -> Scored:
    """Return outcomes and finite scores of one length; `both` asks for both outcomes."""
    outcome = numbers("y", y)
    if bad := int(((outcome != 0) & (outcome != 1)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(outcome):,} values of y are neither 0 nor 1; make it 1 where the "
            "event came about and 0 where it did not"
        )
    values = numbers(name, score)
    if len(values) != len(outcome):
        raise DataContractError(f"y has {len(outcome):,} rows and {name} {len(values):,}")
    if name == "probability" and (bad := int(((values < 0) | (values > 1)).sum())):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of probability lie outside 0 to 1; "
            "pass probabilities (such as predict_proba(X)[:, 1]), not scores or percents"
        )
    if not len(outcome):
        raise NotEnoughDataError("y is empty; at least one row is needed")
    held = Scored(outcome, values)
    if both and held.events in (0, held.n):
        which = "none" if held.events == 0 else "all"
        raise NotEnoughDataError(
            f"{which} of the {held.n:,} values of y are 1; a ranking needs both outcomes"
        )
    return held


def numbers(name: str, values: Any) -> NDArray[np.float64]:
    """Return one column of finite numbers, or booleans, as floats."""
    series = nw.from_native(values, allow_series=True, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        missing = int(series.is_null().sum())
        column = np.asarray(series.drop_nulls().to_numpy())
    else:
        column = np.asarray(values)
        missing = 0
        if column.dtype == object:
            empty = pd.isna(column)
            missing, column = int(empty.sum()), column[~empty]
    if column.ndim != 1:
        raise TypeError(f"{name} must be one column of numbers, got shape {column.shape}")
    try:
        numeric = column.astype(np.float64)
    except (TypeError, ValueError):
        raise DataContractError(
            f"{name} must hold numbers, it holds {column.dtype}; compare texts with the event's "
            "name first, such as outcome == 'won'"
        ) from None
    if bad := missing + int((~np.isfinite(numeric)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(numeric) + missing:,} values of {name} are missing or infinite; "
            "leave those rows out, or say what they are"
        )
    return numeric


def as_table(columns: Mapping[str, NDArray[Any]], *, like: Any) -> Any:
    """Return a frame of the kind of the column `like`: pandas, unless it came from another."""
    series = nw.from_native(like, allow_series=True, series_only=True, pass_through=True)
    kind = series.to_frame().to_native() if isinstance(series, nw.Series) else pd.DataFrame()
    return frames.from_arrays(columns, like=kind)


def equal_frequency(values: NDArray[np.float64], n_bins: int) -> NDArray[np.int64]:
    """Number each value's bin from 0, lowest first; equal values share a bin, none is empty.

    A value belongs where the middle of its ties lies, so that bins differ in size rather than in
    what a value means.
    """
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(times) - times / 2.0
    raw = np.minimum((middle / len(values) * n_bins).astype(np.int64), n_bins - 1)
    compact = np.unique(raw, return_inverse=True)[1]
    result: NDArray[np.int64] = compact[place].astype(np.int64)
    return result
