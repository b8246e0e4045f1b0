"""How far to trust a churn score, on customers who did not teach it: one table of measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlytics.errors import NotEnoughDataError
from crmlytics.evaluation import (
    brier_decomposition,
    calibration_slope,
    expected_calibration_error,
    lift_at,
    roc_auc,
    wilson_interval,
)

_TOP = 0.1


def report_table(y: Any, probability: Any) -> pd.DataFrame:
    """One row per measure: ``measure``, ``value``, ``low``, ``high`` (95 %), ``n``."""
    outcome, p = np.asarray(y, np.float64), np.asarray(probability, np.float64)
    n = len(outcome)
    rate = wilson_interval(int(outcome.sum()), n)
    rows = [("churn rate", float(outcome.mean()), float(rate.low), float(rate.high))]
    rows.append(_log_loss(outcome, p))
    brier = brier_decomposition(outcome, p)
    rows.append(("Brier score", brier.score, brier.low, brier.high))
    error = expected_calibration_error(outcome, p, random_state=0)
    rows.append(("calibration error", error.ece, np.nan, np.nan))
    rows.append(("its floor under perfect calibration", error.floor, np.nan, np.nan))
    try:
        auc, lift = roc_auc(outcome, p), lift_at(outcome, p, share=_TOP)
        slope = calibration_slope(outcome, p)
    except NotEnoughDataError:  # one outcome only ranks and calibrates nothing
        pass
    else:
        rows.insert(1, ("AUC", auc.auc, auc.low, auc.high))
        rows.append(("calibration slope", slope.slope, slope.low, slope.high))
        rows.append(("lift of the top 10 %", lift.lift, lift.lift_low, lift.lift_high))
    table = pd.DataFrame(rows, columns=["measure", "value", "low", "high"])
    return table.assign(n=n)


def _log_loss(y: Any, p: Any) -> tuple[str, float, float, float]:
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    losses = -(y * np.log(clipped) + (1 - y) * np.log1p(-clipped))
    half = 1.959963984540054 * float(losses.std(ddof=1) / np.sqrt(len(y))) if len(y) > 1 else np.nan
    mean = float(losses.mean())
    return "log-loss", mean, mean - half, mean + half
