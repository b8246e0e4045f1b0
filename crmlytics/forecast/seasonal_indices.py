"""Seasonal indices: how far each season lies from the average, with an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, frames, intervals, periods
from crmlytics.evaluation.naive_benchmarks import bridged, centred_average
from crmlytics.forecast._panel import read_panel
from crmlytics.forecast.decomposition import SEASON_LENGTHS

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_RESULTS = ("season", "index", "low", "high", "n", "status")


def seasonal_index_table(
    sales: IntoFrameT,
    *,
    season_length: int | None = None,
    model: Literal["multiplicative", "additive"] = "multiplicative",
    level: float = 0.95,
    unit: periods.Unit | None = None,
    date_col: str = "date",
    value_col: str = "value",
    series_col: str | None = None,
) -> IntoFrameT:
    """Give each season of each series its index: 1.2 means a fifth above the trend.

    Parameters
    ----------
    sales : frame
        One row per series and period, from any engine. A null value and a missing row are gaps.
    season_length : int, optional
        Periods per season, at least 2. None: 7 for days, 52 for weeks, 12 for months, 4 for
        quarters.
    model : {"multiplicative", "additive"}
        Whether an index is a ratio to the trend, with mean 1, or a difference from it in the unit
        of the values, with mean 0.
    level : float
        Confidence of the intervals, a fraction.
    unit : {"D", "W", "M", "Q", "Y"}, optional
        Length of a period. None: told from the dates.
    date_col, value_col : str
        Names of the columns: any date of the period, the sales.
    series_col : str, optional
        Column that tells the series apart. None: one series.

    Returns
    -------
    frame
        The kind that came in, one row per series and season, ordered by both: the series,
        ``season`` (1 to the season length: the month, the quarter, Monday to Sunday; for other
        lengths counted from the first period of all series), ``index``, ``low``, ``high``, ``n``
        (ratios behind it; with fewer than 2 there is no interval) and ``status``: ``"ok"``,
        ``"short"`` (a season has no ratio, for which about two full seasons are needed) or
        ``"not_positive"`` (a multiplicative one whose trend is not above 0). Indices are null
        unless the status is ok.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If keys are missing or repeat, values are infinite, or the unit cannot be told.
    NotEnoughDataError
        If no row has a value.
    ValueError
        If an option is none of its values, such as a season of years.

    Notes
    -----
    The classical ratio to moving average: y over a centred moving average of one season (2 × m
    terms for an even m), the mean of the ratios of each season, divided by the mean of these. The
    interval is Student's of that mean, divided alike: it takes the years for independent and the
    season for constant. For a season that changes see `decompose`. A gap is bridged for the moving
    average and has no ratio.

    References
    ----------
    Makridakis, S., Wheelwright, S. C. and Hyndman, R. J. (1998). Forecasting: Methods and
    Applications, 3rd edition, section 3/4. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import seasonal_index_table
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=16, freq="QS"),
    ...     "value": [10.0, 14, 12, 21, 10, 16, 12, 20, 11, 13, 13, 21, 9, 15, 11, 22],
    ... })
    >>> seasonal_index_table(sales).round(2)
       season  index   low  high  n status
    0       1   0.69  0.51  0.88  3     ok
    1       2   1.02  0.77  1.27  3     ok
    2       3   0.86  0.74  0.97  3     ok
    3       4   1.43  1.33  1.54  3     ok
    """
    checks.word("model", model, ("multiplicative", "additive"))
    level = checks.fraction("level", level)
    if unit is not None:
        checks.word("unit", unit, periods.UNITS)
    panel = read_panel(
        sales, date_col=date_col, value_col=value_col, series_col=series_col, unit=unit
    )
    given = SEASON_LENGTHS[panel.unit] if season_length is None else season_length
    m = checks.whole_number("season_length", given, at_least=2)
    keys = [] if series_col is None else [series_col]
    checks.free_names(keys, _RESULTS)
    season = (np.arange(panel.values.shape[1]) + _first_season(panel.start, panel.unit, m)) % m
    found = _indices(panel.values, season, m, model, level)
    series, place = (each.ravel() for each in np.indices(found["index"].shape))
    columns: dict[str, Any] = {} if series_col is None else {series_col: panel.ids[series]}
    columns["season"] = place + 1
    columns |= {name: values[series, place] for name, values in found.items()}
    return frames.from_arrays(columns, like=sales)


def _first_season(start: int, unit: periods.Unit, m: int) -> int:
    """Season of the period of index `start`: the calendar's where m is the unit's own."""
    if m != SEASON_LENGTHS[unit] or unit == "W":
        return 0
    # Day 0 was a Thursday, month 0 a January, quarter 0 a first one.
    return (start + 3) % 7 if unit == "D" else start % m


def _indices(
    values: NDArray[np.float64], season: NDArray[np.int64], m: int, model: str, level: float
) -> dict[str, NDArray[Any]]:
    trend = centred_average(bridged(values), m)
    multiplied = model == "multiplicative"
    flawed: Any = (multiplied & (trend <= 0)).any(axis=1)  # NaN compares as False
    ratio = np.full(values.shape, np.nan)
    if multiplied:
        np.divide(values, trend, out=ratio, where=trend > 0)
    else:
        ratio = values - trend
    mean, sd, n = _moments(ratio, season, m)
    middle = mean.mean(axis=1, keepdims=True)
    low, high = intervals.student(mean, sd, n, level)
    parts = {"index": mean, "low": low, "high": high}
    if multiplied:
        safe = np.where(middle > 0, middle, np.nan)
        parts = {name: each / safe for name, each in parts.items()}
    else:
        parts = {name: each - middle for name, each in parts.items()}
    status = np.where(flawed, "not_positive", np.where((n > 0).all(axis=1), "ok", "short"))
    for each in parts.values():
        each[status != "ok"] = np.nan
    shown = np.repeat(status.astype(object)[:, None], m, axis=1)
    return {**parts, "n": n.astype(np.int64), "status": shown}


def _moments(
    ratio: NDArray[np.float64], season: NDArray[np.int64], m: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean, sample standard deviation and number of each series' ratios [series, season]."""
    mean, sd, n = np.full((3, len(ratio), m), np.nan)
    for each in range(m):
        part = ratio[:, season == each]
        known = np.isfinite(part)
        count = known.sum(axis=1)
        n[:, each] = count
        total = np.where(known, part, 0.0).sum(axis=1)
        np.divide(total, count, out=mean[:, each], where=count > 0)
        off = np.where(known, part - mean[:, [each]], 0.0)
        spread = np.full(len(ratio), np.nan)
        np.divide((off**2).sum(axis=1), count - 1, out=spread, where=count > 1)
        sd[:, each] = np.sqrt(spread)
    return mean, sd, n
