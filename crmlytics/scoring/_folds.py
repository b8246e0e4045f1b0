"""Which rows teach and which test: shuffled, groups kept together, or as a splitter says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def deal(X: Any, y: NDArray[np.float64], groups: Any, *, cv: Any, seed: int) -> list[Split]:
    """Training and test rows of each fold.

    Rows in the order in which they were exported are sorted by something, mostly by time: folds
    are therefore shuffled, unless a splitter (one with ``split``) decides.
    """
    if hasattr(cv, "split"):
        splits = [(np.asarray(a), np.asarray(b)) for a, b in cv.split(X, y, groups)]
    else:
        splits = _shuffled(y, groups, checks.whole_number("cv", cv, at_least=2), seed)
    for train, _ in splits:
        if len(np.unique(y[train])) < 2:
            raise NotEnoughDataError(
                "a training part of the inner folds has one outcome only; "
                "give more rows or fewer folds in cv"
            )
    if not splits:
        raise NotEnoughDataError("the splitter in cv gives no folds; it needs more snapshots")
    return splits


def _shuffled(y: NDArray[np.float64], groups: Any, n_folds: int, seed: int) -> list[Split]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if groups is None:
        folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
        return list(folds.split(y, y))
    if (found := len(np.unique(groups))) < n_folds:
        raise NotEnoughDataError(f"{found} groups; at least {n_folds} are needed for cv={n_folds}")
    grouped = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    return list(grouped.split(y, y, groups))
