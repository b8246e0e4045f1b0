"""The transactions table: order lines, and the refunds that follow some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.datasets import clock as clocks
from crmlytics.datasets import labels
from crmlytics.datasets.products import PRODUCTS, draw_baskets
from crmlytics.datasets.purchasing import draw_order_values, draw_purchases
from crmlytics.datasets.refunds import REFUND_DELAY_DAYS, draw_refund_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.datasets.clock import StoreClock
    from crmlytics.datasets.customers import DrawnCustomers
    from crmlytics.datasets.segments import Segment


@dataclass(frozen=True, eq=False, repr=False)
class OrdersTruth:
    """What was planted in the orders.

    Attributes
    ----------
    customers : pandas.DataFrame
        One row per customer: ``customer_id``; ``purchases_per_week``, the rate λ in operational
        weeks; ``dropout_probability`` p after each repeat purchase; ``dropped_at``, the moment
        of the purchase after which the customer stopped for good (NaT: still active at the
        end); ``mean_order_value``.
    seasonality : pandas.DataFrame
        One row per calendar month: ``month`` (1 to 12) and the ``multiplier`` of every
        customer's rate.
    refund_rate : float
        Probability that an order is returned.
    refund_delay_days : tuple of int
        Least and largest number of days from order to refund, all equally likely.
    """

    customers: pd.DataFrame
    seasonality: pd.DataFrame
    refund_rate: float
    refund_delay_days: tuple[int, int]


class _Orders(NamedTuple):
    """Orders by time: the customer's position, the moment in days, and the value aimed at."""

    customer: NDArray[np.int64]
    day: NDArray[np.float64]
    value: NDArray[np.float64]


class _Lines(NamedTuple):
    """Order lines by order: positions of order and product, and units."""

    order: NDArray[np.int64]
    product: NDArray[np.int64]
    quantity: NDArray[np.int64]


def make_orders(
    rng: np.random.Generator,
    customers: DrawnCustomers,
    *,
    segments: Sequence[Segment],
    clock: StoreClock,
    refund_rate: float,
) -> tuple[pd.DataFrame, OrdersTruth]:
    """Draw the order lines of the customers, who buy for the first time when they sign up."""
    # Append only: a new stream goes last, so that the old draws keep their values.
    trait_rng, purchase_rng, value_rng, basket_rng, unit_rng, refund_rng = rng.spawn(6)
    rate, dropout, mean_value = _draw_traits(trait_rng, segments, customers.segment)
    first_week = clock.weeks(customers.first_day)
    span = clock.knot_weeks[-1] - first_week
    history = draw_purchases(purchase_rng, rate=rate, dropout=dropout, span=span)
    day = clock.inside(clock.days(first_week[history.customer] + history.age))
    # Weeks and back may lose the last digit: no purchase precedes the sign-up for that.
    day = np.maximum(day, customers.first_day[history.customer])
    dropped_day = clock.inside(clock.days(first_week + history.dropout_age))
    spend_p = np.array([one.spend_p for one in segments])[customers.segment]
    value = draw_order_values(
        value_rng, customer=history.customer, mean_value=mean_value, spend_p=spend_p
    )
    by_time = np.argsort(day, kind="stable")
    orders = _Orders(history.customer[by_time], day[by_time], value[by_time])
    lines = _draw_lines(basket_rng, unit_rng, orders.value)
    transactions = _line_frame(
        customers.table["customer_id"], orders, lines, clock, refund_rng, refund_rate
    )
    truth = OrdersTruth(
        customers=pd.DataFrame(
            {
                "customer_id": customers.table["customer_id"],
                "purchases_per_week": rate,
                "dropout_probability": dropout,
                "dropped_at": clock.business_time(dropped_day),
                "mean_order_value": mean_value,
            }
        ),
        seasonality=pd.DataFrame({"month": np.arange(1, 13), "multiplier": clock.multipliers}),
        refund_rate=refund_rate,
        refund_delay_days=REFUND_DELAY_DAYS,
    )
    return transactions, truth


def _draw_traits(
    rng: np.random.Generator, segments: Sequence[Segment], segment: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Each customer's purchase rate, dropout probability and mean order value."""
    columns = ("r", "alpha", "a", "b", "spend_p", "spend_q", "spend_gamma")
    table = np.array([[getattr(one, name) for name in columns] for one in segments])
    r, alpha, a, b, spend_p, spend_q, spend_gamma = table[segment].T
    rate = rng.standard_gamma(r) / alpha
    dropout = rng.beta(a, b)
    mean_value = spend_p * spend_gamma / rng.standard_gamma(spend_q)
    return rate, dropout, mean_value


def _draw_lines(
    basket_rng: np.random.Generator, unit_rng: np.random.Generator, value: NDArray[np.float64]
) -> _Lines:
    """Fill each order with items, and choose units that bring it to its value.

    The lines share the value in proportion to the roots of their prices: cheap items come in
    larger numbers. Units are rounded up or down at random so that the line is worth its share
    on average, but nobody buys less than one.
    """
    order, product = np.nonzero(draw_baskets(basket_rng, len(value)))
    price = np.array([one.price for one in PRODUCTS])[product]
    weight = np.sqrt(price)
    per_weight = value / np.bincount(order, weights=weight, minlength=len(value))
    units = per_weight[order] * weight / price
    quantity = np.floor(units + unit_rng.random(len(units))).astype(np.int64)
    return _Lines(order, product, np.maximum(quantity, 1))


def _line_frame(
    customer_id: pd.Series,
    orders: _Orders,
    lines: _Lines,
    clock: StoreClock,
    rng: np.random.Generator,
    refund_rate: float,
) -> pd.DataFrame:
    n_orders = len(orders.day)
    number = np.arange(1, n_orders + 1)
    refund_day = draw_refund_days(rng, orders.day, refund_rate)
    refunded = refund_day < clock.n_days  # a refund after the end is not yet seen
    returned = np.flatnonzero(refunded[lines.order])
    row = np.concatenate([np.arange(len(lines.order)), returned])
    is_refund = np.arange(len(row)) >= len(lines.order)
    order = lines.order[row]
    seconds = clock.business_seconds(np.where(is_refund, refund_day[order], orders.day[order]))
    by_time = np.argsort(seconds, kind="stable")
    row, is_refund, order = row[by_time], is_refund[by_time], order[by_time]
    order_ids = pd.concat(
        [labels.numbered("O", number, n_orders), labels.numbered("R", number, n_orders)],
        ignore_index=True,
    )
    product = lines.product[row]
    quantity = np.where(is_refund, -lines.quantity[row], lines.quantity[row])
    # Whole cents: a product of floats could end in …999.
    cents = np.array([round(one.price * 100) for one in PRODUCTS])[product]
    return pd.DataFrame(
        {
            "customer_id": labels.chosen(customer_id, orders.customer[order]),
            "order_id": labels.chosen(order_ids, order + n_orders * is_refund),
            "date": clocks.timestamps(clock.start, seconds[by_time]),
            "item": labels.chosen([one.item for one in PRODUCTS], product),
            "quantity": quantity,
            "price": cents / 100.0,
            "amount": quantity * cents / 100.0,
        }
    )
