"""Stretching and shifting log-odds, where that makes unseen rows fit better.

Platt, J. (1999). Probabilistic Outputs for Support Vector Machines; on log-odds it is the
recalibration of Cox, D. R. (1958).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.scoring import _out_of_fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.scoring._out_of_fold import TestRows


class Calibration(NamedTuple):
    """Log-odds m become ``shift + stretch · m``: an additive model stays additive."""

    shift: float = 0.0
    stretch: float = 1.0

    def apply(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated log-odds."""
        return self.shift + self.stretch * margin


def fit(margin: NDArray[np.float64], y: NDArray[np.float64]) -> Calibration:
    """Logistic regression of the outcome on log-odds, next to no penalty."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e4, solver="newton-cholesky").fit(margin[:, None], y)
    stretch = float(model.coef_[0, 0])
    # A model that ranks backwards must not be turned round by its calibration.
    return Calibration(float(model.intercept_[0]), stretch) if stretch > 0 else Calibration()


def cross_fitted(margin: NDArray[np.float64], rows: TestRows) -> NDArray[np.float64] | None:
    """Log-odds of each fold calibrated on the others; None where there are no others."""
    found = np.empty(len(margin))
    for fold in np.unique(rows.fold):
        held = rows.fold == fold
        if len(np.unique(rows.y[~held])) < 2:
            return None
        found[held] = fit(margin[~held], rows.y[~held]).apply(margin[held])
    return found


def decide(
    margin: NDArray[np.float64], rows: TestRows, how: str
) -> tuple[Calibration, NDArray[np.float64]]:
    """Return the calibration and the out-of-fold log-odds under it.

    ``"auto"`` calibrates only if that lowers the loss of the unseen folds by more than one
    standard error of the paired differences.
    """
    if how == "never" or (crossed := cross_fitted(margin, rows)) is None:
        return Calibration(), margin
    if how == "auto":
        losses = _out_of_fold.log_losses(margin, rows.y)
        better = _out_of_fold.gain(losses - _out_of_fold.log_losses(crossed, rows.y), rows.group)
        if better.mean <= better.se:
            return Calibration(), margin
    return fit(margin, rows.y), crossed
