"""What a pipeline teaches about its deals, and what that means for the coming periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from crmlytics.errors import NotEnoughDataError
from crmlytics.forecast._deal_draws import Shocks, Stock, draw_revenue
from crmlytics.forecast._deal_factors import (
    deal_factors,
    expected_closings,
    seen_closings,
    segment_factors,
    stage_cells,
    stage_factors,
)
from crmlytics.forecast._deal_hazards import Hazards, closings_by_day, fit_hazards
from crmlytics.forecast._deal_odds import Odds, new_odds, open_odds
from crmlytics.forecast._deal_periods import Coming
from crmlytics.forecast._deal_rows import WON, Deals
from crmlytics.forecast._lexis import MOST_HISTORY, exposure_of, lexis_of
from crmlytics.forecast._moving_level import Level, learn_level, weekly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lexis import Lexis
    from crmlytics.forecast._stage_log import StageLog

SEGMENTS = ("owner_col", "product_col")
# New deals will be like those of so many days; their rate is that of fewer.
_LIKE_DAYS = 182
_MOST_KINDS = 2_000


class Options(Protocol):
    """Those options of a `PipelineForecaster` that the learning needs."""

    calendar: Literal["learn", "none"]
    drift: Literal["learn", "none"]
    arrivals_per_week: float | None


class Choices(NamedTuple):
    """The same options, understood."""

    calendar: bool
    drift: bool
    arrivals_per_week: float | None


class Money(NamedTuple):
    """What won deals bring per unit of list price, and the spread of its logarithm."""

    ratio: float
    sigma: float


class Outlook(NamedTuple):
    """All that is needed to forecast: `rows` of the open deals, their odds, and new deals.

    `stock` holds the open deals, `arriving` recent ones that those to be created will be like.
    """

    deals: Deals
    hazards: Hazards
    segments: dict[str, NDArray[np.float64]]
    factors: NDArray[np.float64]
    by_lead: NDArray[np.float64] | None
    rows: NDArray[np.int64]
    odds: Odds
    stock: Stock
    arriving: Stock
    n_arrivals: float
    arrivals_per_week: float
    levels: tuple[Level, Level]
    shocks: Shocks
    money: Money
    already: NDArray[np.float64]
    n_owners: int
    as_of: int


def learn(
    deals: Deals,
    log: StageLog | None,
    coming: Coming,
    *,
    as_of: int,
    observed_from: int | None,
    choices: Choices,
) -> Outlook:
    """Fit hazards, factors, money and arrivals to the deals as they were known at `as_of`."""
    _refuse_too_little(deals)
    exposure = exposure_of(deals, as_of=as_of, observed_from=observed_from)
    lexis = lexis_of(deals, exposure)
    if not lexis.closings[0].sum():
        raise NotEnoughDataError(
            "no deal was won under observation (between observed_from and as_of, within the last "
            "three years); at least 1 is needed to learn from"
        )
    hazards = fit_hazards(lexis, calendar=choices.calendar)
    closings = expected_closings(lexis, hazards)
    roles = tuple(role for role in SEGMENTS if role in deals.keys)
    due = closings.between(deals.created, exposure.start, exposure.end)
    segments = segment_factors(deals, seen_closings(deals, exposure), due, roles)
    factors = deal_factors(deals, segments)
    window = _window(deals, as_of, observed_from)
    rows = np.flatnonzero(deals.is_open)
    levels = _levels(lexis, hazards, window, drift=choices.drift)
    # From here on hazards are those of the present.
    hazards = hazards._replace(
        by_age=hazards.by_age * np.array([[level.ratio] for level in levels])
    )
    by_lead = None
    if log is not None:
        ratios = stage_factors(deals, log, closings, factors, window=window)
        now = log.stage_on(as_of)[rows]
        cell = stage_cells(np.maximum(now, 0), as_of - deals.created[rows])
        by_lead = np.where(now[None, :, None] >= 0, ratios[:, cell], 1.0)
    ends = coming.ends(as_of)
    odds = open_odds(
        hazards, as_of=as_of, age=as_of - deals.created[rows], factors=factors[:, rows],
        ends=ends, by_lead=by_lead,
    )  # fmt: skip
    money = _learn_money(deals)
    owner = deals.keys.get("owner_col", np.zeros(len(deals.ids), np.int64))
    recent = _recent(deals, as_of)
    weeks = int(ends[-1]) / 7
    arrivals = _arrivals(deals, window, drift=choices.drift)
    shocks = Shocks(levels[0].variance(weeks), arrivals.variance(weeks))
    per_week = arrivals.ratio
    if choices.arrivals_per_week is not None:
        per_week, shocks = choices.arrivals_per_week, shocks._replace(arrivals=0.0)
    value = _values(deals, money)
    return Outlook(
        deals=deals,
        hazards=hazards,
        segments=segments,
        factors=factors,
        by_lead=by_lead,
        rows=rows,
        odds=odds,
        stock=Stock(odds.won, value[rows], owner[rows]),
        arriving=Stock(
            _kinds_odds(hazards, factors[:, recent], as_of=as_of, ends=ends),
            value[recent],
            owner[recent],
        ),
        n_arrivals=per_week * weeks,
        arrivals_per_week=per_week,
        levels=levels,
        shocks=shocks,
        money=money,
        already=_already_won(deals, owner, coming, as_of),
        n_owners=len(deals.names["owner_col"]) if "owner_col" in deals.names else 1,
        as_of=as_of,
    )


def forecast_span(
    forecaster: Options,
    known: Deals,
    log: StageLog | None,
    day: int,
    end: int,
    since: int | None,
) -> Outlook:
    """Learn with a forecaster's options and look at the days after `day` to `end` as one period."""
    coming = Coming(np.array([day + 1]), np.array([end]))
    return learn(known, log, coming, as_of=day, observed_from=since, choices=choices_of(forecaster))


