"""Features as columns for trees: numbers with NaN where missing, categories as codes.

"Missing" is a code like the others. As NaN it would be lost on scikit-learn's boosting: where a
category has one level and missing values, its trees do not split them properly (seen with 1.9.1:
where such a column matters, the loss on the very rows fitted on rises by a tenth).
"""

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
        found[:, j] = feature.values
    return found


def categories(features: Sequence[Feature]) -> NDArray[np.bool_]:
    """Which columns are codes."""
    return np.array([feature.is_category for feature in features], bool)
