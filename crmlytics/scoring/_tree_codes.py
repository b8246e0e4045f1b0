"""Features as columns for trees: numbers as they are, categories as codes, missing as NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature


def matrix(features: Sequence[Feature]) -> NDArray[np.float64]:
    """One column per feature: shape (n, number of features)."""
    n = len(features[0].values) if features else 0
    found = np.empty((n, len(features)))
    for j, feature in enumerate(features):
        if feature.levels is None:
            found[:, j] = feature.values
        else:
            missing = feature.values == len(feature.levels) + 1
            found[:, j] = np.where(missing, np.nan, feature.values)
    return found


def categories(features: Sequence[Feature]) -> NDArray[np.bool_]:
    """Which columns are codes."""
    return np.array([feature.is_category for feature in features], bool)