def choices_of(forecaster: Options) -> Choices:
    """Options of a forecaster that the learning needs."""
    return Choices(
        forecaster.calendar == "learn", forecaster.drift == "learn", forecaster.arrivals_per_week
    )


def expected_open(outlook: Outlook) -> NDArray[np.float64]:
    """Expected revenue from open deals, of shape (n_periods, n_owners)."""
    return _by_owner(outlook.stock.won * outlook.stock.value[:, None], outlook.stock.owner, outlook)


def expected_new(outlook: Outlook) -> NDArray[np.float64]:
    """Expected revenue from deals that will be created, of shape (n_periods, n_owners)."""
    stock = outlook.arriving
    if not len(stock.value):
        return np.zeros_like(outlook.already)
    share = outlook.n_arrivals / len(stock.value)
    return _by_owner(share * stock.won * stock.value[:, None], stock.owner, outlook)


def expected(outlook: Outlook) -> NDArray[np.float64]:
    """Expected revenue of each period with what is already won, of shape (n_periods, n_owners)."""
    return outlook.already + expected_open(outlook) + expected_new(outlook)


def draw(outlook: Outlook, rng: np.random.Generator, n_draws: int) -> NDArray[np.float64]:
    """Draw revenue of shape (n_draws, n_periods, n_owners), what is already won included."""
    drawn = draw_revenue(
        rng,
        outlook.stock,
        outlook.arriving,
        n_arrivals=outlook.n_arrivals,
        shocks=outlook.shocks,
        value_sigma=outlook.money.sigma,
        n_owners=outlook.n_owners,
        n_draws=n_draws,
    )
    return drawn + outlook.already


def _refuse_too_little(deals: Deals) -> None:
    if not len(deals.ids):
        raise NotEnoughDataError("no deal was created by as_of; pass a later as_of")
    if not (deals.outcome == WON).any():
        raise NotEnoughDataError(
            f"none of the {len(deals.ids):,} deals was won by as_of; at least 1 is needed to "
            "learn from"
        )


def _window(deals: Deals, as_of: int, observed_from: int | None) -> tuple[int, int]:
    """First and last day of what was observed and is used."""
    first = max(int(deals.created.min()), as_of - MOST_HISTORY + 1)
    return (first if observed_from is None else max(first, observed_from)), as_of


