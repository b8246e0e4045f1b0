"""Many tests at once: p-values adjusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values, undefined (NaN) where the p-value is.

    Benjamini, Y. and Hochberg, Y. (1995). Controlling the False Discovery Rate. Journal of the
    Royal Statistical Society B 57, 289-300.
    """
    adjusted = np.full(len(p), np.nan)
    at = np.flatnonzero(~np.isnan(p))
    order = at[np.argsort(p[at], kind="stable")][::-1]
    ranks = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.minimum.accumulate(p[order] * len(order) / ranks), 1.0)
    return adjusted
