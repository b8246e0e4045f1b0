"""Columns of customers as numbers to compare, and columns that give the answer away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import frames
from crmlytics.segmentation._columns import optional_numbers
from crmlytics.segmentation._contrasts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray

NEAR_PERFECT = 0.99  # area under the curve of a single column
_ID_LIKE = 0.9  # share of distinct texts
_RARE = 0.01  # levels of fewer customers are one level
_MOST_LEVELS = 50


def read(table: nw.DataFrame[Any], features: Sequence[str]) -> pd.DataFrame:
    """Numbers as floats (missing NaN), everything else as texts (missing None)."""
    columns = {}
    for name in features:
        if table[name].dtype.is_numeric():
            columns[name] = optional_numbers(table, name)
        else:
            columns[name] = texts(frames.arrays(table.select(name))[name])
    return pd.DataFrame(columns)


def id_like(columns: pd.DataFrame) -> list[str]:
    """Columns of texts of which nearly every customer has another one."""
    return [
        str(name)
        for name, values in columns.items()
        if values.dtype.kind not in "fiu" and len(values) > 1
        and values.nunique() > _ID_LIKE * max(values.notna().sum(), 2)
    ]  # fmt: skip


def single_aucs(columns: pd.DataFrame, seed: NDArray[np.bool_]) -> pd.Series[float]:
    """How well each column alone tells seeds from the pool, 0.5 to 1, missing values a level."""
    return pd.Series({name: _auc(_as_score(x, seed), seed) for name, x in columns.items()})


def _as_score(values: pd.Series[Any], seed: NDArray[np.bool_]) -> NDArray[np.float64]:
    if values.dtype.kind in "fiu":
        return values.fillna(values.min() - 1.0).fillna(0.0).to_numpy(np.float64)
    # A level scores as the share of seeds among the others who have it: no row votes for itself.
    level = values.fillna("")
    n = level.groupby(level).transform("size").to_numpy(np.float64)
    hits = pd.Series(seed.astype(float)).groupby(level.to_numpy()).transform("sum").to_numpy()
    return np.asarray((hits - seed + seed.mean()) / n, np.float64)


def _auc(score: NDArray[np.float64], seed: NDArray[np.bool_]) -> float:
    from scipy.stats import rankdata

    n, m = int(seed.sum()), int((~seed).sum())
    area = (rankdata(score)[seed].sum() - n * (n + 1) / 2) / (n * m)
    return float(max(area, 1 - area))


class Encoder:
    """Columns as standardised numbers: what one half of the customers teaches, for all."""

    def fit(self, columns: pd.DataFrame) -> Encoder:
        """Learn medians, scales and frequent levels."""
        self.numbers = [name for name in columns if columns[name].dtype.kind in "fiu"]
        numbers = columns[self.numbers]
        self.median = numbers.median().fillna(0.0)
        filled = numbers.fillna(self.median)
        self.mean, self.scale = filled.mean(), filled.std(ddof=0).replace(0.0, 1.0)
        self.levels = {}
        for name in [name for name in columns if name not in self.numbers]:
            counts = columns[name].fillna("").value_counts().sort_index(kind="stable")
            counts = counts[counts >= max(_RARE * len(columns), 1)]
            kept = counts.sort_values(ascending=False, kind="stable").index[:_MOST_LEVELS]
            self.levels[name] = sorted(kept)
        return self

    def transform(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        """Array with a column per number, per missing number's flag, and per frequent level."""
        numbers = columns[self.numbers]
        parts = [
            ((numbers.fillna(self.median) - self.mean) / self.scale).to_numpy(np.float64),
            numbers.isna().to_numpy(np.float64),
        ]
        for name, levels in self.levels.items():
            values = columns[name].fillna("").to_numpy(object)
            parts.append(np.array(values[:, None] == np.array(levels, object), np.float64))
        return np.hstack(parts)