def _levels(
    lexis: Lexis, hazards: Hazards, window: tuple[int, int], *, drift: bool
) -> tuple[Level, Level]:
    """Where winning and losing stand now, against the whole history."""
    day, observed, expected = closings_by_day(lexis, hazards)
    inside = (day >= window[0]) & (day <= window[1])
    expected = expected * hazards.calendar(day)
    won, lost = (
        learn_level(weekly(one[inside]), weekly(due[inside]), drift=drift)
        for one, due in zip(observed, expected, strict=True)
    )
    return won, lost


def _arrivals(deals: Deals, window: tuple[int, int], *, drift: bool) -> Level:
    """Deals created in a week, at present."""
    n_days = window[1] - window[0] + 1
    day = deals.created[deals.created >= window[0]] - window[0]
    counts = weekly(np.bincount(day, minlength=n_days).astype(np.float64))
    if not len(counts):  # less than a week
        return Level(len(day) * 7 / n_days, max(len(day), 1.0), 1.0)
    usual = max(float(counts.mean()), 1e-9)
    level = learn_level(counts, np.full(len(counts), usual), drift=drift)
    return level._replace(ratio=level.ratio * usual)


def _learn_money(deals: Deals) -> Money:
    """Ratio of sums, and the spread of single ratios; without list prices values are exact."""
    used = (deals.outcome == WON) & (deals.list_price > 0) & (deals.value > 0)
    if not used.any():
        return Money(1.0, 0.0)
    brought, listed = deals.value[used], deals.list_price[used]
    sigma = float(np.std(np.log(brought / listed))) if used.sum() > 1 else 0.0
    return Money(float(brought.sum() / listed.sum()), sigma)


def _values(deals: Deals, money: Money) -> NDArray[np.float64]:
    """What each deal would bring if won: its list price times the ratio, or its amount."""
    listed = np.isfinite(deals.list_price)
    value = np.where(listed, money.ratio * deals.list_price, deals.value)
    return np.nan_to_num(value)


def _recent(deals: Deals, as_of: int) -> NDArray[np.int64]:
    """Deals that new ones will be like: those of the last half year whose money is known."""
    known = np.isfinite(np.where(np.isnan(deals.list_price), deals.value, deals.list_price))
    if not np.isfinite(deals.list_price).any():
        known &= (deals.outcome != 2) | (deals.value > 0)  # lost deals often lose their amount
    for days in (_LIKE_DAYS, as_of):
        rows = np.flatnonzero(known & (deals.created > as_of - days))
        if len(rows):
            return rows
    return np.flatnonzero(known)


def _kinds_odds(
    hazards: Hazards, factors: NDArray[np.float64], *, as_of: int, ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Probability of each new deal to be won in each period; deals of equal factors share it."""
    kinds, which = np.unique(factors.round(12), axis=1, return_inverse=True)
    if kinds.shape[1] > _MOST_KINDS:  # a few percent of a hazard tell nothing apart
        kinds, which = np.unique(np.exp(np.round(np.log(factors), 1)), axis=1, return_inverse=True)
    return new_odds(hazards, as_of=as_of, factors=kinds, ends=ends).won[which.ravel()]


def _already_won(
    deals: Deals, owner: NDArray[np.int64], coming: Coming, as_of: int
) -> NDArray[np.float64]:
    """Revenue of the first period's days up to `as_of`, of shape (n_periods, n_owners)."""
    n_owners = len(deals.names["owner_col"]) if "owner_col" in deals.names else 1
    table = np.zeros((len(coming.end), n_owners))
    won = (deals.outcome == WON) & (deals.closed >= coming.begin[0]) & (deals.closed <= as_of)
    table[0] = np.bincount(owner[won], deals.value[won], n_owners)
    return table


def _by_owner(
    money: NDArray[np.float64], owner: NDArray[np.int64], outlook: Outlook
) -> NDArray[np.float64]:
    table = np.zeros((money.shape[1], outlook.n_owners))
    for period in range(money.shape[1]):
        table[period] = np.bincount(owner, money[:, period], outlook.n_owners)
    return table
