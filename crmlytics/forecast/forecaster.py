"""Forecasts of one or many sales series with intervals and a status for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, periods
from crmlytics.forecast._diagnostics import DIAGNOSTICS, diagnose, series_status, span
from crmlytics.forecast._panel import read_panel
from crmlytics.forecast.intervals import check_levels, student_interval
from crmlytics.forecast.naive import seasonal_naive

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmlytics.forecast.naive import NaiveFit

MEMBERS: dict[str, Callable[..., NaiveFit]] = {"seasonal_naive": seasonal_naive}
_SEASON_LENGTHS = {"D": 7, "W": 52, "M": 12, "Q": 4, "Y": 1}


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
    members : "auto" or sequence of {"seasonal_naive"}
        Methods to forecast with; ``"auto"`` takes all that there are.
    combine : {"mean"}
        How members' forecasts are combined.
    non_negative : {"auto", True, False}
        Whether forecasts and bounds below 0 are set to 0: ``"auto"`` does so for series whose
        history has no negative value.
    random_state : None, int or numpy Generator
        Source of randomness for members that draw; the seasonal naive does not.

    Attributes
    ----------
    unit_ : str
        Length of a period.
    season_length_ : int
        Periods per season.
    members_ : tuple of str
        Methods used.
    fitted_ : frame
        The series, ``date``, value and ``fitted``, what would have been forecast one step before.
    diagnostics_ : frame
        One row per series: what was seen, and what the forecast rests on.

    Notes
    -----
    Every series is forecast from the period after the last one in which *any* series has a value,
    so that forecasts of the same date can be added up. A series that ended before is forecast
    over the longer distance, and its status says so.

    ``status`` is the first that applies of

    ``empty``
        no value at all: the forecast is null;
    ``too_short``
        one value: it is repeated, the intervals are null;
    ``short_history``
        fewer than two seasons of values: the last value is repeated, as in a random walk;
    ``ended``
        no value in the last period, and so forecast from further back; if sales have stopped for
        good, leave the series out;
    ``gaps``
        periods without a value inside: the season before stands in for them. A missing period is
        unknown, not zero: write zeros where nothing was sold (`sales_series` does);
    ``ok``
        none of these.

    The interval of level p is forecast ± t sigma sqrt(k), where sigma is the root mean square of
    the ``n_residuals`` differences from one season to the next, k the number of seasons ahead and
    t Student's quantile with ``n_residuals`` degrees of freedom. It is exact if those differences
    are independent and normal about zero. Where sales grow steadily the forecast stays behind,
    and seasons far ahead fall out of the interval. The differences over one season serve every
    horizon, because those over k seasons overlap, and three years of months have twelve of them
    for the second year ahead and none for the third.

    References
    ----------
    Hyndman, R. J. and Athanasopoulos, G. (2021). Forecasting: Principles and Practice, 3rd ed.,
    sections 5.2 and 5.5.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import SalesForecaster
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2022-01-01", periods=8, freq="QS"),
    ...     "value": [10.0, 14.0, 12.0, 20.0, 12.0, 15.0, 13.0, 23.0],
    ... })
    >>> forecaster = SalesForecaster(horizon=2, levels=(0.8,)).fit(sales)
    >>> forecaster.predict().round({"low_80": 2, "high_80": 2})
            date  forecast  low_80  high_80  n_residuals status
    0 2024-01-01      12.0    9.03    14.97            4     ok
    1 2024-04-01      15.0   12.03    17.97            4     ok
    """

    def __init__(
        self,
        *,
        horizon: int,
        unit: periods.Unit | None = None,
        season_length: int | None = None,
        levels: Sequence[float] = (0.8, 0.95),
        members: Literal["auto"] | Sequence[str] = "auto",
        combine: Literal["mean"] = "mean",
        non_negative: Literal["auto"] | bool = "auto",
        random_state: object = 0,
    ) -> None:
        self.horizon = horizon
        self.unit = unit
        self.season_length = season_length
        self.levels = levels
        self.members = members
        self.combine = combine
        self.non_negative = non_negative
        self.random_state = random_state

    def fit(
        self,
        sales: Any,
        *,
        date_col: str = "date",
        value_col: str = "value",
        series_col: str | None = None,
    ) -> SalesForecaster:
        """Learn the series of `sales`.

        Parameters
        ----------
        sales : frame
            One row per series and period, from any engine, in any order. A null value is a gap.
            Rows that a column ``complete`` flags False are left out: a period that is not over is
            no observation. Other columns are ignored.
        date_col, value_col : str
            Names of the columns: any date within the period, the sales in one unit.
        series_col : str, optional
            Column that tells the series apart (text or integer). None: one series.

        Returns
        -------
        SalesForecaster
            Itself.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If dates or series are missing, values infinite, columns of the wrong type; if a
            series has two rows in one period; if the unit cannot be told from the dates.
        NotEnoughDataError
            If no row has a value.
        """
        self._check_parameters()
        panel = read_panel(
            sales, date_col=date_col, value_col=value_col, series_col=series_col, unit=self.unit
        )
        levels = check_levels(self.levels)
        _refuse_names(levels, date_col, value_col, series_col)
        self.unit_ = panel.unit
        self.season_length_ = self.season_length or _SEASON_LENGTHS[panel.unit]
        self.members_ = _member_names(self.members)
        member = MEMBERS[self.members_[0]]
        self._fit = member(panel.values, season_length=self.season_length_, horizon=self.horizon)
        self._panel, self._levels = panel, levels
        self._status = series_status(panel.values, self.season_length_)
        self._floor = _floor(panel.values, self.non_negative)
        self._columns = (date_col, value_col, series_col)
        # An empty frame of the caller's kind, so that the rows themselves are not held on to.
        self._like = frames.from_arrays({"empty": np.empty(0)}, like=sales)
        return self

    def predict(self, future: None = None) -> Any:
        """Forecast the `horizon` periods after the last one with a value.

        Parameters
        ----------
        future : None
            Known future values of regressors; no member uses any.

        Returns
        -------
        frame
            The kind given to `fit`, ordered by series and date: the series (if there is a column
            of them), the date (first day of the period) under the name of `date_col`,
            ``forecast``, ``low_80`` and ``high_80`` and so on for each level (null where there is
            no residual), ``n_residuals`` (how many residuals stand behind the interval) and
            ``status``.
        """
        check_is_fitted(self)
        if future is not None:
            raise ValueError("future holds values of regressors, and no member uses any: pass None")
        fit = self._fit
        table = {"forecast": np.maximum(fit.forecast, self._floor)}
        for percent, level in self._levels.items():
            low, high = student_interval(fit.forecast, fit.scale, fit.n_residuals, level)
            table[f"low_{percent}"] = np.maximum(low, self._floor)
            table[f"high_{percent}"] = np.maximum(high, self._floor)
        series, ahead = (each.ravel() for each in np.indices(fit.forecast.shape))
        columns = self._keys(series, self._panel.values.shape[1] + ahead)
        columns |= {name: values.ravel() for name, values in table.items()}
        columns |= {"n_residuals": fit.n_residuals[series], "status": self._status[series]}
        return frames.from_arrays(columns, like=self._like)

    @property
    def fitted_(self) -> Any:
        """Each observed period with what would have been forecast one step before it."""
        check_is_fitted(self)
        first, last = span(self._panel.values)
        period = np.arange(self._panel.values.shape[1])
        series, inside = np.nonzero((period >= first[:, None]) & (period <= last[:, None]))
        columns = self._keys(series, inside)
        columns[self._columns[1]] = self._panel.values[series, inside]
        columns["fitted"] = self._fit.fitted[series, inside]
        return frames.from_arrays(columns, like=self._like)

    @property
    def diagnostics_(self) -> Any:
        """One row per series: status, what was seen and what the forecast rests on."""
        check_is_fitted(self)
        series_col = self._columns[2]
        keys = {} if series_col is None else {series_col: self._panel.ids}
        columns = keys | diagnose(self._panel, self._fit, self._status)
        return frames.from_arrays(columns, like=self._like)

    def _keys(
        self, series: NDArray[np.int64], period: NDArray[np.int64]
    ) -> dict[str, NDArray[Any]]:
        date_col, _, series_col = self._columns
        keys = {} if series_col is None else {series_col: self._panel.ids[series]}
        return keys | {date_col: self._panel.dates(period)}

    def _check_parameters(self) -> None:
        checks.whole_number("horizon", self.horizon, at_least=1)
        if self.unit is not None:
            checks.word("unit", self.unit, periods.UNITS)
        if self.season_length is not None:
            checks.whole_number("season_length", self.season_length, at_least=1)
        check_levels(self.levels)
        _member_names(self.members)
        checks.word("combine", self.combine, ("mean",))
        if not (isinstance(self.non_negative, bool) or self.non_negative == "auto"):
            raise ValueError(
                f"non_negative must be 'auto', True or False, got {self.non_negative!r}"
            )
        checks.random_generator(self.random_state)


def _member_names(members: str | Sequence[str]) -> tuple[str, ...]:
    """Return the members named, each once."""
    names = tuple(MEMBERS) if members == "auto" else members
    if not isinstance(names, str) and names and set(names) <= set(MEMBERS):
        return tuple(dict.fromkeys(names))
    there = ", ".join(repr(name) for name in MEMBERS)
    raise ValueError(f"members must be 'auto' or a sequence of {there}, got {members!r}")


def _floor(values: NDArray[np.float64], non_negative: Literal["auto"] | bool) -> Any:
    """Lowest value that a forecast of each series may take."""
    clip: Any = ~(values < 0).any(axis=1) if non_negative == "auto" else non_negative
    return np.where(np.broadcast_to(clip, len(values)), 0.0, -np.inf)[:, None]


def _refuse_names(
    levels: dict[str, float], date_col: str, value_col: str, series_col: str | None
) -> None:
    bounds = [f"{side}_{percent}" for percent in levels for side in ("low", "high")]
    keys = [key for key in (date_col, series_col) if key is not None]
    checks.free_names(keys, ["forecast", *bounds, "n_residuals", "status", "fitted"])
    checks.free_names([value_col], ["fitted"])
    checks.free_names(keys[1:], DIAGNOSTICS)
