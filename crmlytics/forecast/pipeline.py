"""Revenue forecast from the open deals and those to come, with its whole distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, periods
from crmlytics._core.notices import warn
from crmlytics.errors import DataQualityWarning
from crmlytics.forecast import _pipeline_learning as learning
from crmlytics.forecast._deal_periods import coming_periods
from crmlytics.forecast._deal_rows import OPEN, Deals, known_on, read_deals
from crmlytics.forecast._pipeline_tables import (
    check_quantiles,
    deal_columns,
    diagnostic_columns,
    forecast_columns,
    segment_columns,
    waterfall_columns,
)
from crmlytics.forecast._stage_log import StageLog, read_stage_log
from crmlytics.forecast.intervals import check_levels

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmlytics.forecast._deal_periods import Coming


class PipelineState(NamedTuple):
    """What a fitted `PipelineForecaster` knows: its deals and their outlook, draws, and options."""

    outlook: learning.Outlook
    coming: Coming
    log: StageLog | None
    since: int | None
    draws: NDArray[np.float64]
    levels: dict[str, float]
    quantiles: dict[str, float]
    names: dict[str, str | None]
    like: Any


class PipelineForecaster(BaseEstimator):
    """Forecast the revenue of coming periods from the open deals and those still to be created.

    Parameters
    ----------
    horizon : int
        Number of periods to forecast.
    unit : {"D", "W", "M", "Q", "Y"}
        Length of a period. Days and weeks (of seven days) follow `as_of`; months, quarters and
        years are those of the calendar, the first being the one that holds the day after `as_of`,
        with what it has already won.
    levels : sequence of float
        Levels of the central intervals, as fractions.
    quantiles : mapping from str to float, optional
        Columns of the forecast that are quantiles, as fractions. None: ``commit`` 0.1 (reached
        with probability 0.9), ``median`` 0.5, ``best_case`` 0.9. Conventions differ; say yours.
    calendar : {"learn", "none"}
        Whether hazards may depend on the weekday and on the weeks left in the quarter.
    drift : {"learn", "none"}
        Whether the levels of winning, losing and arriving may move; ``"none"`` weighs the whole
        history alike.
    arrivals_per_week : float, optional
        New deals a week, where you know better than the recent past; 0 leaves new deals out.
    n_draws : int
        Draws of the distribution.
    random_state : None, int or numpy Generator
        Seed of the draws; expected values do not depend on it.

    Attributes
    ----------
    as_of_ : datetime.date
        Day of the analysis.
    state_ : PipelineState
        All that was learnt, for other functions.
    waterfall_ : frame
        Where the expected revenue comes from: see the property.
    hazards_ : frame
        ``age_days`` and the present probability that an open deal of that age is ``won`` and
        ``lost`` on that day, outside calendar and segments. The last age stands for older ones.
    segments_ : frame
        ``column``, ``segment``, ``deals``, ``win_factor``, ``loss_factor``: how the hazards of an
        owner's or a product's deals compare with the pool's, shrunken.
    diagnostics_ : frame
        One row: ``deals``, ``open``, ``won``, ``lost``, ``win_level`` and ``loss_level`` (present
        hazards by those of the history), ``win_discount`` (what a week loses of its weight; 1 is
        no drift), ``arrivals_per_week``, ``value_ratio`` (won value per list price).

    Notes
    -----
    An open deal of age a is won on the u-th day from now with the probability
    prod over v < u of (1 - h_won(a + v) - h_lost(a + v)) times h_won(a + u): winning and losing
    compete, and what it is not won or lost it is still open. Hazards are closings by deals at
    risk at each age in days, over a window of seven days (Aalen and Johansen); open deals are
    censored, deals from before `observed_from` enter late, closings more than three years ago are
    not used. Factors multiply them: of the calendar, as far as weeks of a quarter and weekdays
    repeat themselves; of owners and products, shrunken to the pool by empirical Bayes; of the
    stage as it was, learnt by looking back every week (landmarks), so that it fades with time;
    and of the present level, which follows the last weeks as fast as the data ask for
    (Harvey and Fernandes).

    A deal brings its list price times the ratio of the sums of won values and list prices, with
    their lognormal spread; without list prices its amount. New deals arrive at the present rate
    and are like those of the last half year. Draws win or lose each open deal, draw new ones, and
    share a factor for what is uncertain about the levels.

    A forecast of the pipeline knows no repeat purchases, which need no deal: see
    `revenue_forecast`. An amount or an owner without history is today's; as of a day in the past
    that is knowledge from the future, and a warning says so.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). An Empirical Transition Matrix for Non-homogeneous Markov
    Chains Based on Censored Observations. Scandinavian Journal of Statistics 5, 141-150.

    van Houwelingen, H. C. (2007). Dynamic Prediction by Landmarking in Event History Analysis.
    Scandinavian Journal of Statistics 34, 70-85.

    Harvey, A. C. and Fernandes, C. (1989). Time Series Models for Count or Qualitative
    Observations. Journal of Business & Economic Statistics 7, 407-417.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_pipeline
    >>> from crmlytics.forecast import PipelineForecaster
    >>> deals, stage_log, truth = make_pipeline(random_state=0)
    >>> forecaster = PipelineForecaster(horizon=2, unit="M").fit(
    ...     deals, as_of=dt.date(2024, 12, 31), observed_from=truth.start,
    ...     stage_log=stage_log, list_price_col="list_price",
    ... )
    >>> forecaster.predict()[["period", "expected"]].round({"expected": -3})
          period  expected
    0 2025-01-01  221000.0
    1 2025-02-01  222000.0
    """

    def __init__(
        self,
        *,
        horizon: int,
        unit: periods.Unit,
        levels: Sequence[float] = (0.8,),
        quantiles: Mapping[str, float] | None = None,
        calendar: Literal["learn", "none"] = "learn",
        drift: Literal["learn", "none"] = "learn",
        arrivals_per_week: float | None = None,
        n_draws: int = 2_000,
        random_state: object = 0,
    ) -> None:
        self.horizon = horizon
        self.unit = unit
        self.levels = levels
        self.quantiles = quantiles
        self.calendar = calendar
        self.drift = drift
        self.arrivals_per_week = arrivals_per_week
        self.n_draws = n_draws
        self.random_state = random_state

    def fit(
        self,
        deals: Any,
        *,
        as_of: dt.date,
        observed_from: dt.date | None = None,
        stage_log: Any = None,
        deal_col: str = "deal_id",
        created_col: str = "created_at",
        closed_col: str = "closed_at",
        outcome_col: str = "outcome",
        amount_col: str = "amount",
        list_price_col: str | None = None,
        owner_col: str | None = None,
        product_col: str | None = None,
        customer_col: str | None = None,
        stage_col: str = "stage",
        entered_col: str = "entered_at",
        tz: str | None = None,
    ) -> PipelineForecaster:
        """Learn from the deals as they were known at the end of the day `as_of`.

        Parameters
        ----------
        deals : frame
            One row per deal, from any engine, in any order, other columns ignored. Deals created
            after `as_of` do not exist, those that closed after it are open.
        as_of : date
            Day of the analysis, inclusive to its end.
        observed_from : date, optional
            First day on which closings were recorded. Deals created before are there only if they
            lived until then, and count from that day. None: all were seen from their creation.
        stage_log : frame, optional
            When deals entered stages, one row each: `deal_col`, `stage_col`, `entered_col`. Rows
            after `as_of` are not used.
        deal_col, created_col, closed_col, outcome_col : str
            Id; dates of creation and closing (null while open); ``"won"``, ``"lost"`` or null.
        amount_col : str
            What a won deal brought; of an open one what it is expected to bring, unless there is
            a list price. Amounts of lost deals are not needed.
        list_price_col : str, optional
            List price of each open or won deal, known since its creation.
        owner_col, product_col : str, optional
            Segments whose hazards may differ; owners are also forecast apart.
        customer_col : str, optional
            Customer of the deal, null where unknown: used by `revenue_forecast`.
        stage_col, entered_col : str
            Columns of `stage_log`: the stage, and when it was entered.
        tz : str, optional
            Business time zone, needed if the dates know their zone.

        Returns
        -------
        PipelineForecaster
            Itself.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If ids repeat or are missing, a deal closed before it was created, has an outcome
            without a date or a date without an outcome, another outcome than the three, or no
            value though it is open or won.
        NotEnoughDataError
            If no deal was created or none was won by `as_of`.

        Warns
        -----
        DataQualityWarning
            If deals are rewound to `as_of` whose amounts are those of today, or `stage_log` holds
            other deals.
        """
        columns = {
            "deal_col": deal_col,
            "created_col": created_col,
            "closed_col": closed_col,
            "outcome_col": outcome_col,
            "amount_col": amount_col,
            "list_price_col": list_price_col,
            "owner_col": owner_col,
            "product_col": product_col,
            "customer_col": customer_col,
        }
        self._check_parameters()
        rows = read_deals(deals, columns, tz=tz)
        log = None
        if stage_log is not None:
            of_log = {"deal_col": deal_col, "stage_col": stage_col, "entered_col": entered_col}
            log = read_stage_log(stage_log, of_log, rows, tz=tz)
        as_of = checks.day("as_of", as_of)
        if observed_from is not None:
            observed_from = checks.day("observed_from", observed_from)
            if observed_from > as_of:
                raise ValueError(f"observed_from={observed_from} lies after as_of={as_of}")
        _warn_of_rewinding(rows, periods.to_day_index(as_of), list_price_col)
        day = periods.to_day_index(as_of)
        since = None if observed_from is None else periods.to_day_index(observed_from)
        log = None if log is None else log.take(rows.created <= day)
        coming = coming_periods(as_of, self.horizon, self.unit)
        outlook = learning.learn(
            known_on(rows, day), log, coming,
            as_of=day, observed_from=since, choices=learning.choices_of(self),
        )  # fmt: skip
        rng = checks.random_generator(self.random_state)
        self.as_of_ = as_of
        self.state_ = PipelineState(
            outlook=outlook,
            coming=coming,
            log=log,
            since=since,
            draws=learning.draw(outlook, rng, self.n_draws),
            levels=check_levels(self.levels),
            quantiles=check_quantiles(self.quantiles),
            names=columns,
            # An empty frame of the caller's kind, so that the rows are not held on to.
            like=frames.from_arrays({"empty": np.empty(0)}, like=deals),
        )
        return self

    def predict(
        self,
        *,
        by: Literal["total", "owner"] = "total",
        span: Literal["period", "horizon"] = "period",
    ) -> Any:
        """Revenue of each period, or of the whole horizon, of all or of each owner.

        Parameters
        ----------
        by : {"total", "owner"}
            All deals together, or each owner's (needs `owner_col` in `fit`). Quantiles of owners
            do not add up to those of the total; expected values do.
        span : {"period", "horizon"}
            One row per period, or one for all of them together.

        Returns
        -------
        frame
            The kind given to `fit`, by period and owner: ``period`` (its first day), the owner,
            ``expected``, ``low_80`` and ``high_80`` and so on for each level, the quantiles
            (``commit``, ``median``, ``best_case``), and the parts of ``expected``:
            ``already_won``, ``open``, ``new``. In units of money.
        """
        check_is_fitted(self)
        checks.word("by", by, ("total", "owner"))
        checks.word("span", span, ("period", "horizon"))
        owners = None
        if by == "owner":
            owners = (self._owner_col(), self.state_.outlook.deals.names["owner_col"])
        columns = forecast_columns(
            self._parts(),
            self.state_.draws,
            self.state_.coming.begin,
            owners=owners,
            whole=span == "horizon",
            levels=self.state_.levels,
            quantiles=self.state_.quantiles,
        )
        return frames.from_arrays(columns, like=self.state_.like)

    def probability_of(
        self, quota: float, *, period: int | None = None, owner: Any = None
    ) -> float:
        """Probability that revenue reaches a quota.

        Parameters
        ----------
        quota : float
            Revenue to reach, in units of money.
        period : int, optional
            Which period, 0 for the first. None: the whole horizon.
        owner : str or int, optional
            Whose revenue. None: everybody's.

        Returns
        -------
        float
            Share of the draws with at least that revenue.
        """
        check_is_fitted(self)
        quota = checks.number("quota", quota)
        draws = self.state_.draws
        if period is not None:
            if checks.whole_number("period", period, at_least=0) >= self.horizon:
                raise ValueError(f"period must be below horizon={self.horizon}, got {period}")
            draws = draws[:, period : period + 1]
        if owner is not None:
            self._owner_col()
            place = np.flatnonzero(self.state_.outlook.deals.names["owner_col"] == owner)
            if not len(place):
                raise ValueError("owner is none of the owners of the deals")
            draws = draws[:, :, place]
        # Sums of money a rounding error below a quota that they reach do reach it.
        reached = draws.sum(axis=(1, 2)) >= quota - 1e-9 * abs(quota)
        return float(reached.mean())

    @property
    def waterfall_(self) -> Any:
        """Where each period's expected revenue comes from.

        One row per ``period`` and ``source``, in the order ``already won``, ``open`` (deals),
        ``new`` (deals still to be created), ``repeat`` (null: see `revenue_forecast`), with
        ``expected``.
        """
        check_is_fitted(self)
        columns = waterfall_columns(self._parts(), self.state_.coming.begin)
        return frames.from_arrays(columns, like=self.state_.like)

    @property
    def hazards_(self) -> Any:
        """Present hazards by age."""
        check_is_fitted(self)
        won, lost = self.state_.outlook.hazards.by_age
        columns = {"age_days": np.arange(len(won)), "won": won, "lost": lost}
        return frames.from_arrays(columns, like=self.state_.like)

    @property
    def segments_(self) -> Any:
        """Shrunken factors of owners and products."""
        check_is_fitted(self)
        columns = segment_columns(self.state_.outlook, self.state_.names)
        return frames.from_arrays(columns, like=self.state_.like)

    @property
    def diagnostics_(self) -> Any:
        """What was seen, and the levels learnt."""
        check_is_fitted(self)
        return frames.from_arrays(diagnostic_columns(self.state_.outlook), like=self.state_.like)

    def deal_table(self, *, within_days: int | None = None) -> Any:
        """What is to be expected of each open deal.

        Parameters
        ----------
        within_days : int, optional
            Days after `as_of`. None: to the end of the horizon.

        Returns
        -------
        frame
            The kind given to `fit`, by deal: the deal, the owner (if there is a column),
            ``age_days``, ``value`` if won, ``p_won``, ``p_lost``, ``p_open`` (they add up to 1),
            ``expected_value`` and ``share``, its part of what all open deals are expected to
            bring (null if that is 0).
        """
        check_is_fitted(self)
        days = int(self.state_.coming.ends(self.state_.outlook.as_of)[-1])
        if within_days is not None:
            days = checks.whole_number("within_days", within_days, at_least=1)
        columns = deal_columns(self.state_.outlook, self.state_.names, days)
        return frames.from_arrays(columns, like=self.state_.like)

    def _parts(self) -> dict[str, NDArray[np.float64]]:
        """The sources of expected revenue, each of shape (n_periods, n_owners)."""
        return {
            "already_won": self.state_.outlook.already,
            "open": learning.expected_open(self.state_.outlook),
            "new": learning.expected_new(self.state_.outlook),
        }

    def _owner_col(self) -> str:
        column = self.state_.names["owner_col"]
        if column is None:
            raise ValueError("owners are forecast only if fit is told their column: pass owner_col")
        return column

    def _check_parameters(self) -> None:
        checks.whole_number("horizon", self.horizon, at_least=1)
        checks.word("unit", self.unit, periods.UNITS)
        check_levels(self.levels)
        check_quantiles(self.quantiles)
        checks.word("calendar", self.calendar, ("learn", "none"))
        checks.word("drift", self.drift, ("learn", "none"))
        if self.arrivals_per_week is not None:
            checks.number("arrivals_per_week", self.arrivals_per_week, at_least=0.0)
        checks.whole_number("n_draws", self.n_draws, at_least=100)
        checks.random_generator(self.random_state)


def _warn_of_rewinding(rows: Deals, day: int, list_price_col: str | None) -> None:
    rewound = int(((rows.created <= day) & (rows.closed > day) & (rows.outcome != OPEN)).sum())
    if rewound and list_price_col is None:
        warn(
            f"{rewound:,} deals that closed after as_of are taken as open with the amounts of "
            "today, which may know the outcome; pass list_price_col, or an amount_col that holds "
            "what was expected of open deals",
            DataQualityWarning,
        )
