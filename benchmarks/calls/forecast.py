"""Forecasts of the M3 competition's monthly series, by us and by rivals, and their OWA.

The arrays are ``train`` (series by months, NaN in front), ``actual`` and ``naive2``, the official
benchmark's forecasts. A work forecasts `repeats` copies of the first `n` series; OWA is of the
first copy.
"""

from __future__ import annotations

import numpy as np

HORIZON, MONTHS = 18, 12


def _owa(forecast, arrays, n):
    """OWA against the official Naive2 on the same series."""
    actual, train = arrays["actual"][:n], arrays["train"][:n]
    scale = np.nanmean(np.abs(train[:, MONTHS:] - train[:, :-MONTHS]), axis=1)

    def errors(f):
        smape = 200 * np.abs(f - actual) / (np.abs(f) + np.abs(actual))
        return smape.mean(), (np.abs(f - actual).mean(axis=1) / scale).mean()

    return float(np.mean(np.divide(errors(forecast[:n]), errors(arrays["naive2"][:n]))))


def _series(arrays, n):
    return [row[np.isfinite(row)] for row in arrays["train"][:n]]


def members(arrays, *, names, n, repeats):
    """Our members and, of several, their equal mean."""
    from crmlytics.forecast.members import MEMBERS

    values = np.tile(arrays["train"][:n], (repeats, 1))

    def work():
        return np.mean(
            [MEMBERS[m](values, season_length=MONTHS, horizon=HORIZON).forecast for m in names],
            axis=0,
        )

    return {"": (work, lambda found: {"owa": _owa(found, arrays, n)})}


def forecaster(arrays, *, n, repeats, boosting):
    """Our default forecaster from a frame to forecasts with intervals."""
    import pandas as pd

    from crmlytics.forecast import SalesForecaster

    values = np.tile(arrays["train"][:n], (repeats, 1))
    row, month = np.nonzero(np.isfinite(values))
    dates = pd.date_range("1980-01-01", periods=values.shape[1], freq="MS")
    sales = pd.DataFrame({"series": row, "date": dates[month], "value": values[row, month]})
    model = SalesForecaster(horizon=HORIZON, unit="M", boosting=boosting)

    def work():
        return model.fit(sales, series_col="series").predict()

    def describe(table):
        return {"owa": _owa(table["forecast"].to_numpy().reshape(-1, HORIZON), arrays, n)}

    return {"": (work, describe)}


def statsmodels_holt_winters(arrays, *, n):
    """statsmodels: damped multiplicative Holt-Winters, one series after the other."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    series = _series(arrays, n)

    def work():
        return np.array(
            [
                ExponentialSmoothing(
                    y, trend="add", damped_trend=True, seasonal="mul", seasonal_periods=MONTHS
                ).fit().forecast(HORIZON)
                for y in series
            ]
        )  # fmt: skip

    return {"": (work, lambda found: {"owa": _owa(found, arrays, n)})}


def statsforecast(arrays, *, model, n):
    """statsforecast: one of its models over a frame of series, one thread."""
    import pandas as pd
    from statsforecast import StatsForecast, models

    frame = pd.concat(
        [
            pd.DataFrame({"unique_id": i, "ds": np.arange(len(y)), "y": y})
            for i, y in enumerate(_series(arrays, n))
        ]
    )
    runner = StatsForecast([getattr(models, model)(season_length=MONTHS)], freq=1, n_jobs=1)

    def work():
        return runner.forecast(df=frame, h=HORIZON)

    def describe(table):
        table = table.sort_values(["unique_id", "ds"])
        found = table.drop(columns=["unique_id", "ds"]).to_numpy().reshape(-1, HORIZON)
        return {"owa": _owa(found, arrays, n)}

    return {"": (work, describe)}
