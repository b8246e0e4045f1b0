"""Orders of a grocer: large and small baskets, a few items that belong together, and a change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.datasets import labels, options
from crmlytics.datasets.clock import timestamps
from crmlytics.datasets.grocery import AFFINITIES, FOLLOW_UPS, GROCERIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAY_SECONDS = 86_400
_SHOP_OPENS, _SHOP_SECONDS = 8 * 3_600, 12 * 3_600


@dataclass(frozen=True, eq=False, repr=False)
class BasketsTruth:
    """What was planted in the baskets.

    Attributes
    ----------
    start, end, changes_on : datetime.date
        First and last day, and the first day on which ``pull_after`` holds.
    size_spread : float
        Standard deviation of the orders' log odds to hold an item.
    items : pandas.DataFrame
        One row per item: ``item``, ``category``, ``price``, and ``rate``, its probability in an
        order of middle size.
    affinities : pandas.DataFrame
        The only items that belong together: ``antecedent``, ``consequent``, and ``pull_before``
        and ``pull_after`` the change, the probability that an order with the antecedent gets the
        consequent for its sake, beside those that hold it anyway.
    follow_ups : pandas.DataFrame
        What is bought later: ``antecedent``, ``consequent``, ``probability`` and ``after_days``.
        With this probability the customer's first order at least so many days later gets the
        consequent for the antecedent's sake.
    """

    start: dt.date
    end: dt.date
    changes_on: dt.date
    size_spread: float
    items: pd.DataFrame
    affinities: pd.DataFrame
    follow_ups: pd.DataFrame


class SimulatedBaskets(NamedTuple):
    """Order lines and the truth planted in them."""

    transactions: pd.DataFrame
    truth: BasketsTruth


def make_baskets(
    n_orders: int,
    *,
    n_customers: int | None = None,
    start: dt.date = dt.date(2024, 1, 1),
    end: dt.date = dt.date(2024, 12, 31),
    changes_on: dt.date | None = None,
    size_spread: float = 1.0,
    random_state: int | np.random.Generator | None = None,
) -> SimulatedBaskets:
    """Simulate the order lines of a grocer, whose large baskets make everything look related.

    Parameters
    ----------
    n_orders : int
        Number of orders.
    n_customers : int or None, optional
        Number of customers among whom the orders fall, some buying more often than others; None
        takes a tenth of the orders.
    start, end : datetime.date
        First and last day, both inclusive; every day is alike.
    changes_on : datetime.date or None, optional
        First day of the changed affinities; None takes the middle.
    size_spread : float, default 1.0
        How unequal baskets are in size: standard deviation of the orders' log odds to hold an
        item. Half of the variance lies between customers. 0 makes all orders alike.
    random_state : int, numpy.random.Generator or None, optional
        Seed. An int gives the same orders every time, None new ones. Of a generator, streams are
        spawned: its own state of drawing is neither read nor changed.

    Returns
    -------
    transactions : pandas.DataFrame
        One row per order and item, by time: ``customer_id``, ``order_id``, ``date`` (within
        opening hours), ``item``, ``quantity`` (1), ``price``, ``amount``.
    truth : BasketsTruth
        Which items belong together, what changed, and what is bought later.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    Order i holds item j with the log odds aᵢ + bⱼ: given the size of the order, items are
    independent, so that any lift between them is that of big baskets and small ones. On top come
    the planted affinities and follow-ups, and nothing else. An order that would hold nothing gets
    one item by popularity.

    Examples
    --------
    >>> from crmlytics.datasets import make_baskets
    >>> transactions, truth = make_baskets(2_000, random_state=0)
    >>> list(transactions.columns)
    ['customer_id', 'order_id', 'date', 'item', 'quantity', 'price', 'amount']
    >>> truth.affinities.iloc[0].to_dict()
    {'antecedent': 'Pasta', 'consequent': 'Tomato sauce', 'pull_before': 0.4, 'pull_after': 0.4}
    """
    n_orders = checks.whole_number("n_orders", n_orders, at_least=1)
    if n_customers is None:
        n_customers = max(1, n_orders // 10)
    n_customers = checks.whole_number("n_customers", n_customers, at_least=1)
    start, end = options.window(start, end)
    changes_on = _checked_change(changes_on, start, end)
    size_spread = checks.number("size_spread", size_spread, at_least=0.0)
    # Append only: a new stream goes last, so that the old draws keep their values.
    who_rng, day_rng, size_rng, item_rng, pull_rng, later_rng = checks.random_generator(
        random_state
    ).spawn(6)

    weight = who_rng.standard_gamma(1.0, n_customers)
    customer = who_rng.choice(n_customers, n_orders, p=weight / weight.sum())
    n_days = (end - start).days + 1
    day = np.sort(day_rng.integers(n_days, size=n_orders))
    spread = size_spread / np.sqrt(2.0)
    size = (spread * size_rng.standard_normal(n_customers))[customer]
    size += spread * size_rng.standard_normal(n_orders)
    inside = _independent_items(item_rng, size)
    _pull(pull_rng, inside, after=day >= (changes_on - start).days)
    _follow_up(later_rng, inside, customer, day)
    seconds = day * _DAY_SECONDS + _SHOP_OPENS + day_rng.integers(_SHOP_SECONDS, size=n_orders)
    transactions = _lines(inside, customer, n_customers, timestamps(start, np.sort(seconds)))
    affinities = pd.DataFrame([one._asdict() for one in AFFINITIES])
    truth = BasketsTruth(
        start,
        end,
        changes_on,
        size_spread,
        items=pd.DataFrame([one._asdict() for one in GROCERIES]),
        affinities=affinities,
        follow_ups=pd.DataFrame([one._asdict() for one in FOLLOW_UPS]),
    )
    return SimulatedBaskets(transactions, truth)


def _checked_change(changes_on: object, start: dt.date, end: dt.date) -> dt.date:
    if changes_on is None:
        return start + dt.timedelta(days=((end - start).days + 1) // 2)
    day = checks.day("changes_on", changes_on)
    if not start < day <= end:
        raise ValueError(
            f"changes_on must lie after start={start} and not after end={end}, got {day}"
        )
    return day


def _independent_items(rng: np.random.Generator, size: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which order holds which item, independent given the order's log odds."""
    rate = np.array([one.rate for one in GROCERIES])
    odds = size[:, None] + np.log(rate / (1.0 - rate))
    inside: NDArray[np.bool_] = rng.random(odds.shape) < 1.0 / (1.0 + np.exp(-odds))
    empty = np.flatnonzero(~inside.any(axis=1))
    inside[empty, rng.choice(len(rate), len(empty), p=rate / rate.sum())] = True
    return inside


