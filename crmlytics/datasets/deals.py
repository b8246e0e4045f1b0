"""The deals table and its stage log: a pipeline of competing risks, cut off at the end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.datasets import labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.datasets.clock import StoreClock
    from crmlytics.datasets.customers import DrawnCustomers


class Stage(NamedTuple):
    """An open stage with its hazards per week of moving on and of being lost."""

    stage: str
    advance_per_week: float
    loss_per_week: float


OPEN_STAGES = (
    Stage("Prospecting", 0.50, 0.25),
    Stage("Qualified", 0.45, 0.12),
    Stage("Proposal", 0.35, 0.12),
    Stage("Negotiation", 0.40, 0.10),
)
STAGES = (*(one.stage for one in OPEN_STAGES), "Won", "Lost")
_WON, _LOST = len(OPEN_STAGES), len(OPEN_STAGES) + 1

# Name, share of the deals, factor on every hazard of moving on.
OWNERS = (
    ("Owner A", 0.25, 1.5),
    ("Owner B", 0.20, 1.2),
    ("Owner C", 0.20, 1.0),
    ("Owner D", 0.15, 1.0),
    ("Owner E", 0.15, 0.8),
    ("Owner F", 0.05, 0.6),
)
SOURCES = (
    ("Website", 0.40, 1.0),
    ("Referral", 0.20, 1.4),
    ("Event", 0.15, 0.9),
    ("Cold call", 0.25, 0.7),
)
LOST_REASONS = (
    ("Price", 0.35),
    ("No budget", 0.20),
    ("Competitor", 0.20),
    ("No answer", 0.15),
    ("Missing feature", 0.10),
)
AMOUNT_MEDIAN = 5_000.0
AMOUNT_SIGMA = 0.8
EXPECTED_CYCLE_DAYS = 50.0
_EXPECTED_CYCLE_SIGMA = 0.3


@dataclass(frozen=True, eq=False, repr=False)
class DealsTruth:
    """What was planted in the deals.

    Attributes
    ----------
    stages : pandas.DataFrame
        One row per open stage, in order: ``stage``, ``advance_per_week``, ``loss_per_week``.
    owners, sources : pandas.DataFrame
        ``owner`` or ``source``, its ``share`` of the deals and its ``advance_factor``, which
        multiplies the hazard of moving on in every stage.
    win_probabilities : pandas.DataFrame
        One row per owner and source: ``owner``, ``source``, ``win_probability`` if one waits
        for as long as it takes.
    lost_reasons : pandas.DataFrame
        ``lost_reason`` and its ``share`` of the lost deals, whatever the stage and owner.
    amount_median, amount_sigma : float
        Amounts are lognormal with this median and this standard deviation of the logarithm;
        they tell nothing about the outcome.
    expected_cycle_days : float
        Median of the days from creation to the expected close (lognormal, standard deviation
        of the logarithm 0.3), a guess that knows nothing about the deal.
    """

    stages: pd.DataFrame
    owners: pd.DataFrame
    sources: pd.DataFrame
    win_probabilities: pd.DataFrame
    lost_reasons: pd.DataFrame
    amount_median: float
    amount_sigma: float
    expected_cycle_days: float


class _Journeys(NamedTuple):
    """Events by deal and time, the last stage reached, and the day of closing (NaN: open)."""

    deal: NDArray[np.int64]
    stage: NDArray[np.int64]
    day: NDArray[np.float64]
    last_stage: NDArray[np.int64]
    closed_day: NDArray[np.float64]


def make_deals(
    rng: np.random.Generator,
    n_deals: int,
    customers: DrawnCustomers,
    *,
    clock: StoreClock,
) -> tuple[pd.DataFrame, pd.DataFrame, DealsTruth]:
    """Draw deals with known customers, and the log of their stages up to the end."""
    # Append only: a new stream goes last, so that the old draws keep their values.
    who_rng, owner_rng, source_rng, stage_rng, reason_rng, amount_rng, guess_rng = rng.spawn(7)
    customer = who_rng.integers(len(customers.first_day), size=n_deals)
    since = customers.first_day[customer]
    created = clock.inside(since + who_rng.random(n_deals) * (clock.n_days - since))
    by_time = np.argsort(created, kind="stable")
    customer, created = customer[by_time], created[by_time]

    everyone = np.zeros(n_deals, dtype=np.int64)
    owner = labels.draw_codes(owner_rng, _column(OWNERS, 1)[None, :], everyone)
    source = labels.draw_codes(source_rng, _column(SOURCES, 1)[None, :], everyone)
    factor = _column(OWNERS, 2)[owner] * _column(SOURCES, 2)[source]
    journeys = _draw_journeys(stage_rng, created, factor, clock.n_days)
    reason = labels.draw_codes(reason_rng, _column(LOST_REASONS, 1)[None, :], everyone)
    amount = AMOUNT_MEDIAN * np.exp(AMOUNT_SIGMA * amount_rng.standard_normal(n_deals))
    guess = EXPECTED_CYCLE_DAYS * np.exp(_EXPECTED_CYCLE_SIGMA * guess_rng.standard_normal(n_deals))
    is_won, is_lost = journeys.last_stage == _WON, journeys.last_stage == _LOST

    deal_id = labels.numbered("D", np.arange(1, n_deals + 1), n_deals)
    deals = pd.DataFrame(
        {
            "deal_id": deal_id,
            "customer_id": labels.chosen(customers.table["customer_id"], customer),
            "owner": labels.chosen([name for name, _, _ in OWNERS], owner),
            "source": labels.chosen([name for name, _, _ in SOURCES], source),
            "amount": amount.round(2),
            "stage": labels.chosen(STAGES, journeys.last_stage),
            "created_at": clock.business_time(created),
            "closed_at": clock.business_time(journeys.closed_day),
            "expected_close": clock.dates(created + np.ceil(guess)),
            "outcome": labels.chosen(("won", "lost", None), np.where(is_won, 0, 2 - is_lost)),
            "lost_reason": labels.chosen(
                (*(name for name, _ in LOST_REASONS), None),
                np.where(is_lost, reason, len(LOST_REASONS)),
            ),
        }
    )
    stage_log = pd.DataFrame(
        {
            "deal_id": labels.chosen(deal_id, journeys.deal),
            "stage": labels.chosen(STAGES, journeys.stage),
            "entered_at": clock.business_time(journeys.day),
        }
    )
    return deals, stage_log, _truth()


def _draw_journeys(
    rng: np.random.Generator,
    created: NDArray[np.float64],
    factor: NDArray[np.float64],
    n_days: int,
) -> _Journeys:
    """Move the deals from stage to stage until they close or the days are over."""
    last_stage = np.zeros(len(created), dtype=np.int64)
    closed_day = np.full(len(created), np.nan)
    running = np.arange(len(created))
    day = created
    events = [(running, last_stage.copy(), day)]
    for position, (_, advance_per_week, loss_per_week) in enumerate(OPEN_STAGES):
        advance = factor[running] * advance_per_week
        hazard = advance + loss_per_week
        day = day + 7.0 * rng.standard_exponential(len(running)) / hazard
        moves_on = rng.random(len(running)) * hazard < advance
        stage = np.where(moves_on, position + 1, _LOST)
        seen = day < n_days
        running, day, stage = running[seen], day[seen], stage[seen]
        events.append((running, stage, day))
        last_stage[running] = stage
        is_closed = stage >= _WON
        closed_day[running[is_closed]] = day[is_closed]
        running, day = running[~is_closed], day[~is_closed]
    deals, stages, days = (np.concatenate(column) for column in zip(*events, strict=True))
    by_deal = np.argsort(deals, kind="stable")  # the rounds are in time order already
    return _Journeys(deals[by_deal], stages[by_deal], days[by_deal], last_stage, closed_day)


def _truth() -> DealsTruth:
    rows = []
    for (owner, _, of_owner), (source, _, of_source) in product(OWNERS, SOURCES):
        advance = np.array([one.advance_per_week for one in OPEN_STAGES]) * of_owner * of_source
        loss = np.array([one.loss_per_week for one in OPEN_STAGES])
        rows.append((owner, source, float(np.prod(advance / (advance + loss)))))
    return DealsTruth(
        stages=pd.DataFrame(OPEN_STAGES),
        owners=pd.DataFrame(OWNERS, columns=["owner", "share", "advance_factor"]),
        sources=pd.DataFrame(SOURCES, columns=["source", "share", "advance_factor"]),
        win_probabilities=pd.DataFrame(rows, columns=["owner", "source", "win_probability"]),
        lost_reasons=pd.DataFrame(LOST_REASONS, columns=["lost_reason", "share"]),
        amount_median=AMOUNT_MEDIAN,
        amount_sigma=AMOUNT_SIGMA,
        expected_cycle_days=EXPECTED_CYCLE_DAYS,
    )


def _column(table: tuple[tuple[object, ...], ...], position: int) -> NDArray[np.float64]:
    return np.array([row[position] for row in table], dtype=np.float64)
