"""What a forecaster would have said in the past, beside what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.errors import NotEnoughDataError
from crmlytics.forecast import _options
from crmlytics.forecast._panel import read_panel, series_columns
from crmlytics.forecast.intervals import check_levels
from crmlytics.forecast.learning import forecast_table, learn
from crmlytics.forecast.members import MEMBERS
from crmlytics.forecast.tables import Columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.forecast._panel import Panel
    from crmlytics.forecast.forecaster import SalesForecaster

#: The yardstick that every backtest holds beside the forecaster.
_NAIVE = "seasonal_naive"

#: Columns of a backtest beside the keys and the bounds.
_RESULTS = ("origin", "ahead", "model", "actual", "forecast", "status")


def backtest(
    forecaster: SalesForecaster,
    sales: Any,
    *,
    n_origins: int,
    step: int,
    date_col: str = "date",
    value_col: str = "value",
    series_col: str | Sequence[str] | None = None,
) -> Any:
    """Forecast from origins in the past and put beside each forecast what came.

    Parameters
    ----------
    forecaster : SalesForecaster
        What to try; it is cloned and fitted anew at each origin, on nothing later.
    sales : frame
        One row per series and period, from any engine, as `SalesForecaster.fit` takes it.
    n_origins : int
        How many moments to forecast from.
    step : int
        Periods between two origins. The last origin lies a horizon before the end of the sales,
        so that every forecast can be judged.
    date_col, value_col : str
        Names of the columns: any date within the period, the sales.
    series_col : str or sequence of str, optional
        Columns that tell the series apart. None: one series.

    Returns
    -------
    frame
        The kind of `sales`, ordered by origin, model, series and date: the series, ``origin``
        (last day known), the date, ``ahead`` (periods), ``model`` ("forecaster" or
        "seasonal_naive", the yardstick, which has no bounds), ``actual`` (null where there is no
        value), ``forecast``, the bounds, and ``status`` at the origin. Series without a value
        before an origin are not in it. `score_table` scores it as it is, with
        ``origin_col="origin", model_col="model"``.

    Raises
    ------
    ColumnNotFoundError, DataContractError
        As `SalesForecaster.fit` does.
    NotEnoughDataError
        If the earliest origin leaves no series two values.
    ValueError
        If `n_origins` or `step` is below 1.

    Notes
    -----
    Rolling-origin evaluation (Tashman, 2000). Origins closer than a horizon overlap: their errors
    are not independent, and an interval of their mean must not treat them so.

    References
    ----------
    Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy: an analysis and review.
    International Journal of Forecasting 16, 437-450.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import SalesForecaster, backtest
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
    ...     "value": [10.0, 14, 12, 20, 11, 15, 13, 22, 12, 17, 14, 24],
    ... })
    >>> past = backtest(SalesForecaster(horizon=2, levels=(0.8,)), sales, n_origins=2, step=1)
    >>> past.loc[past["model"] == "seasonal_naive", ["origin", "date", "actual", "forecast"]]
          origin       date  actual  forecast
    2 2023-03-31 2023-04-01    17.0      15.0
    3 2023-03-31 2023-07-01    14.0      13.0
    6 2023-06-30 2023-07-01    14.0      13.0
    7 2023-06-30 2023-10-01    24.0      22.0
    """
    checks.whole_number("n_origins", n_origins, at_least=1)
    checks.whole_number("step", step, at_least=1)
    _options.check(forecaster)
    series_cols = series_columns(series_col)
    bounds = [f"{side}_{each}" for each in check_levels(forecaster.levels)
              for side in ("low", "high")]  # fmt: skip
    checks.free_names([date_col, *series_cols], [*_RESULTS, *bounds])
    panel = read_panel(
        sales, date_col=date_col, value_col=value_col, series_col=series_col,
        unit=forecaster.unit, regressors=tuple(forecaster.regressors),
    )  # fmt: skip
    n = panel.values.shape[1]
    cuts = [n - forecaster.horizon - step * i for i in reversed(range(n_origins))]
    if cuts[0] < 2 or not (np.isfinite(panel.values[:, : cuts[0]]).sum(axis=1) > 1).any():
        raise NotEnoughDataError(
            f"n_origins={n_origins}, step={step} and horizon={forecaster.horizon} reach back "
            f"{n - cuts[0]:,} of {n:,} periods: at least 2 values of a series must come before"
        )
    columns = Columns(date_col, value_col, series_cols)
    parts = [part for cut in cuts for part in _at_origin(forecaster, panel, cut, columns, sales)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return frames.from_arrays(joined, like=sales)


def _at_origin(
    forecaster: SalesForecaster, panel: Panel, cut: int, columns: Columns, like: Any
) -> list[dict[str, NDArray[Any]]]:
    """Rows of the forecaster and of the yardstick from one origin."""
    known = np.flatnonzero(np.isfinite(panel.values[:, :cut]).any(axis=1))
    before = panel._replace(
        keys={name: ids[known] for name, ids in panel.keys.items()},
        values=panel.values[known, :cut],
        regressors=panel.regressors[known, :cut],
    )
    learnt = learn(forecaster, before, like=like)
    horizon = forecaster.horizon
    ahead = slice(cut, cut + horizon)
    table = forecast_table(learnt, panel.regressors[known, ahead])
    naive = MEMBERS[_NAIVE](before.values, season_length=learnt.season_length, horizon=horizon)
    nothing = np.full(table["forecast"].shape, np.nan)
    yardstick = dict.fromkeys(table, nothing) | {"forecast": naive.forecast}
    series, step = (each.ravel() for each in np.indices(nothing.shape))
    day = periods.first_days(np.array([panel.start + cut]), panel.unit)[0] - np.timedelta64(1, "D")
    keys = {name: ids[series] for name, ids in before.keys.items()}
    keys |= {
        "origin": np.full(len(series), day),
        columns.date: panel.dates(cut + step),
        "ahead": step + 1,
    }
    actual = panel.values[known, ahead].ravel()
    status = learnt.status[series]
    return [
        keys
        | {"model": np.full(len(series), model, object), "actual": actual}
        | {name: each.ravel() for name, each in columns_of.items()}
        | {"status": status}
        for model, columns_of in (("forecaster", table), (_NAIVE, yardstick))
    ]
