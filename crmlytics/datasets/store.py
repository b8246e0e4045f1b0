"""A whole CRM store in one call: tidy tables, and the truth that was planted in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlytics._core import checks
from crmlytics.datasets import options
from crmlytics.datasets.clock import seasonal_clock
from crmlytics.datasets.customers import CustomersTruth, make_customers
from crmlytics.datasets.deals import DealsTruth, make_deals
from crmlytics.datasets.default_segments import DEFAULT_SEGMENTS
from crmlytics.datasets.orders import OrdersTruth, make_orders
from crmlytics.datasets.products import ProductsTruth, make_products
from crmlytics.datasets.segments import Segment, checked_segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

# Append only. Every family of tables draws from the stream at its own position, so neither the
# options of one family nor a family added later changes a number in another.
_STREAMS = ("customers", "orders", "deals")


@dataclass(frozen=True, eq=False, repr=False)
class StoreTruth:
    """What was planted in a store, one part per family of tables.

    Attributes
    ----------
    start, end : datetime.date
        First and last day of the simulation.
    customers : CustomersTruth
        Segments, their members and their attributes.
    products : ProductsTruth
        Item rates and planted rules.
    orders : OrdersTruth
        Purchase rates, dropouts, spend, seasons and refunds.
    deals : DealsTruth
        Hazards of the stages, effects of owners and sources.
    """

    start: dt.date
    end: dt.date
    customers: CustomersTruth
    products: ProductsTruth
    orders: OrdersTruth
    deals: DealsTruth


@dataclass(frozen=True, eq=False, repr=False)
class Store:
    """The tables of a simulated CRM store.

    Keys are text and never missing; times are timestamps of microseconds without a time zone;
    money is in one currency and whole cents.

    Attributes
    ----------
    customers : pandas.DataFrame
        One row per customer, by sign-up: ``customer_id``, ``region``, ``channel``,
        ``industry``, ``signed_up`` (a date at midnight: the day of the first order).
    products : pandas.DataFrame
        One row per item: ``item``, ``category``, ``price``.
    transactions : pandas.DataFrame
        One row per order line, by time: ``customer_id``, ``order_id``, ``date`` (between 9:00
        and 18:00 on any day of the week), ``item``, ``quantity``, ``price`` and ``amount``,
        their product. A refund returns a whole order: its lines come again with negative
        quantity and amount, the later date, and the order's number after ``R`` in place of
        ``O``.
    deals : pandas.DataFrame
        One row per deal, by creation: ``deal_id``, ``customer_id``, ``owner``, ``source``,
        ``amount``, ``stage`` (the last one reached by the end), ``created_at``, ``closed_at``
        (missing while open), ``expected_close`` (a date, guessed at creation), ``outcome``
        (``"won"``, ``"lost"``, missing while open), ``lost_reason`` (missing unless lost).
    stage_log : pandas.DataFrame
        One row per deal and stage, by deal and time: ``deal_id``, ``stage``, ``entered_at``.
        Every deal enters the first stage when created; the last row of a closed deal is
        ``Won`` or ``Lost`` at its ``closed_at``.
    truth : StoreTruth
        What was planted.
    """

    customers: pd.DataFrame
    products: pd.DataFrame
    transactions: pd.DataFrame
    deals: pd.DataFrame
    stage_log: pd.DataFrame
    truth: StoreTruth

    def __repr__(self) -> str:
        return (
            f"Store({self.truth.start} to {self.truth.end}: {len(self.customers)} customers, "
            f"{len(self.transactions)} order lines, {len(self.deals)} deals)"
        )


def make_store(
    n_customers: int = 1_000,
    *,
    start: dt.date = dt.date(2022, 1, 1),
    end: dt.date = dt.date(2024, 12, 31),
    segments: Sequence[Segment] = DEFAULT_SEGMENTS,
    seasonal_strength: float = 0.3,
    refund_rate: float = 0.03,
    n_deals: int = 500,
    random_state: int | np.random.Generator | None = None,
) -> Store:
    """Simulate the tables of a CRM store, and tell what was planted in them.

    Parameters
    ----------
    n_customers : int, default 1000
        Number of customers, each with at least one order.
    start, end : datetime.date
        First and last day, both inclusive. Sign-ups are spread evenly between them.
    segments : sequence of Segment
        Kinds of customers and their parameters; by default four. One segment of share 1 makes
        all customers follow one BG/NBD model.
    seasonal_strength : float, default 0.3
        Largest deviation of a month's purchasing from the average, in [0, 1). With 0 every
        month is alike and the process is exactly the BG/NBD in calendar time.
    refund_rate : float, default 0.03
        Probability in [0, 1) that an order is returned, 1 to 30 days later. Refunds after
        `end` are not in the table.
    n_deals : int, default 500
        Number of deals, each with a customer drawn at random, created between the sign-up and
        `end`.
    random_state : int, numpy.random.Generator or None, optional
        Seed. An int gives the same store every time, None a new one. Of a generator, streams
        are spawned: its own state of drawing is neither read nor changed.

    Returns
    -------
    Store
        The tables and the truth; see `Store` for the columns.

    Raises
    ------
    ValueError
        If an option is out of its range, or the shares of the segments do not sum to 1.
    TypeError
        If `segments` is empty or holds anything but segments.

    Notes
    -----
    **Purchases.** A customer of a segment with parameters r, α, a, b has a rate λ ~ Gamma(r,
    rate α) and a dropout probability p ~ Beta(a, b). After the first order, at sign-up, repeat
    orders follow a Poisson process of rate λ per week; after each of them the customer stops
    for good with probability p (BG/NBD [1]_). The process runs in operational weeks: a week of
    month j counts as ``multiplier_j`` weeks, so that the rate at calendar time t is
    λ·multiplier(t). The time of day is then squeezed linearly into business hours, which
    keeps the date and the order of events.

    **Spend.** The value of an order is Gamma(p, rate ν) with ν ~ Gamma(q, rate γ) per customer
    (gamma-gamma [2]_), independent of λ and p within a segment; between segments spend and
    frequency go together. The lines of the order share the value and turn it into whole units
    at list prices, rounded up or down at random. As no line has less than one unit, small
    orders come out a little dearer: with the default segments order totals exceed their values
    by 0.4 % on average, and by 1.4 % in the segment that spends least.

    **Baskets.** Items lie in an order independently at known rates, but for the planted rules,
    whose consequent has one probability with the antecedent and another one without it. An
    order that would be empty is an order of copy paper.

    **Deals.** In each stage a deal moves on or is lost with constant hazards per week; owner
    and source multiply the hazard of moving on. The chance to win is the product over the
    stages of advance / (advance + loss). What would happen after `end` is not in the tables.

    References
    ----------
    .. [1] Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting your customers" the easy
       way: an alternative to the Pareto/NBD model. Marketing Science 24(2), 275-284.
    .. [2] Fader, P. S., Hardie, B. G. S. (2013). The gamma-gamma model of monetary value.

    Examples
    --------
    >>> from crmlytics.datasets import make_store
    >>> store = make_store(200, n_deals=50, random_state=0)
    >>> list(store.transactions.columns)
    ['customer_id', 'order_id', 'date', 'item', 'quantity', 'price', 'amount']
    >>> list(store.truth.customers.segments["segment"])
    ['Regulars', 'Large accounts', 'Occasional', 'Samplers']
    """
    n_customers = checks.whole_number("n_customers", n_customers, at_least=1)
    n_deals = checks.whole_number("n_deals", n_deals, at_least=0)
    start, end = options.window(start, end)
    segments = checked_segments(segments)
    clock = seasonal_clock(
        start, end, strength=options.share_below_one("seasonal_strength", seasonal_strength)
    )
    refund_rate = options.share_below_one("refund_rate", refund_rate)
    spawned = checks.random_generator(random_state).spawn(len(_STREAMS))
    stream = dict(zip(_STREAMS, spawned, strict=True))

    customers = make_customers(stream["customers"], n_customers, segments=segments, clock=clock)
    products, products_truth = make_products()
    transactions, orders_truth = make_orders(
        stream["orders"], customers, segments=segments, clock=clock, refund_rate=refund_rate
    )
    deals, stage_log, deals_truth = make_deals(stream["deals"], n_deals, customers, clock=clock)
    return Store(
        customers=customers.table,
        products=products,
        transactions=transactions,
        deals=deals,
        stage_log=stage_log,
        truth=StoreTruth(start, end, customers.truth, products_truth, orders_truth, deals_truth),
    )
