"""Revenue of coming periods from three sides: pipeline, history, repeat purchases."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.special import ndtri
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames
from crmlytics.errors import CrmlyticsWarning, DataContractError, NotEnoughDataError
from crmlytics.forecast import _pipeline_learning as learning
from crmlytics.forecast._deal_rows import known_on
from crmlytics.forecast._deal_series import (
    WonSeries,
    combination_weights,
    earlier,
    periods_after,
    won_between,
    won_series,
)
from crmlytics.forecast._pipeline_tables import bounds, quantile_shares, waterfall_columns
from crmlytics.forecast.forecaster import SalesForecaster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast.pipeline import PipelineForecaster, PipelineState

_LEVEL = 0.8  # of the interval from which the series' spread is read
_LEAST_PERIODS = 3


class RevenueForecast(NamedTuple):
    """Expected revenue, where it comes from, and what the combination rests on.

    Attributes
    ----------
    forecast : frame
        One row per period: ``period`` (first day), ``expected``, ``low_80`` and so on, the
        quantiles of the pipeline forecaster, and ``pipeline``, ``series``, ``weight`` (of the
        pipeline), ``repeat`` (null without a table of them).
    waterfall : frame
        ``period``, ``source``, ``expected``: already won, open, new, repeat, and ``series``, what
        the history adds to or takes from the pipeline. Sources add up to ``expected``.
    n_cutoffs : int
        Past cut-offs from which the weights were learnt.
    customers : int
        Customers whose repeat purchases are counted.
    customers_with_open_deal : int
        Customers whose repeat purchases are not counted, because an open deal of theirs is.
    """

    forecast: Any
    waterfall: Any
    n_cutoffs: int
    customers: int
    customers_with_open_deal: int


def revenue_forecast(
    pipeline: PipelineForecaster,
    *,
    series: SalesForecaster | None = None,
    repeat: Any = None,
    customer_col: str = "customer_id",
    expected_col: str = "expected_revenue",
    n_cutoffs: int = 6,
) -> RevenueForecast:
    """Combine a fitted pipeline forecast with the history of won deals, and add repeat purchases.

    Parameters
    ----------
    pipeline : PipelineForecaster
        Fitted.
    series : SalesForecaster, optional
        What forecasts the history of won values; its horizon, unit and levels are overruled.
        None: the default one.
    repeat : frame, optional
        What each customer is expected to spend over the horizon without any deal: one row per
        customer with `customer_col` and `expected_col`, from a lifetime-value model, say. The
        money is spread evenly over the days. Customers with an open deal are left out and counted,
        which needs `customer_col` in `PipelineForecaster.fit`.
    customer_col, expected_col : str
        Columns of `repeat`.
    n_cutoffs : int
        Most past cut-offs, one period apart, at which each step ahead is tried to find its weight.

    Returns
    -------
    RevenueForecast
        The ``forecast`` and its ``waterfall`` in the kind of frame given to the pipeline.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If `repeat` has two rows of a customer, or a missing or negative expectation.
    ValueError
        If `repeat` is given to a pipeline that does not know its customers.
    NotFittedError
        If the pipeline is not fitted.

    Notes
    -----
    At past cut-offs both forecasts are made anew from what was known, and compared with what was
    won. The weight of the pipeline at each step ahead makes the squared errors smallest, drawn
    towards a half by as much as two cut-offs weigh (Bates and Granger). The pipeline usually
    leads at once, the history later. With too short a history the pipeline stands alone.

    Quantiles are combined by the same weights (Lichtendahl, Grushka-Cockayne and Winkler), which
    keeps an interval as wide as its parts are. Repeat purchases move it; their own uncertainty
    is not in it.

    References
    ----------
    Bates, J. M. and Granger, C. W. J. (1969). The Combination of Forecasts. Operational Research
    Quarterly 20, 451-468.

    Lichtendahl, K. C., Grushka-Cockayne, Y. and Winkler, R. L. (2013). Is It Better to Average
    Probabilities or Quantiles? Management Science 59, 1594-1611.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_pipeline
    >>> from crmlytics.forecast import PipelineForecaster, revenue_forecast
    >>> deals, _, truth = make_pipeline(random_state=0)
    >>> pipeline = PipelineForecaster(horizon=3, unit="M").fit(
    ...     deals, as_of=truth.end, observed_from=truth.start, list_price_col="list_price",
    ...     customer_col="customer_id",
    ... )
    >>> combined = revenue_forecast(pipeline)
    >>> bool((combined.forecast["weight"].between(0, 1)).all())
    True
    >>> list(combined.waterfall["source"][:5])
    ['already won', 'open', 'new', 'repeat', 'series']
    """
    check_is_fitted(pipeline)
    checks.whole_number("n_cutoffs", n_cutoffs, at_least=1)
    if series is not None and not isinstance(series, SalesForecaster):
        raise TypeError(f"series must be a SalesForecaster, got {type(series).__name__}")
    method = clone(SalesForecaster(horizon=1) if series is None else series)
    method.set_params(horizon=pipeline.horizon, unit=pipeline.unit, levels=(_LEVEL,))
    state = pipeline.state_
    money = _repeat(repeat, state, customer_col, expected_col)
    history = won_series(state.outlook.deals, state.coming, pipeline.unit, since=_since(state))
    ahead = _ahead(method, history)
    weight, n_used = np.ones(pipeline.horizon), 0
    if ahead is not None:
        weight, n_used = _weights(pipeline, method, n_cutoffs)
    return _result(state, ahead, weight, n_used, money)


class _Ahead(NamedTuple):
    """The series' forecast of each period and its standard deviation (NaN where unknown)."""

    forecast: NDArray[np.float64]
    sigma: NDArray[np.float64]


