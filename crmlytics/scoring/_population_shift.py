"""How far the distribution of one column has moved: bins frozen on a reference, and the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.scoring._raw_values import RawColumn

# A level with fewer rows of the reference than this has no bin of its own.
_LEAST_ROWS = 10
_LEAST_SHARE = 0.005


class Shift(NamedTuple):
    """The index of one column, and what it is compared with."""

    bins: int
    psi: float
    null: float
    p_value: float


def stability_index(reference: NDArray[np.float64], current: NDArray[np.float64]) -> float:
    """Population stability index of two vectors of counts over the same bins.

    An empty cell counts as half a case, so that the index is finite.
    """
    expected = np.maximum(reference, 0.5) / reference.sum()
    actual = np.maximum(current, 0.5) / current.sum()
    return float(((actual - expected) * np.log(actual / expected)).sum())


def shift(reference: RawColumn, current: RawColumn, *, n_bins: int, level: float) -> Shift:
    """Compare two columns over bins of the first."""
    from scipy.special import chdtrc, chdtri

    before, after = _counts(reference, current, n_bins)
    held = (before > 0) | (after > 0)
    before, after = before[held], after[held]
    if not before.sum() or not after.sum():
        return Shift(len(before), np.nan, np.nan, np.nan)
    if len(before) < 2:
        return Shift(len(before), 0.0, 0.0, np.nan)
    scale = 1.0 / before.sum() + 1.0 / after.sum()
    psi, freedom = stability_index(before, after), len(before) - 1
    null = float(chdtri(freedom, 1.0 - level)) * scale
    return Shift(len(before), psi, null, float(chdtrc(freedom, psi / scale)))


def new_levels(reference: RawColumn, current: RawColumn) -> tuple[int, float]:
    """Count the levels that the reference lacks, and the share of rows that have one."""
    if reference.kind == "number":
        return 0, float("nan")
    known = set(reference.values[~reference.missing])
    unseen = ~pd.Series(current.values).isin(known).to_numpy() & ~current.missing
    share = float(unseen.mean()) if len(unseen) else float("nan")
    return len(set(current.values[unseen])), share


def _counts(
    reference: RawColumn, current: RawColumn, n_bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows per bin; the last bin is of the missing ones."""
    known = reference.values[~reference.missing]
    if reference.kind == "number":
        inner = np.arange(1, n_bins) / n_bins
        edges = np.unique(np.quantile(known, inner)) if len(known) else np.empty(0)
        return _by_edges(reference, edges), _by_edges(current, edges)
    names, size = np.unique(known.astype(str), return_counts=True)
    own = names[size >= max(_LEAST_ROWS, _LEAST_SHARE * len(known))]
    return _by_level(reference, own), _by_level(current, own)


def _by_edges(column: RawColumn, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    known = column.values[~column.missing]
    place = np.searchsorted(edges, known, side="left")
    counted = np.bincount(place, minlength=len(edges) + 1)
    return np.append(counted, column.missing.sum()).astype(np.float64)


def _by_level(column: RawColumn, own: NDArray[Any]) -> NDArray[np.float64]:
    """Rows of each level with a bin of its own, of all others, and of none."""
    code = pd.Index(own).get_indexer(pd.Index(column.values, dtype=object))
    code = np.where(column.missing, len(own) + 1, np.where(code < 0, len(own), code))
    return np.bincount(code, minlength=len(own) + 2).astype(np.float64)
