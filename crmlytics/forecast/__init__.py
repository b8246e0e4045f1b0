"""Sales forecasts: a regular series from events, and what comes next with its uncertainty.

`sales_series` turns transactions into one value per period, `SalesForecaster` forecasts one or
many such series at once with intervals and a status for each, and `plot_forecast` draws the fan.
"""

from __future__ import annotations

from crmlytics.forecast.forecaster import SalesForecaster
from crmlytics.forecast.plots import plot_forecast
from crmlytics.forecast.series import sales_series

__all__ = ["SalesForecaster", "plot_forecast", "sales_series"]