def _ahead(method: SalesForecaster, series: WonSeries) -> _Ahead | None:
    """Forecast a series of won values; None where it is too short to."""
    if len(series.value) < _LEAST_PERIODS:
        return None
    sales = pd.DataFrame({"date": series.begin.astype("datetime64[D]"), "value": series.value})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CrmlyticsWarning)
        table = clone(method).fit(sales).predict()
    width = (table["high_80"] - table["low_80"]).to_numpy(np.float64)
    return _Ahead(table["forecast"].to_numpy(np.float64), width / (2 * ndtri((1 + _LEVEL) / 2)))


def _since(state: PipelineState) -> int:
    deals = state.outlook.deals
    return int(deals.created.min()) if state.since is None else state.since


def _weights(
    pipeline: PipelineForecaster, method: SalesForecaster, n_cutoffs: int
) -> tuple[NDArray[np.float64], int]:
    """Weight of the pipeline at each step, and the number of cut-offs behind it."""
    state, horizon, unit = pipeline.state_, pipeline.horizon, pipeline.unit
    deals = state.outlook.deals
    rows: list[NDArray[np.float64]] = []
    for back in range(1, n_cutoffs + horizon):
        day = earlier(state.outlook.as_of, state.coming, unit, back)
        coming = periods_after(day, horizon, unit)
        there = known_on(deals, day)
        if day <= _since(state):
            break
        series = _ahead(method, won_series(there, coming, unit, since=_since(state)))
        if series is None:
            break
        log = None if state.log is None else state.log.take(deals.created <= day)
        try:
            outlook = learning.learn(
                there, log, coming,
                as_of=day, observed_from=state.since, choices=learning.choices_of(pipeline),
            )  # fmt: skip
        except NotEnoughDataError:
            break
        one = learning.expected(outlook).sum(axis=1)
        actual = won_between(deals, coming)
        actual[coming.end > state.outlook.as_of] = np.nan
        rows.append(np.stack([actual, one, series.forecast]))
    if not rows:
        return np.full(horizon, 0.5), 0
    actual, one, other = np.stack(rows, axis=1)
    # Steps near at hand are seen at more cut-offs than was asked for: the latest count.
    late = np.cumsum(np.isfinite(actual), axis=0) > n_cutoffs
    actual[late] = np.nan
    return combination_weights(actual, one, other), len(rows)


