"""Methods of statsmodels and of statsforecast behind the call of every member."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataQualityWarning, MissingDependencyError
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast._season import interpolated

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    #: One series without gaps in front, the season's length and the horizon, to both its tables.
    FitOne = Callable[
        [NDArray[np.float64], int, int], tuple[NDArray[np.float64], NDArray[np.float64]]
    ]

_MODULES = {
    "holt_winters": "statsmodels.tsa.holtwinters",
    "ets": "statsmodels.tsa.exponential_smoothing.ets",
    "arima": "statsmodels.tsa.statespace.sarimax",
}
_SEASONALS = ("additive", "multiplicative")


class StatsModelsMember:
    """A member that fits statsmodels' model to each series, one after the other.

    Parameters
    ----------
    method : {"holt_winters", "ets", "arima"}
        ``"holt_winters"``: least squares with a damped trend; ``"ets"``: the same form by maximum
        likelihood; ``"arima"``: orders (0, 1, 1) and seasonal (0, 1, 1).
    seasonal : {"additive", "multiplicative"}
        Form of the season. A series with values that are not positive takes ``"additive"``; for
        ``"arima"`` ``"multiplicative"`` means logarithms.

    Notes
    -----
    Fifty times slower than the members of this package: for comparison, and for models that they
    do not have. Smoothing takes no gaps, so lines fill them; ARIMA takes them as they are. A series
    of fewer than two seasons is fitted without one. Where a fit fails, forecast and fitted values
    are NaN and a warning says how many series that are.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast import StatsModelsMember
    >>> member = StatsModelsMember("holt_winters")
    >>> member
    StatsModelsMember('holt_winters', seasonal='additive')
    >>> quarters = np.tile([8.0, 10.0, 9.0, 13.0], 6)[None]
    >>> member(quarters, season_length=4, horizon=4).forecast.round(1)
    array([[ 8., 10.,  9., 13.]])
    """

    def __init__(
        self,
        method: Literal["holt_winters", "ets", "arima"] = "holt_winters",
        *,
        seasonal: Literal["additive", "multiplicative"] = "additive",
    ) -> None:
        self.method = checks.word("method", method, tuple(_MODULES))
        self.seasonal = checks.word("seasonal", seasonal, _SEASONALS)

    def __repr__(self) -> str:
        """How it was made."""
        return f"StatsModelsMember({self.method!r}, seasonal={self.seasonal!r})"

    def __call__(
        self, values: NDArray[np.float64], /, *, season_length: int, horizon: int
    ) -> MemberFit:
        """Forecast each series.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_periods)
            One series per row, NaN where it has no value.
        season_length : int
            Periods per season.
        horizon : int
            Periods to forecast past the last column.

        Returns
        -------
        MemberFit
            Without parameters.

        Warns
        -----
        DataQualityWarning
            If the fit of a series failed.
        """
        # Before warnings are silenced: statsmodels turns its own on when it is loaded.
        importlib.import_module(_MODULES[self.method])
        fit = {"holt_winters": self._holt_winters, "ets": self._ets, "arima": self._arima}
        return _one_by_one(fit[self.method], values, season_length, horizon)

    def _form(self, y: NDArray[np.float64], m: int) -> str | None:
        if m < 2 or np.isfinite(y).sum() < 2 * m:
            return None
        return "mul" if self.seasonal == "multiplicative" and np.nanmin(y) > 0 else "add"

    def _holt_winters(
        self, y: NDArray[np.float64], m: int, horizon: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        form = self._form(y, m)
        model = ExponentialSmoothing(
            interpolated(y[None])[0],
            trend="add",
            damped_trend=True,
            seasonal=form,
            seasonal_periods=m if form else None,
        ).fit()
        return np.asarray(model.forecast(horizon)), np.asarray(model.fittedvalues)

    def _ets(
        self, y: NDArray[np.float64], m: int, horizon: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel

        form = self._form(y, m)
        model = ETSModel(
            interpolated(y[None])[0],
            error="add",
            trend="add",
            damped_trend=True,
            seasonal=form,
            seasonal_periods=m if form else None,
        ).fit(disp=False)
        return np.asarray(model.forecast(horizon)), np.asarray(model.fittedvalues)

    def _arima(
        self, y: NDArray[np.float64], m: int, horizon: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from statsmodels.tsa.statespace.sarimax import SARIMAX

        form = self._form(y, m)
        logs = form == "mul"
        model = SARIMAX(
            np.log(y) if logs else y,
            order=(0, 1, 1),
            seasonal_order=(0, 1, 1, m) if form else (0, 0, 0, 0),
        ).fit(disp=False)
        both = np.asarray(model.forecast(horizon)), np.asarray(model.fittedvalues)
        return (np.exp(both[0]), np.exp(both[1])) if logs else both


class StatsForecastMember:
    """A member that runs a model of statsforecast on each series, one after the other.

    Parameters
    ----------
    model : str
        Name of a class of ``statsforecast.models``, such as ``"AutoETS"``, ``"AutoARIMA"`` or
        ``"DynamicOptimizedTheta"``. It is made with ``season_length`` where it takes one.

    Raises
    ------
    MissingDependencyError
        If statsforecast is not installed. It is no extra of this package, for it needs pandas
        below 3.

    Notes
    -----
    statsforecast takes no gaps, so lines fill them. Where a model fails on a series, forecast and
    fitted values are NaN and a warning says how many series that are.

    Examples
    --------
    >>> from crmlytics.forecast import StatsForecastMember
    >>> member = StatsForecastMember("AutoETS")  # doctest: +SKIP
    """

    def __init__(self, model: str) -> None:
        self.model = model
        try:
            models = importlib.import_module("statsforecast.models")
        except ImportError as error:
            raise MissingDependencyError(
                f"StatsForecastMember({model!r}) needs statsforecast, which is not installed: "
                "pip install 'statsforecast>=2' (it needs pandas below 3)"
            ) from error
        if not hasattr(models, model):
            raise ValueError(f"model must name a class of statsforecast.models, got {model!r}")
        self._made: Any = getattr(models, model)

    def __repr__(self) -> str:
        """How it was made."""
        return f"StatsForecastMember({self.model!r})"

    def __call__(
        self, values: NDArray[np.float64], /, *, season_length: int, horizon: int
    ) -> MemberFit:
        """Forecast each series.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_periods)
            One series per row, NaN where it has no value.
        season_length : int
            Periods per season.
        horizon : int
            Periods to forecast past the last column.

        Returns
        -------
        MemberFit
            Without parameters.

        Warns
        -----
        DataQualityWarning
            If the model failed on a series.
        """
        return _one_by_one(self._fit, values, season_length, horizon)

    def _fit(
        self, y: NDArray[np.float64], m: int, horizon: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        try:
            model = self._made(season_length=m)
        except TypeError:  # it knows no season
            model = self._made()
        answer = model.forecast(interpolated(y[None])[0], horizon, fitted=True)
        return np.asarray(answer["mean"]), np.asarray(answer["fitted"])


def _one_by_one(
    fit: FitOne, values: NDArray[np.float64], season_length: int, horizon: int
) -> MemberFit:
    values = np.asarray(values, dtype=np.float64)
    forecast = np.full((len(values), horizon), np.nan)
    fitted = np.full(values.shape, np.nan)
    failed, reason = 0, ""
    for row in np.flatnonzero(np.isfinite(values).any(axis=1)):
        since = int(np.isfinite(values[row]).argmax())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                forecast[row], fitted[row, since:] = fit(
                    values[row, since:], season_length, horizon
                )
            except Exception as error:  # noqa: BLE001 (whatever it is, one series must not end a run)
                failed, reason = failed + 1, type(error).__name__
    if failed:
        warnings.warn(
            f"{failed:,} of {len(values):,} series could not be fitted (the last: {reason}); their "
            "forecasts are missing",
            DataQualityWarning,
            stacklevel=3,
        )
    return MemberFit(forecast, fitted, {})
