"""How good is a model: errors of forecasts, comparisons, and intervals that go with them.

`score_table` scores the forecasts of several models in named measures against `naive2`,
`compare_forecasts` says whether a difference is more than chance over many series and
`diebold_mariano` on one, `mase_scale` is the unit of scaled errors. `wilson_interval` and
`bootstrap_interval` give shares and any statistic their intervals.
"""

from __future__ import annotations

from crmlytics.evaluation.equal_accuracy import DieboldMariano, diebold_mariano
from crmlytics.evaluation.forecast_comparison import compare_forecasts
from crmlytics.evaluation.forecast_errors import mase_scale
from crmlytics.evaluation.forecast_scores import score_table
from crmlytics.evaluation.naive_benchmarks import naive2
from crmlytics.evaluation.resampling import BootstrapInterval, bootstrap_interval
from crmlytics.evaluation.share_intervals import ShareInterval, wilson_interval

__all__ = [
    "BootstrapInterval",
    "DieboldMariano",
    "ShareInterval",
    "bootstrap_interval",
    "compare_forecasts",
    "diebold_mariano",
    "mase_scale",
    "naive2",
    "score_table",
    "wilson_interval",
]
