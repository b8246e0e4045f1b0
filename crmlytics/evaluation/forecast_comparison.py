"""Is one forecaster better than another by more than the choice of series explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import NotEnoughDataError
from crmlytics.evaluation._forecast_cases import read_cases
from crmlytics.evaluation.forecast_scores import Scored, owa, score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core import periods

_MEASURES = ("owa", "mase", "smape")
# Cells of one block of resamples in memory.
_CELLS = 4_000_000


def compare_forecasts(
    actual: Any,
    forecast: Any,
    *,
    train: Any,
    season_length: int,
    reference: str,
    benchmark: str | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    random_state: int | np.random.Generator | None = None,
    unit: periods.Unit | None = None,
    date_col: str = "date",
    value_col: str = "value",
    series_col: str | None = None,
    model_col: str | None = None,
    origin_col: str | None = None,
) -> Any:
    """Compare forecasters with a reference on the same series, with an interval of the difference.

    Parameters
    ----------
    actual, forecast, train, season_length, benchmark : see `score_table`
        What happened, what was forecast by at least two models, what was known before, the
        periods of a season, and the model to which OWA relates (None: `naive2`).
    reference : str
        The model with which every other one is compared.
    level : float
        Confidence of the intervals, a fraction.
    n_resamples : int
        How often the series are drawn anew, with replacement.
    random_state : int, Generator or None
        Seed of the drawing.
    unit, date_col, value_col, series_col, model_col, origin_col : see `score_table`
        Length of a period and names of the columns of frames.

    Returns
    -------
    frame
        The kind of `actual` (pandas for arrays), for each other model one row per ``measure``
        (``"owa"``, ``"mase"``, ``"smape"``): ``model``, ``reference``, ``measure``, ``score``,
        ``reference_score``, ``difference`` (below 0: the model is better), ``low``, ``high`` and
        ``n_series`` (series drawn). An interval without 0 is a difference that the choice of
        series does not explain.

    Raises
    ------
    ColumnNotFoundError, DataContractError
        As `score_table` does.
    NotEnoughDataError
        If there are fewer than two models or two series; `diebold_mariano` compares on one series.
    ValueError
        If `reference` is no model, or an option is none of its values.

    Warns
    -----
    DataQualityWarning
        If points are left out because some model has no forecast there.

    Notes
    -----
    A paired bootstrap: each resample draws as many series as there are, with all their origins,
    and takes both models' scores of the same ones; the averages of the benchmark are taken anew
    as well. Percentile intervals. They answer for the choice of the series, not for the time at
    which they were forecast: all series share that.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.evaluation import compare_forecasts
    >>> rng = np.random.default_rng(0)
    >>> walks = rng.normal(size=(60, 40)).cumsum(axis=1) + 100
    >>> train, actual = walks[:, :36], walks[:, 36:]
    >>> models = {
    ...     "last value": np.repeat(train[:, -1:], 4, axis=1),
    ...     "mean": np.repeat(train.mean(axis=1)[:, None], 4, axis=1),
    ... }
    >>> table = compare_forecasts(
    ...     actual, models, train=train, season_length=4, reference="last value", random_state=0
    ... )
    >>> row = table[table["measure"] == "mase"].iloc[0]
    >>> row["model"], bool(row["low"] > 0)  # the mean of a random walk is a worse forecast
    ('mean', True)
    """
    m = checks.whole_number("season_length", season_length, at_least=1)
    level = checks.fraction("level", level)
    n_resamples = checks.whole_number("n_resamples", n_resamples, at_least=1)
    generator = checks.random_generator(random_state)
    cases = read_cases(
        actual, forecast, train, date_col=date_col, value_col=value_col, series_col=series_col,
        model_col=model_col, origin_col=origin_col, unit=unit,
    )  # fmt: skip
    names = list(cases.models)
    if len(names) < 2:
        raise NotEnoughDataError("forecast holds 1 model; a comparison needs at least 2")
    checks.word("reference", reference, names)
    scored = score(cases, m, benchmark)
    totals, counts, n_series = _cluster_totals(scored, names)
    if n_series < 2:
        raise NotEnoughDataError(
            "1 series is scored; drawing series anew needs at least 2: diebold_mariano compares "
            "two forecasters on one series"
        )
    found = _measures(totals.sum(axis=0), counts.sum(axis=0))
    drawn = _resampled(totals, counts, n_resamples, generator)
    at = names.index(reference)
    ends = np.nanquantile(drawn - drawn[:, at : at + 1], [(1 - level) / 2, (1 + level) / 2], axis=0)
    table = _table(names, at, found, ends, n_series)
    return frames.from_arrays(table, like=cases.like)


def _cluster_totals(
    scored: Scored, names: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Sums over each series' rows of both errors [series, model, 2] and how many rows have them.

    The benchmark comes last.
    """
    by_model = [(scored.smape[name], scored.mase[name]) for name in names]
    errors = np.array([*by_model, scored.benchmark]).transpose(2, 0, 1)
    known = np.isfinite(errors)
    series, place = np.unique(scored.series, return_inverse=True)
    totals, counts = np.zeros((2, len(series), *errors.shape[1:]))
    np.add.at(totals, place, np.where(known, errors, 0.0))
    np.add.at(counts, place, known.astype(np.float64))
    some = counts[:, :, 0].any(axis=1)
    return totals[some], counts[some], int(some.sum())


def _measures(totals: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """OWA, MASE and sMAPE [..., model, 3] of sums [..., model and benchmark, 2]."""
    mean = np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)
    smape, mase = mean[..., 0], mean[..., 1]
    overall = owa(smape[..., :-1], mase[..., :-1], (smape[..., -1:], mase[..., -1:]))
    return np.stack([overall, mase[..., :-1], smape[..., :-1]], axis=-1)


def _resampled(
    totals: NDArray[np.float64],
    counts: NDArray[np.float64],
    n_resamples: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the measures [resample, model, 3] of series drawn anew."""
    n = len(totals)
    shape = totals.shape[1:]
    both = np.concatenate([totals.reshape(n, -1), counts.reshape(n, -1)], axis=1)
    step = max(1, _CELLS // n)
    parts = []
    for start in range(0, n_resamples, step):
        draws = min(step, n_resamples - start)
        drawn = generator.integers(0, n, (draws, n)) + np.arange(draws)[:, None] * n
        times = np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n)
        above, below = np.split(times.astype(np.float64) @ both, 2, axis=1)
        parts.append(_measures(above.reshape(draws, *shape), below.reshape(draws, *shape)))
    return np.concatenate(parts)


def _table(
    names: list[str],
    at: int,
    found: NDArray[np.float64],
    ends: NDArray[np.float64],
    n_series: int,
) -> dict[str, NDArray[Any]]:
    model = np.repeat([i for i in range(len(names)) if i != at], len(_MEASURES))
    measure = np.tile(np.arange(len(_MEASURES)), len(names) - 1)
    return {
        "model": np.array(names, object)[model],
        "reference": np.full(len(model), names[at], object),
        "measure": np.array(_MEASURES, object)[measure],
        "score": found[model, measure],
        "reference_score": found[at, measure],
        "difference": found[model, measure] - found[at, measure],
        "low": ends[0][model, measure],
        "high": ends[1][model, measure],
        "n_series": np.full(len(model), n_series),
    }
