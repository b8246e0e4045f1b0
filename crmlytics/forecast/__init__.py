"""Sales forecasts: a regular series from events, and what comes next with its uncertainty.

`sales_series` turns transactions into one value per period, `SalesForecaster` forecasts one or
many such series at once with intervals and a status for each, `backtest` shows what it would have
said in the past, `plot_forecast` draws the fan and `plot_backtest` the past. Its methods by name
are `crmlytics.forecast.members.MEMBERS`, `trading_days` counts the days on which a period trades.
`PipelineForecaster` forecasts revenue from the deals themselves, `pipeline_backtest` says how good
that was in the past, `revenue_forecast` combines it with the history and with repeat purchases.
`Hierarchy` says which series add up to which, `reconcile` makes their forecasts do so.
`estimated_effects` says what holidays and promotions add; `StatsModelsMember` and
`StatsForecastMember` put methods of other libraries behind the call of ours.
`decompose` takes a series apart, `component_strengths` and `seasonal_index_table` say how seasonal
it is.
`score_table`, `naive2` and `compare_forecasts`, which say how good a forecast was, live in
`crmlytics.evaluation`.
"""

from __future__ import annotations

from crmlytics.evaluation import compare_forecasts, naive2, score_table
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast.adapters import StatsForecastMember, StatsModelsMember
from crmlytics.forecast.backtest_plots import plot_backtest
from crmlytics.forecast.backtests import backtest
from crmlytics.forecast.calendar_effects import trading_days
from crmlytics.forecast.component_plots import plot_components, plot_seasonal_index
from crmlytics.forecast.decomposition import component_strengths, decompose
from crmlytics.forecast.effects import Effects, estimated_effects
from crmlytics.forecast.forecaster import SalesForecaster
from crmlytics.forecast.hierarchies import Hierarchy
from crmlytics.forecast.pipeline import PipelineForecaster
from crmlytics.forecast.pipeline_backtests import PipelineBacktest, pipeline_backtest
from crmlytics.forecast.pipeline_plots import plot_pipeline, plot_waterfall
from crmlytics.forecast.plots import plot_forecast
from crmlytics.forecast.reconciliation import reconcile
from crmlytics.forecast.revenue_combination import RevenueForecast, revenue_forecast
from crmlytics.forecast.seasonal_indices import seasonal_index_table
from crmlytics.forecast.series import sales_series

__all__ = [
    "Effects",
    "Hierarchy",
    "MemberFit",
    "PipelineBacktest",
    "PipelineForecaster",
    "RevenueForecast",
    "SalesForecaster",
    "StatsForecastMember",
    "StatsModelsMember",
    "backtest",
    "compare_forecasts",
    "component_strengths",
    "decompose",
    "estimated_effects",
    "naive2",
    "pipeline_backtest",
    "plot_backtest",
    "plot_components",
    "plot_forecast",
    "plot_pipeline",
    "plot_seasonal_index",
    "plot_waterfall",
    "reconcile",
    "revenue_forecast",
    "sales_series",
    "score_table",
    "seasonal_index_table",
    "trading_days",
]
