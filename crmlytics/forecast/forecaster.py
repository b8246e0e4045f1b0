"""Forecasts of one or many sales series with intervals and a status for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import frames
from crmlytics.forecast import _options, tables
from crmlytics.forecast._panel import read_future, read_panel, series_columns
from crmlytics.forecast.intervals import check_levels, coverage_table
from crmlytics.forecast.learning import forecast_table, learn
from crmlytics.forecast.series_kinds import span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics._core import periods
    from crmlytics.forecast._panel import Panel


class SalesForecaster(BaseEstimator):
    """Forecast one or many regular sales series, each with intervals and a status.

    Parameters
    ----------
    horizon : int
        Number of periods to forecast.
    unit : {"D", "W", "M", "Q", "Y"}, optional
        Length of a period. None: told from how far the dates lie apart.
    season_length : int, optional
        Periods per season. None: 7 for days, 52 for weeks, 12 for months, 4 for quarters, 1 (no
        season) for years.
    levels : sequence of float
        Levels of the prediction intervals, as fractions.
    members : "auto" or sequence of str
        Methods to forecast with, names of
        ``crmlytics.forecast.members.MEMBERS``. ``"auto"`` takes those
        that suit each series (see Notes).
    combine : {"mean", "pooled", "median"}
        How the methods' forecasts become one: their mean; a mean with weights learnt from past
        forecasts of all series, leant for each series towards what served it; their median.
    boosting : {"auto", "sklearn", "lightgbm"} or None
        A gradient-boosting model that learns from all series and has half the say. ``"auto"``:
        scikit-learn's when there are 50 regular series or more; LightGBM is used only where it
        is named, so that numbers never depend on what happens to be installed. None: without.
    non_negative : {"auto", True, False}
        Whether forecasts and bounds below 0 are set to 0: ``"auto"`` does so for series whose
        history has no negative value.
    outliers : {"flag", "clean", "keep"}
        What happens to values far from their neighbours and seasons: they are reported in
        `outliers_` and learnt from as they are; they are reported and replaced by what was
        expected; nobody looks for them.
    holidays : iterable of dates, mapping or frame, optional
        Days that change sales, past and future: dates; a mapping from dates to names; a frame
        with the columns ``date`` and, if there are several kinds, ``holiday``. Each kind has an
        effect of its own, times its number of days in a period.
    regressors : sequence of str
        Columns of the sales that are known in the future, too: promotions, prices, trading days.
        Their future values go to `predict`.
    random_state : None, int or numpy Generator
        Draws the sample of series behind the intervals and the rows that boosting learns from,
        where there are more than needed.

    Attributes
    ----------
    unit_ : str
        Length of a period.
    season_length_ : int
        Periods per season.
    members_ : tuple of str
        Methods that some series used.
    weights_ : frame
        One row per series and method that it used: the series, ``member`` and ``weight``.
    fitted_ : frame
        The series, the date, the value and ``fitted``, what the combined methods (without
        boosting) would have said one period before.
    diagnostics_ : frame
        One row per series: what was seen, and what the forecast rests on.
    coverage_ : frame
        How often past values lay inside intervals made without them: ``ahead`` (periods),
        ``level``, ``n``, ``coverage``, ``low``, ``high`` (Wilson, 95 %).
    outliers_ : frame
        The series, the date, the value and ``expected`` of each outlier, and whether it was
        ``cleaned``.
    effects_ : frame
        The series, ``regressor`` and ``effect`` (sales per unit of it): holidays and regressors.

    Notes
    -----
    **Methods.** A series of two seasons or more is forecast by the equal mean of five methods:
    dynamic optimised Theta, damped Holt-Winters (additive, multiplicative, of the logarithm) and
    complex exponential smoothing; intermittent demand (a sale every 1.32 periods or less often)
    by the mean of SBA and TSB; a short history by the mean of simple smoothing, a damped trend
    and Theta, on what is left of it after the seasonal shape that ten or more other series share;
    one value or a constant by itself; a series without a value by the median of what the others
    sold when they were young. With 50 regular series or more, half the forecast comes from a
    gradient-boosting model that has seen them all. Choosing one method per series is less
    accurate than any sensible mean, so it is not offered.

    Every series is forecast from the period after the last one in which *any* series has a value,
    so that forecasts of the same date can be added up. A series that ended before is forecast
    over the longer distance, and its status says so.

    **Intervals** are conformal: forecasts are made again from origins in the past (of at most
    500 series, drawn by `random_state`), their errors divided by the series' mean absolute
    difference over a season (of the last six) and pooled over series and origins of the same kind,
    horizon by horizon. The quantiles of rank ceil((N + 1)(1 + level) / 2) of N errors, times the
    series' scale, are the bounds. With few errors Student's t takes over and the interval is
    wider. Up to six origins, whole seasons before the end, serve many series, up to 40 a few. A
    constant series has an interval of no width: it has never been seen to change. Boosting's
    errors come from a second model, fitted on nothing later than the earliest origin.

    ``status`` is the first that applies of

    ``empty``
        no value: what the median of the other series sold when young, null if there are none;
    ``too_short``
        one value: it is repeated, the intervals are null;
    ``refused``
        no method had a finite forecast: the last value is repeated, the intervals are null;
    ``ended``
        no value in the last period, and so forecast from further back; if sales have stopped for
        good, leave the series out;
    ``constant``
        all values are equal;
    ``intermittent``
        sales are rare: the forecast is a mean rate per period;
    ``short_history``
        fewer than two seasons of values;
    ``gaps``
        periods without a value inside: they are passed over. A missing period is unknown, not
        zero: write zeros where nothing was sold (`sales_series` does);
    ``ok``
        none of these.

    **Effects** of holidays and regressors are estimated in each regular or short series by ridge
    regression, added to what the methods forecast without them. They have no interval.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition. International
    Journal of Forecasting 36, 54-74 (combinations beat their members).
    Petropoulos, F. and Svetunkov, I. (2020). A simple combination of univariate models.
    International Journal of Forecasting 36, 110-115.
    Vovk, V., Gammerman, A. and Shafer, G. (2005). Algorithmic Learning in a Random World.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import SalesForecaster
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
    ...     "value": [10.0, 14, 12, 20, 11, 15, 13, 22, 12, 17, 14, 24],
    ... })
    >>> forecaster = SalesForecaster(horizon=2, levels=(0.8,)).fit(sales)
    >>> table = forecaster.predict()
    >>> list(table)
    ['date', 'forecast', 'low_80', 'high_80', 'status']
    >>> table["forecast"].round().tolist(), table["status"].tolist()
    ([13.0, 18.0], ['ok', 'ok'])
    """

    def __init__(
        self,
        *,
        horizon: int,
        unit: periods.Unit | None = None,
        season_length: int | None = None,
        levels: Sequence[float] = (0.8, 0.95),
        members: Literal["auto"] | Sequence[str] = "auto",
        combine: Literal["mean", "pooled", "median"] = "mean",
        boosting: Literal["auto", "sklearn", "lightgbm"] | None = "auto",
        non_negative: Literal["auto"] | bool = "auto",
        outliers: Literal["flag", "clean", "keep"] = "flag",
        holidays: Any = None,
        regressors: Sequence[str] = (),
        random_state: object = 0,
    ) -> None:
        self.horizon = horizon
        self.unit = unit
        self.season_length = season_length
        self.levels = levels
        self.members = members
        self.combine = combine
        self.boosting = boosting
        self.non_negative = non_negative
        self.outliers = outliers
        self.holidays = holidays
        self.regressors = regressors
        self.random_state = random_state

    def fit(
        self,
        sales: Any,
        *,
        date_col: str = "date",
        value_col: str = "value",
        series_col: str | Sequence[str] | None = None,
    ) -> SalesForecaster:
        """Learn the series of `sales`.

        Parameters
        ----------
        sales : frame
            One row per series and period, from any engine, in any order. A null value is a gap.
            Rows that a column ``complete`` flags False are left out: a period that is not over is
            no observation. Other columns are ignored. Spark's cluster does the forecasting of a
            Spark frame, after its rows have been collected.
        date_col, value_col : str
            Names of the columns: any date within the period, the sales in one unit.
        series_col : str or sequence of str, optional
            Columns that tell the series apart (text or integer). None: one series.

        Returns
        -------
        SalesForecaster
            Itself.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If dates or series are missing, values infinite, regressors missing beside a value,
            columns of the wrong type; if a series has two rows in one period; if the unit cannot
            be told from the dates.
        NotEnoughDataError
            If no row has a value.
        """
        _options.check(self)
        levels = check_levels(self.levels)
        series_cols = series_columns(series_col)
        _options.refuse_names(levels, date_col, value_col, series_cols)
        panel = read_panel(
            sales, date_col=date_col, value_col=value_col, series_col=series_col,
            unit=self.unit, regressors=tuple(self.regressors),
        )  # fmt: skip
        self._learnt = learn(self, panel, like=sales)
        self._columns = tables.Columns(date_col, value_col, series_cols)
        # An empty frame of the caller's kind, so that the rows themselves are not held on to.
        self._like = frames.from_arrays({"empty": np.empty(0)}, like=sales)
        self.unit_, self.season_length_ = panel.unit, self._learnt.season_length
        self.members_ = self._learnt.members
        return self

    def predict(self, future: Any = None) -> Any:
        """Forecast the `horizon` periods after the last one with a value.

        Parameters
        ----------
        future : frame, optional
            Values of the regressors in the periods forecast: the date, the regressors and, unless
            they are the same for all, the series. Needed if there are regressors.

        Returns
        -------
        frame
            The kind given to `fit`, ordered by series and date: the series (if there are columns
            of them), the date (first day of the period) under the name of `date_col`,
            ``forecast``, ``low_80`` and ``high_80`` and so on for each level (null where nothing
            can be said), and ``status``.

        Raises
        ------
        ValueError
            If there are regressors and no `future`, or the reverse.
        DataContractError
            If `future` lacks rows or values.
        """
        check_is_fitted(self)
        table = forecast_table(self._learnt, self._known_ahead(future))
        series, step = (each.ravel() for each in np.indices(table["forecast"].shape))
        columns = self._keys(series, self._panel.values.shape[1] + step)
        columns |= {name: values.ravel() for name, values in table.items()}
        return frames.from_arrays(
            columns | {"status": self._learnt.status[series]}, like=self._like
        )

    @property
    def weights_(self) -> Any:
        """Weight of each method in each series' forecast."""
        check_is_fitted(self)
        found = tables.weights(self._learnt.fit, self._learnt.members)
        return frames.from_arrays(self._series(found.pop("series")) | found, like=self._like)

    @property
    def fitted_(self) -> Any:
        """Each period from the first to the last value with what was expected one period before."""
        check_is_fitted(self)
        first, last = span(self._panel.values)
        period = np.arange(self._panel.values.shape[1])
        series, inside = np.nonzero((period >= first[:, None]) & (period <= last[:, None]))
        columns = self._keys(series, inside)
        columns[self._columns.value] = self._panel.values[series, inside]
        columns["fitted"] = self._learnt.fit.fitted[series, inside]
        return frames.from_arrays(columns, like=self._like)

    @property
    def diagnostics_(self) -> Any:
        """One row per series: status, what was seen and what the forecast rests on."""
        check_is_fitted(self)
        columns = dict(self._panel.keys) | tables.diagnostics(self._learnt)
        return frames.from_arrays(columns, like=self._like)

    @property
    def coverage_(self) -> Any:
        """How often past values lay inside intervals made of the other origins' errors."""
        check_is_fitted(self)
        columns = coverage_table(self._learnt.fit.errors, self._learnt.levels)
        return frames.from_arrays(columns, like=self._like)

    @property
    def outliers_(self) -> Any:
        """Each outlier with what was expected in its place."""
        check_is_fitted(self)
        found = tables.outliers(self._learnt)
        columns = self._keys(found.pop("series"), found.pop("period"))
        columns[self._columns.value] = found.pop("value")
        return frames.from_arrays(columns | found, like=self._like)

    @property
    def effects_(self) -> Any:
        """Effect of each holiday and regressor in each series, in sales per unit."""
        check_is_fitted(self)
        found = tables.effects(self._learnt)
        return frames.from_arrays(self._series(found.pop("series")) | found, like=self._like)

    def _series(self, series: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        return {name: ids[series] for name, ids in self._panel.keys.items()}

    def _keys(
        self, series: NDArray[np.int64], period: NDArray[np.int64]
    ) -> dict[str, NDArray[Any]]:
        return self._series(series) | {self._columns.date: self._panel.dates(period)}

    def _known_ahead(self, future: Any) -> NDArray[np.float64]:
        """Regressors of the periods forecast, of shape (n_series, horizon, n_regressors)."""
        names = self._learnt.regressors
        _options.refuse_future(future, names)
        n_series, horizon = self._learnt.fit.forecast.shape
        if not names:
            return np.zeros((n_series, horizon, 0))
        date_col = self._columns.date
        return read_future(future, self._panel, names=names, horizon=horizon, date_col=date_col)

    @property
    def _panel(self) -> Panel:
        return self._learnt.panel