def _pull(rng: np.random.Generator, inside: NDArray[np.bool_], *, after: NDArray[np.bool_]) -> None:
    """Add the consequents for the antecedents' sake."""
    column = {one.item: code for code, one in enumerate(GROCERIES)}
    for one in AFFINITIES:
        pull = np.where(after, one.pull_after, one.pull_before)
        drawn = rng.random(len(inside)) < pull
        inside[:, column[one.consequent]] |= inside[:, column[one.antecedent]] & drawn


def _follow_up(
    rng: np.random.Generator,
    inside: NDArray[np.bool_],
    customer: NDArray[np.int64],
    day: NDArray[np.int64],
) -> None:
    """Add to later orders what earlier ones of the customer call for."""
    column = {one.item: code for code, one in enumerate(GROCERIES)}
    by_customer = np.lexsort((day, customer))
    span = int(day.max()) + 1
    # One number per customer and day, so that one search finds everybody's next order.
    moment = customer[by_customer] * span + day[by_customer]
    for one in FOLLOW_UPS:
        cause = np.flatnonzero(inside[:, column[one.antecedent]])
        cause = cause[rng.random(len(cause)) < one.probability]
        cause = cause[day[cause] + one.after_days < span]
        at = np.searchsorted(moment, customer[cause] * span + day[cause] + one.after_days)
        there = at < len(moment)
        order = by_customer[at[there]]
        same = customer[order] == customer[cause[there]]
        inside[order[same], column[one.consequent]] = True


def _lines(
    inside: NDArray[np.bool_],
    customer: NDArray[np.int64],
    n_customers: int,
    moments: NDArray[np.datetime64],
) -> pd.DataFrame:
    order, item = np.nonzero(inside)
    n_orders = len(inside)
    price = np.array([one.price for one in GROCERIES])[item]
    return pd.DataFrame(
        {
            "customer_id": labels.chosen(
                labels.numbered("C", np.arange(1, n_customers + 1), n_customers), customer[order]
            ),
            "order_id": labels.chosen(
                labels.numbered("O", np.arange(1, n_orders + 1), n_orders), order
            ),
            "date": moments[order],
            "item": labels.chosen([one.item for one in GROCERIES], item),
            "quantity": np.ones(len(order), np.int64),
            "price": price,
            "amount": price,
        }
    )
