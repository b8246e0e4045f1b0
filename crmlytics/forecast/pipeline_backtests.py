"""How good pipeline forecasts would have been: many cut-offs, rivals, deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.forecast import _pipeline_learning as learning
from crmlytics.forecast._deal_periods import coming_periods
from crmlytics.forecast._deal_rows import LOST, NEVER, WON, Deals, known_on, read_deals
from crmlytics.forecast._pipeline_scores import (
    Quantiles,
    calibration_columns,
    deal_score_columns,
    score_columns,
)
from crmlytics.forecast._stage_log import StageLog, read_stage_log
from crmlytics.forecast.intervals import check_levels

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.forecast.pipeline import PipelineForecaster

_RIVALS = ("stage-weighted", "naive")


class PipelineBacktest(NamedTuple):
    """What forecasts at past cut-offs said and what came.

    Attributes
    ----------
    forecasts : frame
        One row per cut-off and method: ``cutoff`` (the day `as_of`), ``method``, ``forecast``,
        ``low``, ``high`` (null for rivals), ``actual``, in units of money.
    scores : frame
        One row per method: ``n`` cut-offs, ``wape`` with ``wape_low`` and ``wape_high``, ``bias``,
        ``pinball`` (mean over the interval's bounds and the median, in units of money),
        ``coverage`` of the interval with ``coverage_low`` and ``coverage_high``.
    differences : frame
        The pipeline's WAPE minus each ``rival``'s, ``wape_difference`` with ``low`` and ``high``.
    deals : frame
        One row per method: ``n`` open deals at cut-offs, ``brier`` and ``log_loss`` of the
        probability to be won within the horizon.
    calibration : frame
        Tenths of those deals by their probability: ``bin``, ``n``, ``predicted``, ``observed``,
        ``low``, ``high``.
    """

    forecasts: Any
    scores: Any
    differences: Any
    deals: Any
    calibration: Any


class _Past(NamedTuple):
    """One cut-off: actual, each method's forecast with bounds, and the open deals' odds."""

    actual: float
    found: dict[str, tuple[float, float, float, float]]
    won: NDArray[np.bool_]
    odds: dict[str, NDArray[np.float64]]


def pipeline_backtest(
    forecaster: PipelineForecaster,
    deals: Any,
    *,
    cutoffs: Sequence[dt.date],
    observed_from: dt.date | None = None,
    observed_until: dt.date | None = None,
    stage_log: Any = None,
    deal_col: str = "deal_id",
    created_col: str = "created_at",
    closed_col: str = "closed_at",
    outcome_col: str = "outcome",
    amount_col: str = "amount",
    list_price_col: str | None = None,
    owner_col: str | None = None,
    product_col: str | None = None,
    stage_col: str = "stage",
    entered_col: str = "entered_at",
    tz: str | None = None,
    level: float = 0.95,
    n_boot: int = 2_000,
) -> PipelineBacktest:
    """Forecast at past cut-offs, as things were known then, and compare with what was won.

    Parameters
    ----------
    forecaster : PipelineForecaster
        Its options are used; it is not changed and need not be fitted.
    deals : frame
        As in `PipelineForecaster.fit`, complete until `observed_until`.
    cutoffs : sequence of date
        Days `as_of`, inclusive; what is won in the days of the horizon after each is compared.
    observed_from, observed_until : date, optional
        First and last day on which closings were recorded. Without the last, it is the day of the
        last closing.
    stage_log : frame, optional
        As in `PipelineForecaster.fit`.
    deal_col, created_col, closed_col, outcome_col, amount_col : str
        As in `PipelineForecaster.fit`. Without `list_price_col` the amounts of deals that were
        open at a cut-off are those of today: make `amount_col` hold what was known then.
    list_price_col, owner_col, product_col : str, optional
        As in `PipelineForecaster.fit`.
    stage_col, entered_col : str
        Columns of `stage_log`.
    tz : str, optional
        Business time zone, needed if the dates know their zone.
    level : float
        Confidence of the bootstrap intervals, a fraction.
    n_boot : int
        Resamples of the bootstrap.

    Returns
    -------
    PipelineBacktest
        Frames of the kind of `deals`: ``forecasts``, ``scores``, ``differences``, ``deals``,
        ``calibration``.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If deals do not make sense, or a horizon ends after `observed_until`.
    NotEnoughDataError
        If there is no cut-off, too little before one, or nothing was won after any.

    Notes
    -----
    Rivals know what the pipeline knows. ``stage-weighted`` is the arithmetic of most CRM systems:
    the value of each open deal times the share won of the deals closed so far (of those that were
    ever in its stage, with a `stage_log`), without timing and without new deals. ``naive`` is what
    was won in as many days before. Of single deals the rival is that share won.

    Cut-offs nearer to each other than the horizon share actuals, so the bootstrap draws blocks of
    as many neighbours as overlap. With few blocks its intervals are rough.

    References
    ----------
    Politis, D. N. and Romano, J. P. (1992). A Circular Block-Resampling Procedure for Stationary
    Data. In: Exploring the Limits of Bootstrap, 263-270.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_pipeline
    >>> from crmlytics.forecast import PipelineForecaster, pipeline_backtest
    >>> deals, _, truth = make_pipeline(random_state=0)
    >>> past = pipeline_backtest(
    ...     PipelineForecaster(horizon=4, unit="W"), deals, observed_from=truth.start,
    ...     cutoffs=[dt.date(2024, month, 1) for month in range(4, 12)],
    ...     list_price_col="list_price",
    ... )
    >>> past.scores[["method", "wape", "bias"]].round(2)
               method  wape  bias
    0        pipeline  0.04 -0.02
    1  stage-weighted  0.63  0.63
    2           naive  0.13 -0.04
    """
    days = sorted({periods.to_day_index(checks.day("cutoffs", one)) for one in cutoffs})
    if not days:
        raise NotEnoughDataError("cutoffs is empty; at least 1 day is needed")
    checks.fraction("level", level)
    checks.whole_number("n_boot", n_boot, at_least=100)
    interval, *_ = check_levels(forecaster.levels).values()
    columns = {
        "deal_col": deal_col,
        "created_col": created_col,
        "closed_col": closed_col,
        "outcome_col": outcome_col,
        "amount_col": amount_col,
        "list_price_col": list_price_col,
        "owner_col": owner_col,
        "product_col": product_col,
    }
    rows = read_deals(deals, columns, tz=tz)
    log = None
    if stage_log is not None:
        of_log = {"deal_col": deal_col, "stage_col": stage_col, "entered_col": entered_col}
        log = read_stage_log(stage_log, of_log, rows, tz=tz)
    until = _last_day(rows, observed_until)
    ends = [_horizon_end(forecaster, day) for day in days]
    if late := sum(end > until for end in ends):
        raise DataContractError(
            f"the horizons of {late:,} of {len(ends):,} cutoffs end after "
            f"{periods.from_day_index(until)}, the last day observed; leave them out"
        )
    since = None
    if observed_from is not None:
        since = periods.to_day_index(checks.day("observed_from", observed_from))
    past = [_at(forecaster, rows, log, day, end, since, interval)
            for day, end in zip(days, ends, strict=True)]  # fmt: skip
    rng = checks.random_generator(0)
    return _tables(past, days, ends, deals, interval=interval, level=level, n_boot=n_boot, rng=rng)


def _last_day(rows: Deals, observed_until: dt.date | None) -> int:
    if observed_until is not None:
        return periods.to_day_index(checks.day("observed_until", observed_until))
    closed = rows.closed[rows.closed < NEVER]
    if not len(closed):
        raise NotEnoughDataError("no deal has closed; there is nothing to compare with")
    return int(closed.max())


def _horizon_end(forecaster: PipelineForecaster, day: int) -> int:
    checks.whole_number("horizon", forecaster.horizon, at_least=1)
    checks.word("unit", forecaster.unit, periods.UNITS)
    as_of = periods.from_day_index(day)
    return int(coming_periods(as_of, forecaster.horizon, forecaster.unit).end[-1])


def _at(
    forecaster: PipelineForecaster,
    rows: Deals,
    log: StageLog | None,
    day: int,
    end: int,
    since: int | None,
    interval: float,
) -> _Past:
    """Forecast the days after a cut-off in one piece."""
    there = rows.created <= day
    known = known_on(rows, day)
    log = None if log is None else log.take(there)
    outlook = learning.forecast_span(forecaster, known, log, day, end, since)
    rng = checks.random_generator(forecaster.random_state)
    drawn = learning.draw(outlook, rng, forecaster.n_draws).sum(axis=(1, 2))
    low, median, high = np.quantile(drawn, [(1 - interval) / 2, 0.5, (1 + interval) / 2])
    expected = float((learning.expected_open(outlook) + learning.expected_new(outlook)).sum())
    won_later = (rows.outcome == WON) & (rows.closed > day) & (rows.closed <= end)
    before = (known.outcome == WON) & (known.closed > day - (end - day))
    share = _shares_won(known, log, day)[outlook.rows]
    weighted = float((share * outlook.stock.value).sum())
    nothing = float("nan")
    return _Past(
        actual=float(rows.value[won_later].sum()),
        found={
            "pipeline": (expected, float(low), float(median), float(high)),
            "stage-weighted": (weighted, nothing, nothing, nothing),
            "naive": (float(known.value[before].sum()), nothing, nothing, nothing),
        },
        won=won_later[there][outlook.rows],
        odds={"pipeline": outlook.odds.won[:, 0], "stage-weighted": share},
    )


def _shares_won(known: Deals, log: StageLog | None, day: int) -> NDArray[np.float64]:
    """Share won of the deals closed so far, of those that were in the deal's stage if known."""
    won, closed = known.outcome == WON, (known.outcome == WON) | (known.outcome == LOST)
    overall = won.sum() / max(closed.sum(), 1)
    if log is None:
        return np.full(len(known.ids), overall)
    deal, stage = log.visits(day)
    n_stages = len(log.stages)
    ended = np.bincount(stage, closed[deal].astype(np.float64), n_stages)
    good = np.bincount(stage, won[deal].astype(np.float64), n_stages)
    shares = np.divide(good, ended, out=np.full(n_stages, overall), where=ended > 0)
    now = log.stage_on(day)
    if not n_stages:
        return np.full(len(now), overall)
    return np.asarray(np.where(now >= 0, shares[np.maximum(now, 0)], overall))


def _tables(
    past: list[_Past],
    days: list[int],
    ends: list[int],
    like: Any,
    *,
    interval: float,
    level: float,
    n_boot: int,
    rng: np.random.Generator,
) -> PipelineBacktest:
    actual = np.array([one.actual for one in past])
    if not actual.sum() > 0:
        raise NotEnoughDataError("nothing was won after any cut-off; there is nothing to score")
    found = {
        name: Quantiles(*np.array([one.found[name] for one in past]).T)
        for name in ("pipeline", *_RIVALS)
    }
    # As many neighbours as share days with the first of them.
    block = max(int((np.array(days) < end).sum() - i) for i, end in enumerate(ends))
    scores, differences = score_columns(
        actual, found, interval=interval, block=block, n_boot=n_boot, level=level, rng=rng
    )
    n = len(found)
    forecasts = {
        "cutoff": np.repeat(np.array(days), n).astype("datetime64[D]"),
        "method": np.tile(np.array(list(found), dtype=object), len(days)),
    }
    for column in ("forecast", "low", "high"):
        stacked = np.stack([getattr(one, column) for one in found.values()], axis=1)
        forecasts[column] = stacked.ravel()
    forecasts["actual"] = np.repeat(actual, n)
    won = np.concatenate([one.won for one in past])
    odds = {name: np.concatenate([one.odds[name] for one in past]) for name in past[0].odds}
    tables = (
        forecasts,
        scores,
        differences,
        deal_score_columns(won, odds),
        calibration_columns(won, odds["pipeline"], level=level),
    )
    return PipelineBacktest(*(frames.from_arrays(columns, like=like) for columns in tables))
