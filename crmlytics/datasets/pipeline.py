"""A sales pipeline whose hazards, arrivals and expected revenue are known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.datasets import labels, options
from crmlytics.datasets import pipeline_hazards as hazards
from crmlytics.datasets.clock import timestamps

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAGES = ("Qualified", "Proposal", "Negotiation")
#: Name, share of the deals, factor on the hazard to be won.
OWNERS = (
    ("Owner A", 0.25, 1.3),
    ("Owner B", 0.25, 1.1),
    ("Owner C", 0.20, 1.0),
    ("Owner D", 0.20, 0.9),
    ("Owner E", 0.10, 0.7),
)
#: Name, share of the deals, list price.
PRODUCTS = (("Basic", 0.5, 1_000.0), ("Standard", 0.35, 4_000.0), ("Suite", 0.15, 12_000.0))
#: What a won deal brings is its list price times a lognormal factor with this mean and spread.
DISCOUNT_MEAN, DISCOUNT_SIGMA = 0.95, 0.1
_NOON = 43_200  # seconds: everything happens at noon of its day


@dataclass(frozen=True, eq=False, repr=False)
class PipelineTruth:
    """What was planted in the pipeline.

    Attributes
    ----------
    start, end : datetime.date
        First and last day on which closings were recorded.
    changes_on : datetime.date or None
        First day with ``hazards_after``; None if nothing changes.
    hazards, hazards_after : pandas.DataFrame
        One row per age: ``age_days``, the probability that an open deal of that age is ``won``
        and ``lost`` on that day, outside the end of a quarter, for an owner with the factor 1.
    incidence : pandas.DataFrame
        What follows from ``hazards``: ``age_days`` and the shares ``won``, ``lost``, ``open`` at
        the end of that day; they add up to 1.
    deals_per_week : float
        Mean of the deals created in a week, on every day alike, Poisson.
    seasonality : float
        By how much the last two weeks of a quarter raise all hazards, as a fraction.
    owners, products : pandas.DataFrame
        ``owner``, ``share`` of the deals, ``win_factor`` on the hazard to be won; ``product``,
        ``share``, ``list_price``.
    discount_mean, discount_sigma : float
        A won deal brings its list price times a lognormal factor with this mean and this standard
        deviation of the logarithm.
    monthly : pandas.DataFrame
        One row per month: ``month``, ``expected_won`` deals and ``expected_revenue``, before any
        deal is drawn.
    """

    start: dt.date
    end: dt.date
    changes_on: dt.date | None
    hazards: pd.DataFrame
    hazards_after: pd.DataFrame
    incidence: pd.DataFrame
    deals_per_week: float
    seasonality: float
    owners: pd.DataFrame
    products: pd.DataFrame
    discount_mean: float
    discount_sigma: float
    monthly: pd.DataFrame


class SimulatedPipeline(NamedTuple):
    """Deals, the log of their stages, and the truth planted in them."""

    deals: pd.DataFrame
    stage_log: pd.DataFrame
    truth: PipelineTruth


def make_pipeline(
    *,
    deals_per_week: float = 40.0,
    win_rate: float = 0.4,
    win_rate_after: float | None = None,
    changes_on: dt.date | None = None,
    seasonality: float = 0.0,
    start: dt.date = dt.date(2023, 1, 1),
    end: dt.date = dt.date(2024, 12, 31),
    random_state: int | np.random.Generator | None = None,
) -> SimulatedPipeline:
    """Simulate deals that are won or lost with known daily hazards, seen from `start` to `end`.

    Parameters
    ----------
    deals_per_week : float, default 40.0
        Mean of the deals created in a week; they are Poisson and on every day alike.
    win_rate : float, default 0.4
        Share of the deals that will be won, of an owner with the factor 1, as a fraction.
    win_rate_after : float, optional
        The same from `changes_on` on, for deals old and new; None leaves it as it is.
    changes_on : datetime.date, optional
        First day of `win_rate_after`; None takes the middle.
    seasonality : float, default 0.0
        By how much the last two weeks of every quarter raise the hazards to be won and lost: 1.5
        is 2.5 times as many closings a day. What closes then cannot close later.
    start, end : datetime.date
        First and last day, both inclusive. The pipeline has been running before `start`, but
        closings before it were not recorded: of older deals only those are there that were still
        open (late entry; tell a forecaster ``observed_from=start``).
    random_state : int, numpy.random.Generator or None, optional
        Seed. An int gives the same deals every time, None new ones. Of a generator, streams are
        spawned: its own state of drawing is neither read nor changed.

    Returns
    -------
    deals : pandas.DataFrame
        One row per deal, by day of creation: ``deal_id``, ``customer_id``, ``owner``,
        ``product``, ``list_price``, ``amount`` (what a won deal brought; of others the list
        price), ``stage``, ``created_at``, ``closed_at`` and ``outcome`` (both null while open).
    stage_log : pandas.DataFrame
        When each deal entered each stage: ``deal_id``, ``stage``, ``entered_at``.
    truth : PipelineTruth
        The hazards, and the revenue that they promise for each month.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    Without season and owner, a deal is won with the win rate and then closes after a gamma time of
    mean 60 days (shape 4), or is lost after a gamma time of mean 35 days (shape 1.5); the daily
    hazards are p f(a) / S(a). Season and owners multiply these hazards. Stages are drawn looking
    back from the closing: a won deal passes all of them at uniform times of its life, a lost one
    some. So the stage tells what is coming, and the hazards by age stay as they are.

    Examples
    --------
    >>> from crmlytics.datasets import make_pipeline
    >>> deals, stage_log, truth = make_pipeline(deals_per_week=10, random_state=0)
    >>> deals["outcome"].value_counts().to_dict()
    {'lost': 654, 'won': 410}
    >>> truth.incidence.iloc[90].round(2).to_dict()
    {'age_days': 90.0, 'won': 0.34, 'lost': 0.57, 'open': 0.09}
    """
    deals_per_week = checks.number("deals_per_week", deals_per_week, above=0.0)
    win_rate = checks.fraction("win_rate", win_rate)
    after = win_rate
    if win_rate_after is not None:
        after = checks.fraction("win_rate_after", win_rate_after)
    seasonality = checks.number("seasonality", seasonality, at_least=0.0)
    start, end = options.window(start, end)
    change = _checked_change(changes_on, start, end) if win_rate_after is not None else None
    world = hazards.World(
        start, end, change, hazards.by_age(win_rate), hazards.by_age(after), seasonality
    )
    # Append only: a new stream goes last, so that the old draws keep their values.
    arrival_rng, kind_rng, close_rng, stage_rng, money_rng, who_rng = checks.random_generator(
        random_state
    ).spawn(6)
    n_before = hazards.MOST_DAYS
    counts = arrival_rng.poisson(deals_per_week / 7, n_before + world.n_days)
    created = np.repeat(np.arange(-n_before, world.n_days), counts)
    owner, product = (
        labels.draw_codes(kind_rng, _column(table, 1)[None, :], np.zeros(len(created), np.int64))
        for table in (OWNERS, PRODUCTS)
    )
    closed, won = hazards.draw_closings(close_rng, world, created, _column(OWNERS, 2)[owner])
    entered = _draw_stages(stage_rng, created, closed, won)
    discount = DISCOUNT_SIGMA * money_rng.standard_normal(len(created)) - DISCOUNT_SIGMA**2 / 2
    customer = who_rng.integers(max(1, len(created) // 2), size=len(created))
    there = closed >= 0  # those closed before the start were never recorded
    drawn = _Drawn(
        created[there],
        closed[there],
        won[there],
        owner[there],
        product[there],
        DISCOUNT_MEAN * np.exp(discount[there]),
        customer[there],
    )
    deals, log = _tables(drawn, entered[there], world)
    truth = _truth(world, deals_per_week)
    return SimulatedPipeline(deals, log, truth)


class _Drawn(NamedTuple):
    """One entry per deal; days count from the start."""

    created: NDArray[np.int64]
    closed: NDArray[np.int64]
    won: NDArray[np.bool_]
    owner: NDArray[np.int64]
    product: NDArray[np.int64]
    discount: NDArray[np.float64]
    customer: NDArray[np.int64]


def _checked_change(changes_on: object, start: dt.date, end: dt.date) -> dt.date:
    if changes_on is None:
        return start + dt.timedelta(days=((end - start).days + 1) // 2)
    day = checks.day("changes_on", changes_on)
    if not start < day <= end:
        raise ValueError(
            f"changes_on must lie after start={start} and not after end={end}, got {day}"
        )
    return day


def _draw_stages(
    rng: np.random.Generator,
    created: NDArray[np.int64],
    closed: NDArray[np.int64],
    won: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Day on which each deal enters each stage, NaN for those a lost one never sees."""
    n, n_later = len(created), len(STAGES) - 1
    moments = np.sort(rng.random((n, n_later)), axis=1)
    later = created[:, None] + moments * (closed - created)[:, None]
    passed = np.where(won, n_later, rng.integers(0, n_later + 1, n))
    later[np.arange(n_later)[None, :] >= passed[:, None]] = np.nan
    return np.column_stack([created.astype(np.float64), np.floor(later)])


