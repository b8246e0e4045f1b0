"""Rates of conversion by group, small groups drawn towards everybody's rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = "(missing)"


class GroupRates(NamedTuple):
    """Shrunk rate of each known group, and the rate of everybody for all others."""

    rates: dict[str, float]
    everybody: float

    def of(self, groups: NDArray[Any]) -> NDArray[np.float64]:
        """Rate of each row."""
        return np.array([self.rates.get(one, self.everybody) for one in group_names(groups)])


def group_names(values: NDArray[Any]) -> NDArray[Any]:
    """Groups as texts; a missing one is a group, too."""
    column = pd.Series(values, dtype=object)
    return np.where(column.isna(), MISSING, column.astype(str)).astype(object)


def group_table(
    groups: NDArray[Any], y: NDArray[np.float64], *, shrinkage: float, level: float
) -> pd.DataFrame:
    """One row per group, the largest first: counts, rate with Wilson's interval, shrunk rate."""
    code, names = pd.factorize(group_names(groups), sort=True)
    n = np.bincount(code, minlength=len(names))
    hits = np.bincount(code, weights=y, minlength=len(names))
    low, high = intervals.wilson(hits, n, level)
    table = pd.DataFrame(
        {
            "group": names,
            "n": n,
            "converted": hits.astype(np.int64),
            "rate": hits / n,
            "low": low,
            "high": high,
            "shrunk_rate": (hits + shrinkage * y.mean()) / (n + shrinkage),
        }
    )
    order = np.lexsort((np.arange(len(n)), -n))
    return table.iloc[order].reset_index(drop=True)


def beats_constant(groups: NDArray[Any], y: NDArray[np.float64], shrinkage: float) -> bool:
    """Whether the shrunk rates predict left-out rows better than one rate does, by 2 errors."""
    code, _ = pd.factorize(group_names(groups))
    n, hits = np.bincount(code), np.bincount(code, weights=y)
    everybody = (y.sum() - y) / max(len(y) - 1, 1)
    own = (hits[code] - y + shrinkage * everybody) / (n[code] - 1 + shrinkage)
    gain = _loss(everybody, y) - _loss(own, y)
    if len(y) < 3:
        return False
    return bool(gain.mean() > 2.0 * gain.std(ddof=1) / np.sqrt(len(y)))


def _loss(p: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(p, 1e-9, 1.0 - 1e-9)
    loss: NDArray[np.float64] = -np.log(np.where(y == 1.0, clipped, 1.0 - clipped))
    return loss
