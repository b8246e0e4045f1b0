"""The score table: how far the forecasts of several models were off, in named measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, intervals, notices
from crmlytics.errors import DataQualityWarning, NotEnoughDataError
from crmlytics.evaluation import forecast_errors as errors
from crmlytics.evaluation._forecast_cases import Cases, Columns, levels, read_cases
from crmlytics.evaluation.naive_benchmarks import naive2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core import periods


class Scored(NamedTuple):
    """Errors of each series (and origin): `smape` and `mase` of each model and the benchmark."""

    actual: NDArray[np.float64]
    scale: NDArray[np.float64]
    series: NDArray[np.int64]
    smape: dict[str, NDArray[np.float64]]
    mase: dict[str, NDArray[np.float64]]
    benchmark: tuple[NDArray[np.float64], NDArray[np.float64]]
    n_missing: dict[str, int]


def score_table(
    actual: Any,
    forecast: Any,
    *,
    train: Any,
    season_length: int,
    benchmark: str | None = None,
    level: float = 0.95,
    unit: periods.Unit | None = None,
    date_col: str = "date",
    value_col: str = "value",
    series_col: str | None = None,
    model_col: str | None = None,
    origin_col: str | None = None,
) -> Any:
    r"""Score the forecasts of one or several models on the same series and periods.

    Parameters
    ----------
    actual : frame or array-like of shape (n_series, horizon)
        What happened. A frame of any engine has one row per series and period (`series_col`,
        `date_col`, `value_col`); periods not forecast are ignored. NaN or null: not known.
    forecast : frame, array-like, or mapping from a model's name to one
        What was forecast: frames with ``forecast`` and, for intervals, ``low_80``, ``high_80`` and
        so on (as `SalesForecaster.predict` gives them); or arrays of the shape of `actual`, or for
        intervals mappings of those names to arrays.
    train : frame, array-like of shape (n_series, n_periods), or list of sequences
        What was known when the forecasts were made. Rows of an array end with the period before
        the first step and have NaN in front; sequences may be of unequal lengths.
    season_length : int
        Periods per season, such as 12 for months.
    benchmark : str, optional
        The model of `forecast` to which OWA relates. None: `naive2`, computed from `train`.
    level : float
        Confidence of the interval of a coverage, a fraction.
    unit : {"D", "W", "M", "Q", "Y"}, optional
        Length of a period of frames. None: told from the dates of `train`.
    date_col, value_col : str
        Names of the columns: any date of the period, the value.
    series_col : str, optional
        Column that tells series apart. None: one series.
    model_col : str, optional
        Column of the forecasts that names the model. None: one model per frame.
    origin_col : str, optional
        Column of the forecasts with the last day known when each was made (rolling origins):
        `train` is cut there. None: all of `train` was known.

    Returns
    -------
    frame
        The kind of `actual` (pandas for arrays), one row per model in their order: ``model``;
        ``n_series``, ``n`` (points scored), ``n_missing`` (points with an actual that this model
        left out), ``n_undefined`` (series whose scale is 0); ``smape``, ``mase``, ``owa``,
        ``wape``, ``bias``; and for each level of intervals ``coverage_80`` with
        ``coverage_80_low`` and ``coverage_80_high``, ``pinball_80`` and ``msis_80``. What a model
        cannot have is null. Series and origins count apart.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If keys are missing or repeat, values are infinite, shapes differ, a series has no history,
        or `train` holds periods that are forecast.
    NotEnoughDataError
        If no point has an actual and a forecast of every model.
    ValueError
        If an option is none of its values.

    Warns
    -----
    DataQualityWarning
        If points are left out because some model has no forecast there. All models are scored on
        the same points.

    Notes
    -----
    y actual, f forecast, h steps of a series, Q its `mase_scale` over `train` alone:

    * ``smape`` as in the M4 competition, 0 to 200: (200/h) Σ \|y − f\| / (\|y\| + \|f\|), the mean
      over series. Other libraries print half of it.
    * ``mase``: mean \|y − f\| / Q, the mean over the series with Q > 0.
    * ``owa``: ½ (smape / smape of the benchmark + mase / mase of the benchmark): the averages over
      series first, then the ratios. 1 is as good as Naive2, less is better.
    * ``wape``: Σ \|y − f\| / Σ \|y\| over all points, a fraction; the large series weigh.
    * ``bias``: Σ (f − y) / Σ y over all points; above 0 is too much.
    * ``coverage_80``: share of the points inside the interval. Its own interval is Wilson's with
      the effective number of points under clustering by series (Korn and Graubard 1998); null
      with one series.
    * ``pinball_80``: mean of the pinball losses of the two bounds, q (y − f) if y ≥ f else
      (1 − q) (f − y), divided by Q (so that series of any size count alike), over the series with
      Q > 0.
    * ``msis_80``: mean of [(U − L) + (2/a) (L − y) 1(y < L) + (2/a) (y − U) 1(y > U)] / Q, with
      a = 1 − 0.80, over the series with Q > 0.

    M4 set negative forecasts to 0 before scoring; nothing is changed here.

    References
    ----------
    Makridakis, S., Spiliotis, E. and Assimakopoulos, V. (2020). The M4 Competition: 100,000 time
    series and 61 forecasting methods. International Journal of Forecasting 36, 54-74.

    Hyndman, R. J. and Koehler, A. B. (2006). Another look at measures of forecast accuracy.
    International Journal of Forecasting 22, 679-688.

    Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data. Survey Methodology 24, 193-201.

    Examples
    --------
    >>> from crmlytics.evaluation import score_table
    >>> train = [[10, 14, 12, 16, 14, 18], [5, 7, 5, 8, 5, 9]]
    >>> actual = [[16, 20], [5, 9]]
    >>> models = {"drift": [[15.6, 21.0], [5.8, 8.5]], "last value": [[18, 18], [9, 9]]}
    >>> table = score_table(actual, models, train=train, season_length=2)
    >>> table[["model", "n", "smape", "mase", "owa", "wape", "bias"]].round(3)
            model  n   smape   mase    owa   wape   bias
    0       drift  4   6.985  0.825  0.341  0.054  0.018
    1  last value  4  19.858  2.500  1.000  0.160  0.080
    """
    m = checks.whole_number("season_length", season_length, at_least=1)
    level = checks.fraction("level", level)
    cases = read_cases(
        actual, forecast, train, date_col=date_col, value_col=value_col, series_col=series_col,
        model_col=model_col, origin_col=origin_col, unit=unit,
    )  # fmt: skip
    scored = score(cases, m, benchmark)
    rows = [_row(cases.models[model], model, scored, level) for model in cases.models]
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}
    table["model"] = table["model"].astype(object)
    return frames.from_arrays(table, like=cases.like)


def score(cases: Cases, m: int, benchmark: str | None) -> Scored:
    """Per-series errors of every model and the benchmark on the points that all have."""
    if benchmark is not None:
        checks.word("benchmark", benchmark, list(cases.models))
    actual, n_missing = _common_points(cases)
    scale = errors.mase_scale(cases.train, season_length=m)
    smapes = {name: errors.smape(actual, one["forecast"]) for name, one in cases.models.items()}
    mases = {
        name: errors.mase(actual, one["forecast"], scale) for name, one in cases.models.items()
    }
    if benchmark is None:
        naive = naive2(cases.train, season_length=m, horizon=actual.shape[1])
        against = (errors.smape(actual, naive), errors.mase(actual, naive, scale))
    else:
        against = (smapes[benchmark], mases[benchmark])
    return Scored(actual, scale, cases.series, smapes, mases, against, n_missing)


def _common_points(cases: Cases) -> tuple[NDArray[np.float64], dict[str, int]]:
    """Actuals at the points that every model forecasts, and how many each one lacks."""
    known = np.isfinite(cases.actual)
    there = {name: np.isfinite(one["forecast"]) for name, one in cases.models.items()}
    common = known & np.logical_and.reduce(list(there.values()))
    left_out = int(known.sum() - common.sum())
    if not common.any():
        raise NotEnoughDataError(
            f"none of the {int(known.sum()):,} known values is forecast by every model; "
            "at least 1 is needed"
        )
    if left_out:
        notices.warn(
            f"{left_out:,} of {int(known.sum()):,} points are left out, because a model has no "
            "forecast there; n_missing counts them by model",
            DataQualityWarning,
        )
    return (
        np.where(common, cases.actual, np.nan),
        {name: int((known & ~each).sum()) for name, each in there.items()},
    )


def owa(smape: Any, mase: Any, benchmark: tuple[Any, Any]) -> NDArray[np.float64]:
    """Overall weighted average of mean errors, against the benchmark's; undefined against 0."""
    against_smape, against_mase = (np.asarray(each, np.float64) for each in benchmark)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (np.asarray(smape) / against_smape + np.asarray(mase) / against_mase) / 2
    return np.where(np.isfinite(value), value, np.nan)