class _Repeat(NamedTuple):
    """Repeat purchases of each period, and how many customers are in and out."""

    money: NDArray[np.float64] | None
    customers: int
    excluded: int


def _repeat(repeat: Any, state: PipelineState, customer_col: str, expected_col: str) -> _Repeat:
    if repeat is None:
        return _Repeat(None, 0, 0)
    outlook = state.outlook
    if "customer_col" not in outlook.deals.keys:
        raise ValueError(
            "repeat purchases of customers with an open deal must not count twice, and the "
            "pipeline does not know its customers: pass customer_col to PipelineForecaster.fit"
        )
    checks.columns(
        frames.column_names(repeat), {"customer_col": customer_col, "expected_col": expected_col}
    )
    table = frames.collect(frames.lazy(repeat, [customer_col, expected_col]))
    money = frames.finite(table, expected_col)
    if bad := int((money < 0).sum()):
        raise DataContractError(
            f"{bad:,} of {len(money):,} values of {expected_col!r} are negative"
        )
    who = pd.Series(frames.arrays(table.select(nw.col(customer_col)))[customer_col])
    if missing := int(who.isna().sum()):
        raise DataContractError(f"{missing:,} values of {customer_col!r} in repeat are missing")
    if twice := int(who.duplicated().sum()):
        raise DataContractError(
            f"{twice:,} of {len(who):,} rows of repeat repeat a customer; one row each is needed"
        )
    code = outlook.deals.keys["customer_col"][outlook.rows]
    busy = outlook.deals.names["customer_col"][np.unique(code[code >= 0])]
    excluded = who.isin(busy).to_numpy()
    days = state.coming.end - np.maximum(state.coming.begin, outlook.as_of + 1) + 1
    total = float(money[~excluded].sum())
    return _Repeat(total * days / days.sum(), int((~excluded).sum()), int(excluded.sum()))


def _result(
    state: PipelineState,
    ahead: _Ahead | None,
    weight: NDArray[np.float64],
    n_used: int,
    repeat: _Repeat,
) -> RevenueForecast:
    outlook = state.outlook
    parts = {
        "already_won": outlook.already,
        "open": learning.expected_open(outlook),
        "new": learning.expected_new(outlook),
    }
    one = learning.expected(outlook).sum(axis=1)
    n = len(one)
    added = np.zeros(n) if repeat.money is None else repeat.money
    found = bounds(state.draws.sum(axis=2), state.levels, state.quantiles)
    shares = quantile_shares(state.levels, state.quantiles)
    other = np.full(n, np.nan) if ahead is None else ahead.forecast
    move = np.zeros(n) if ahead is None else (1 - weight) * (other - one)
    if ahead is not None:
        won = outlook.already.sum(axis=1)  # less than what is already won it cannot become
        move = np.maximum(move, won - one)
        for name, values in found.items():
            spread = ahead.sigma * ndtri(shares[name])
            at = np.where(np.isfinite(spread), other + spread, values - one + other)
            found[name] = np.maximum(weight * values + (1 - weight) * at, won)
    columns: dict[str, NDArray[Any]] = {"period": state.coming.begin.astype("datetime64[D]")}
    columns["expected"] = one + move + added
    columns |= {name: values + added for name, values in found.items()}
    columns |= {"pipeline": one, "series": other, "weight": weight}
    columns["repeat"] = np.full(n, np.nan) if repeat.money is None else added
    sources = waterfall_columns(parts, state.coming.begin, repeat.money, series=move)
    return RevenueForecast(
        frames.from_arrays(columns, like=state.like),
        frames.from_arrays(sources, like=state.like),
        n_used,
        repeat.customers,
        repeat.excluded,
    )