def _tables(
    drawn: _Drawn, entered: NDArray[np.float64], world: hazards.World
) -> tuple[pd.DataFrame, pd.DataFrame]:
    n = len(drawn.created)
    is_open = drawn.closed >= world.n_days
    seen = entered < world.n_days  # NaN is not
    stage = np.where(is_open, seen.sum(axis=1) - 1, np.where(drawn.won, 3, 4))
    deal_id = labels.numbered("D", np.arange(1, n + 1), n)
    list_price = _column(PRODUCTS, 2)[drawn.product]
    brought = np.where(drawn.won & ~is_open, drawn.discount, 1.0) * list_price
    deals = pd.DataFrame(
        {
            "deal_id": deal_id,
            "customer_id": labels.numbered("C", drawn.customer + 1, int(drawn.customer.max()) + 1),
            "owner": labels.chosen([name for name, _, _ in OWNERS], drawn.owner),
            "product": labels.chosen([name for name, _, _ in PRODUCTS], drawn.product),
            "list_price": list_price,
            "amount": brought.round(2),
            "stage": labels.chosen((*STAGES, "Won", "Lost"), stage),
            "created_at": _at(world.start, drawn.created.astype(np.float64)),
            "closed_at": _at(world.start, np.where(is_open, np.nan, drawn.closed)),
            "outcome": labels.chosen(
                ("won", "lost", None), np.where(is_open, 2, np.where(drawn.won, 0, 1))
            ),
        }
    )
    deal, which = np.nonzero(seen)
    log = pd.DataFrame(
        {
            "deal_id": labels.chosen(deal_id, deal),
            "stage": labels.chosen(STAGES, which),
            "entered_at": _at(world.start, entered[deal, which]),
        }
    )
    return deals, log