def mean_known(values: NDArray[np.float64]) -> float:
    """Mean of the known values, NaN if there is none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _row(columns: Columns, model: str, scored: Scored, level: float) -> dict[str, Any]:
    actual, point = scored.actual, columns["forecast"]
    known = np.isfinite(actual)
    smape, mase = mean_known(scored.smape[model]), mean_known(scored.mase[model])
    benchmark = (mean_known(scored.benchmark[0]), mean_known(scored.benchmark[1]))
    error, y = (point - actual)[known], actual[known]
    some = known.any(axis=1)
    row = {
        "model": model,
        "n_series": int(some.sum()),
        "n": int(known.sum()),
        "n_missing": scored.n_missing[model],
        "n_undefined": int((some & np.isnan(scored.scale)).sum()),
        "smape": smape,
        "mase": mase,
        "owa": float(owa(smape, mase, benchmark)),
        "wape": _ratio(np.abs(error).sum(), np.abs(y).sum()),
        "bias": _ratio(error.sum(), y.sum()),
    }
    for percent, covered in levels(columns).items():
        row |= _interval_scores(columns, percent, covered, scored, level)
    return row


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below != 0 else float("nan")


def _interval_scores(
    columns: Columns, percent: str, covered: float, scored: Scored, level: float
) -> dict[str, float]:
    low, high, actual = columns[f"low_{percent}"], columns[f"high_{percent}"], scored.actual
    known = np.isfinite(actual) & np.isfinite(low) & np.isfinite(high)
    hit = np.where(known, (low <= actual) & (actual <= high), False)
    share, share_low, share_high = _clustered_share(hit, known, scored.series, level)
    tail = (1 - covered) / 2
    loss = errors.pinball(actual, low, tail) + errors.pinball(actual, high, 1 - tail)
    fined = errors.interval_score(actual, low, high, covered)
    return {
        f"coverage_{percent}": share,
        f"coverage_{percent}_low": share_low,
        f"coverage_{percent}_high": share_high,
        f"pinball_{percent}": mean_known(errors.row_means(loss / 2) / scored.scale),
        f"msis_{percent}": mean_known(errors.row_means(fined) / scored.scale),
    }


def _clustered_share(
    hit: NDArray[np.bool_], known: NDArray[np.bool_], series: NDArray[np.int64], level: float
) -> tuple[float, float, float]:
    """Share of hits with an interval that counts the points of a series as dependent."""
    n = int(known.sum())
    if not n:
        return float("nan"), float("nan"), float("nan")
    share = float(hit.sum() / n)
    hits, points = (np.bincount(series, each.sum(axis=1)) for each in (hit, known))
    clusters = int((points > 0).sum())
    if clusters < 2:
        return share, float("nan"), float("nan")
    variance = clusters / (clusters - 1) * float(((hits - share * points) ** 2).sum()) / n**2
    # Never more points than there are; as many as there are series if the share has no spread.
    size = min(share * (1 - share) / variance, n) if variance > 0 else float(clusters)
    low, high = intervals.wilson(share * size, size, level)
    return share, float(low), float(high)
