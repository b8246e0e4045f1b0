"""Features that are known at the end only, because they grow with the duration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

_LIKE_THE_DURATION = 0.8
_ENOUGH_TO_TELL = 30


def refuse_accumulating(
    numeric: Mapping[str, NDArray[np.float64]],
    duration: NDArray[np.int64] | NDArray[np.float64],
    known_at_start: Collection[str],
) -> None:
    """Refuse numeric features whose rank correlation with the duration is 0.8 or more."""
    if len(duration) < _ENOUGH_TO_TELL:
        return
    for name, values in numeric.items():
        if name in known_at_start:
            continue
        found = rank_correlation(values, duration)
        if abs(found) >= _LIKE_THE_DURATION:
            raise DataContractError(
                f"the feature {name!r} moves with the duration (rank correlation {found:.2f}): "
                "what accumulates is known at the end only and tells it. Leave it out; if it "
                "is known when a case begins, name it in known_at_start"
            )


def rank_correlation(
    values: NDArray[np.float64], duration: NDArray[np.int64] | NDArray[np.float64]
) -> float:
    """Spearman's correlation over the rows where `values` are known, 0 where nothing varies."""
    known = ~np.isnan(values)
    if len(np.unique(values[known])) < 2 or len(np.unique(duration[known])) < 2:
        return 0.0
    ranks = pd.DataFrame({"x": values[known], "d": duration[known]}).rank()
    return float(np.corrcoef(ranks["x"], ranks["d"])[0, 1])
