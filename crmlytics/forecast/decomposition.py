"""Series taken apart: trend, season and what neither explains, and how strong each is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, periods
from crmlytics.forecast._panel import read_panel
from crmlytics.forecast._stl import stl_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.forecast._panel import Panel

SEASON_LENGTHS: dict[periods.Unit, int] = {"D": 7, "W": 52, "M": 12, "Q": 4, "Y": 1}
_FIXED = ("trend", "seasonal", "remainder", "adjusted", "status")


def decompose(
    sales: IntoFrameT,
    *,
    season_length: int | Sequence[int] | None = None,
    model: Literal["additive", "multiplicative"] = "additive",
    fitting: Literal["least_squares", "robust"] = "least_squares",
    seasonal_window: int = 11,
    unit: periods.Unit | None = None,
    date_col: str = "date",
    value_col: str = "value",
    series_col: str | None = None,
) -> IntoFrameT:
    r"""Take each series apart into trend, season and remainder by STL.

    Parameters
    ----------
    sales : frame
        One row per series and period, from any engine. A null value and a missing row are gaps.
    season_length : int or sequence of int, optional
        Periods per season, at least 2; several, such as ``(7, 365)`` for days, by MSTL. None: 7
        for days, 52 for weeks, 12 for months, 4 for quarters.
    model : {"additive", "multiplicative"}
        Whether the components are added, or multiplied (STL of the logarithms): a season that
        grows with the level.
    fitting : {"least_squares", "robust"}
        ``"robust"`` keeps outliers out of trend and season, in the remainder.
    seasonal_window : int
        Years (seasons) over which the shape of the season is smoothed, odd, at least 3; a large
        one holds it constant. A second season of several takes 4 more, and so on.
    unit : {"D", "W", "M", "Q", "Y"}, optional
        Length of a period. None: told from the dates.
    date_col, value_col : str
        Names of the columns: any date of the period, the sales.
    series_col : str, optional
        Column that tells the series apart. None: one series.

    Returns
    -------
    frame
        The kind that came in, ordered by series and date, every period from a series' first value
        to its last: the series, the date (first day of the period), the value, ``trend``,
        ``seasonal`` (``seasonal_7`` and so on if there are several), ``remainder``, ``adjusted``
        (the value without season; trend where there is none) and ``status``: ``"ok"``,
        ``"filled"`` (gaps bridged; value and remainder stay null there), ``"short"`` (fewer than
        two seasons), ``"gaps"`` (half of the values are missing, or a season was not seen twice)
        or ``"not_positive"`` (a multiplicative one with values of 0 or less). Components are null
        where the status is none of the first two.

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
    STL is statsmodels', with a trend window of the next odd number above 1.5 m / (1 − 1.5 / s) for
    the season length m and the seasonal window s. Gaps are first bridged by straight lines, then
    four times by the trend and season found. Costs some milliseconds per series, several times that
    with gaps or robust.

    References
    ----------
    Cleveland, R. B., Cleveland, W. S., McRae, J. E. and Terpenning, I. (1990). STL: A
    Seasonal-Trend Decomposition Procedure Based on Loess. Journal of Official Statistics 6, 3-73.

    Bandara, K., Hyndman, R. J. and Bergmeir, C. (2025). MSTL: a seasonal-trend decomposition
    algorithm for time series with multiple seasonal patterns. International Journal of Operational
    Research 52, 79-98.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import decompose
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=12, freq="QS"),
    ...     "value": [10.0, 14, 12, 20, 12, 16, 14, 22, 14, 18, 16, 24],
    ... })
    >>> parts = decompose(sales)
    >>> parts[["trend", "seasonal", "remainder"]].round(2).abs().tail(4)
        trend  seasonal  remainder
    8   17.25      3.25        0.0
    9   17.75      0.25        0.0
    10  18.25      2.25        0.0
    11  18.75      5.25        0.0
    """
    checks.word("model", model, ("additive", "multiplicative"))
    checks.word("fitting", fitting, ("least_squares", "robust"))
    window = _window(seasonal_window)
    if unit is not None:
        checks.word("unit", unit, periods.UNITS)
    panel = read_panel(
        sales, date_col=date_col, value_col=value_col, series_col=series_col, unit=unit
    )
    lengths = _lengths(season_length, panel.unit)
    names = ["seasonal"] if len(lengths) == 1 else [f"seasonal_{m}" for m in lengths]
    keys = [name for name in (series_col, date_col, value_col) if name is not None]
    checks.free_names(keys, [*_FIXED, *names])
    found = _components(panel, lengths, window, model=model, robust=fitting == "robust")
    series, period = found.pop("_series"), found.pop("_period")
    columns: dict[str, Any] = {} if series_col is None else {series_col: panel.ids[series]}
    columns |= {date_col: panel.dates(period), value_col: panel.values[series, period]}
    renamed = {f"_season_{i}": name for i, name in enumerate(names)}
    columns |= {renamed.get(name, name): values for name, values in found.items()}
    return frames.from_arrays(columns, like=sales)


def component_strengths(
    components: IntoFrameT, *, value_col: str = "value", series_col: str | None = None
) -> IntoFrameT:
    r"""Say for each decomposed series how much of it trend and season are.

    Parameters
    ----------
    components : frame
        What `decompose` gave with ``model="additive"``.
    value_col : str
        Name of the column with the values.
    series_col : str, optional
        Column that tells the series apart. None: one series.

    Returns
    -------
    frame
        The kind that came in, one row per series, ordered by it: the series, ``n`` (values),
        ``trend_strength`` and ``seasonal_strength`` (of several seasons ``seasonal_7_strength``
        and so on), fractions, null where there is nothing to measure.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.

    Notes
    -----
    .. math:: F_T = \max(0, 1 - \frac{Var(R)}{Var(T + R)}), \quad
              F_S = \max(0, 1 - \frac{Var(R)}{Var(S + R)})

    over the periods with a value. 0: none; 1: nothing else. Above about 0.6 a season is worth
    a seasonal method.

    References
    ----------
    Wang, X., Smith, K. A. and Hyndman, R. J. (2006). Characteristic-Based Clustering for Time
    Series Data. Data Mining and Knowledge Discovery 13, 335-364.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import component_strengths, decompose
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2021-01-01", periods=16, freq="QS"),
    ...     "value": [10.0, 14, 12, 21, 10, 16, 12, 20, 11, 13, 13, 21, 9, 15, 11, 22],
    ... })
    >>> component_strengths(decompose(sales)).round(2)
        n  trend_strength  seasonal_strength
    0  16            0.05               0.97
    """
    available = frames.column_names(components)
    seasons = [name for name in available if re.fullmatch(r"seasonal(_\d+)?", name)]
    wanted = [value_col, "trend", "remainder"]
    roles = {"series_col": series_col, "value_col": value_col, "column trend": "trend"}
    checks.columns(available, roles | {"column remainder": "remainder"})
    if not seasons:
        checks.columns(available, {"column seasonal": "seasonal"})
    kept = [name for name in (series_col, *wanted, *seasons) if name is not None]
    read = frames.arrays(frames.collect(frames.lazy(components, kept)))
    code, ids = np.zeros(len(read["trend"]), np.int64), None
    n_series = 1
    if series_col is not None:
        code, ids = codes.factorise(pd.Series(read[series_col]))
        n_series = len(ids)
    rest = read["remainder"].astype(np.float64)
    known = np.isfinite(rest)
    columns: dict[str, Any] = {} if series_col is None else {series_col: np.asarray(ids)}
    columns["n"] = np.bincount(code[known], minlength=n_series).astype(np.int64)
    for name in ("trend", *seasons):
        part = read[name].astype(np.float64)
        columns[f"{name}_strength"] = _strength(part, rest, code, known, n_series)
    return frames.from_arrays(columns, like=components)


def _window(seasonal_window: object) -> int:
    window = checks.whole_number("seasonal_window", seasonal_window, at_least=3)
    if window % 2 == 0:
        raise ValueError(f"seasonal_window must be odd, got {window}")
    return window


def _lengths(season_length: object, unit: periods.Unit) -> tuple[int, ...]:
    given = SEASON_LENGTHS[unit] if season_length is None else season_length
    several = given if isinstance(given, list | tuple) else [given]
    if season_length is None and unit == "Y":
        raise ValueError(
            "a series of years has no season to take apart; pass season_length for one of several "
            "years"
        )
    lengths = [checks.whole_number("season_length", each, at_least=2) for each in several]
    if not lengths or len(set(lengths)) < len(lengths):
        raise ValueError(f"season_length must name different seasons, got {season_length!r}")
    return tuple(sorted(lengths))


def _components(
    panel: Panel, lengths: tuple[int, ...], window: int, *, model: str, robust: bool
) -> dict[str, NDArray[Any]]:
    """Columns of all series one after the other; `_series` and `_period` say where they belong."""
    parts: dict[str, list[NDArray[Any]]] = {}
    for i, row in enumerate(panel.values):
        known = np.flatnonzero(np.isfinite(row))
        if not len(known):
            continue
        period = np.arange(known[0], known[-1] + 1)
        one = _one_series(row[period], lengths, window, model=model, robust=robust)
        one |= {"_series": np.full(len(period), i), "_period": period}
        for name, values in one.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _one_series(
    values: NDArray[np.float64], lengths: tuple[int, ...], window: int, *, model: str, robust: bool
) -> dict[str, NDArray[Any]]:
    multiplied = model == "multiplicative"
    if multiplied and (values <= 0).any():  # NaN compares as False
        nothing = np.full(len(values), np.nan)
        trend, seasons, status = nothing, np.tile(nothing, (len(lengths), 1)), "not_positive"
    else:
        given = np.log(values) if multiplied else values
        trend, seasons, status = stl_components(given, lengths, window, robust=robust)
    season = seasons.sum(axis=0)
    adjusted = np.where(np.isfinite(values), values - season, trend)
    remainder = values - trend - season
    if multiplied and status != "not_positive":
        season, trend = np.exp(season), np.exp(trend)
        adjusted = np.where(np.isfinite(values), values / season, trend)
        remainder, seasons = values / (trend * season), np.exp(seasons)
    return {
        "trend": trend,
        **{f"_season_{i}": each for i, each in enumerate(seasons)},
        "remainder": remainder,
        "adjusted": adjusted,
        "status": np.full(len(values), status, object),
    }


def _strength(
    part: NDArray[np.float64],
    rest: NDArray[np.float64],
    code: NDArray[np.int64],
    known: NDArray[np.bool_],
    n_series: int,
) -> NDArray[np.float64]:
    noise = _variance(rest[known], code[known], n_series)
    whole = _variance((part + rest)[known], code[known], n_series)
    share = np.full(n_series, np.nan)
    np.divide(noise, whole, out=share, where=whole > 0)
    strength: NDArray[np.float64] = np.clip(1 - share, 0.0, 1.0)
    return strength


def _variance(
    values: NDArray[np.float64], code: NDArray[np.int64], n_series: int
) -> NDArray[np.float64]:
    """Variance by series, about the means first, so that large numbers cancel nothing."""
    n = np.maximum(np.bincount(code, minlength=n_series), 1)
    mean = codes.totals(code, values, n_series) / n
    return np.divide(codes.totals(code, (values - mean[code]) ** 2, n_series), n)
