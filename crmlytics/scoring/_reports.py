"""How good the scores of unseen rows are, each measure with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlytics import evaluation
from crmlytics.scoring import _out_of_fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEVEL = 0.95
_TOP_SHARE = 0.1


def report(
    y: NDArray[np.int64],
    probability: NDArray[np.float64],
    group: NDArray[np.int64] | None,
    *,
    seed: int,
) -> pd.DataFrame:
    """One row per measure: ``measure``, ``value``, ``low``, ``high``, ``floor``, ``n``.

    `floor` is the 95 % point of the calibration error of perfectly calibrated scores; that error
    has no other interval.
    """
    area = evaluation.roc_auc(y, probability, level=_LEVEL)
    slope = evaluation.calibration_slope(y, probability, level=_LEVEL)
    brier = evaluation.brier_decomposition(y, probability, level=_LEVEL)
    lift = evaluation.lift_at(y, probability, share=_TOP_SHARE, level=_LEVEL)
    error = evaluation.expected_calibration_error(y, probability, random_state=seed)
    loss = _out_of_fold.gain(_losses(y, probability), group)
    rows = [
        ("auc", area.auc, area.low, area.high),
        ("log_loss", loss.mean, loss.mean - 1.96 * loss.se, loss.mean + 1.96 * loss.se),
        ("brier", brier.score, brier.low, brier.high),
        ("calibration_slope", slope.slope, slope.low, slope.high),
        ("calibration_in_the_large", slope.in_the_large, slope.in_the_large_low,
         slope.in_the_large_high),
        ("lift_top_10", lift.lift, lift.lift_low, lift.lift_high),
        ("calibration_error", error.ece, np.nan, np.nan),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["measure", "value", "low", "high"])
    floor = np.where(table["measure"] == "calibration_error", error.floor, np.nan)
    return table.assign(floor=floor, n=len(y))


def _losses(y: NDArray[np.int64], probability: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        margin = np.log(probability) - np.log1p(-probability)
    return _out_of_fold.log_losses(margin, y.astype(np.float64))