def _at(start: dt.date, days: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Noon of each day; NaT where it is NaN."""
    result = np.full(len(days), np.datetime64("NaT", "us"))
    known = ~np.isnan(days)
    result[known] = timestamps(start, days[known].astype(np.int64) * 86_400 + _NOON)
    return result


def _truth(world: hazards.World, deals_per_week: float) -> PipelineTruth:
    value = float((_column(PRODUCTS, 1) * _column(PRODUCTS, 2)).sum()) * DISCOUNT_MEAN
    per_day = hazards.expected_wins(world, _column(OWNERS, 1), _column(OWNERS, 2))
    months = (np.datetime64(world.start, "D") + np.arange(world.n_days)).astype("datetime64[M]")
    month, row = np.unique(months, return_inverse=True)
    won = np.bincount(row, per_day * deals_per_week / 7)
    monthly = pd.DataFrame(
        {
            "month": month.astype("datetime64[us]"),
            "expected_won": won,
            "expected_revenue": won * value,
        }
    )
    return PipelineTruth(
        start=world.start,
        end=world.end,
        changes_on=world.changes_on,
        hazards=hazards.as_table(world.before),
        hazards_after=hazards.as_table(world.after),
        incidence=hazards.incidence_table(world.before),
        deals_per_week=deals_per_week,
        seasonality=world.seasonality,
        owners=pd.DataFrame(OWNERS, columns=["owner", "share", "win_factor"]),
        products=pd.DataFrame(PRODUCTS, columns=["product", "share", "list_price"]),
        discount_mean=DISCOUNT_MEAN,
        discount_sigma=DISCOUNT_SIGMA,
        monthly=monthly,
    )


def _column(table: tuple[tuple[object, ...], ...], position: int) -> NDArray[np.float64]:
    return np.array([row[position] for row in table], dtype=np.float64)
