"""How good is a model: errors of forecasts, comparisons, and intervals that go with them.

`score_table` scores the forecasts of several models in named measures against `naive2`,
`compare_forecasts` says whether a difference is more than chance over many series and
`diebold_mariano` on one, `mase_scale` is the unit of scaled errors. `wilson_interval` and
`bootstrap_interval` give shares and any statistic their intervals.

Of a score, `gains_table`, `lift_at`, `roc_auc` and `roc_auc_difference` say how well it ranks;
`calibration_table`, `calibration_slope`, `expected_calibration_error` and `brier_decomposition`
whether its probabilities mean what they say; `profit_curve`, `optimal_cutoff` and `empc` what
acting on it earns. `plot_gains`, `plot_calibration` and `plot_profit` draw.
"""

from __future__ import annotations

from crmlytics.evaluation.calibration import (
    BrierScore,
    CalibrationError,
    CalibrationSlope,
    brier_decomposition,
    calibration_slope,
    calibration_table,
    expected_calibration_error,
)
from crmlytics.evaluation.discrimination import (
    RocAuc,
    RocAucDifference,
    roc_auc,
    roc_auc_difference,
)
from crmlytics.evaluation.equal_accuracy import DieboldMariano, diebold_mariano
from crmlytics.evaluation.forecast_comparison import compare_forecasts
from crmlytics.evaluation.forecast_errors import mase_scale
from crmlytics.evaluation.forecast_scores import score_table
from crmlytics.evaluation.gains import Lift, gains_table, lift_at
from crmlytics.evaluation.maximum_profit import MaximumProfit, empc
from crmlytics.evaluation.naive_benchmarks import naive2
from crmlytics.evaluation.plots import plot_calibration, plot_gains, plot_profit
from crmlytics.evaluation.profits import OptimalCutoff, optimal_cutoff, profit_curve
from crmlytics.evaluation.resampling import BootstrapInterval, bootstrap_interval
from crmlytics.evaluation.share_intervals import ShareInterval, wilson_interval

__all__ = [
    "BootstrapInterval",
    "BrierScore",
    "CalibrationError",
    "CalibrationSlope",
    "DieboldMariano",
    "Lift",
    "MaximumProfit",
    "OptimalCutoff",
    "RocAuc",
    "RocAucDifference",
    "ShareInterval",
    "bootstrap_interval",
    "brier_decomposition",
    "calibration_slope",
    "calibration_table",
    "compare_forecasts",
    "diebold_mariano",
    "empc",
    "expected_calibration_error",
    "gains_table",
    "lift_at",
    "mase_scale",
    "naive2",
    "optimal_cutoff",
    "plot_calibration",
    "plot_gains",
    "plot_profit",
    "profit_curve",
    "roc_auc",
    "roc_auc_difference",
    "score_table",
    "wilson_interval",
]
