"""A bare log of transactions, large and fast: for benchmarks, and for tests of models."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.datasets import labels, options
from crmlytics.datasets.clock import not_past, timestamps
from crmlytics.datasets.purchasing import draw_order_values, draw_purchases
from crmlytics.datasets.refunds import draw_refund_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAY_SECONDS = 86_400


@dataclass(frozen=True, eq=False, repr=False)
class TransactionsTruth:
    """What was planted in a log of transactions.

    Attributes
    ----------
    start, end : datetime.date
        First and last day.
    r, alpha, a, b : float
        BG/NBD parameters, per week.
    spend_p, spend_q, spend_gamma : float
        Gamma-gamma parameters.
    refund_rate : float
        Probability that an order is returned.
    customers : pandas.DataFrame
        One row per customer: ``customer_id``; ``purchases_per_week``, the rate λ;
        ``dropout_probability`` p after each repeat purchase; ``dropped_at``, the moment of the
        purchase after which the customer stopped for good (NaT: still active at the end);
        ``mean_order_value``.
    """

    start: dt.date
    end: dt.date
    r: float
    alpha: float
    a: float
    b: float
    spend_p: float
    spend_q: float
    spend_gamma: float
    refund_rate: float
    customers: pd.DataFrame


class SimulatedTransactions(NamedTuple):
    """A log of transactions and the truth planted in it."""

    transactions: pd.DataFrame
    truth: TransactionsTruth


class _Log(NamedTuple):
    """Rows by position of the customer and signed order number; refunds are negative."""

    customer: NDArray[np.int64]
    number: NDArray[np.int64]
    day: NDArray[np.float64]
    amount: NDArray[np.float64]


def make_transactions(
    n_customers: int,
    *,
    start: dt.date = dt.date(2022, 1, 1),
    end: dt.date = dt.date(2024, 12, 31),
    acquisition_days: int | None = None,
    r: float = 1.0,
    alpha: float = 5.0,
    a: float = 0.6,
    b: float = 8.0,
    spend_p: float = 6.0,
    spend_q: float = 4.0,
    spend_gamma: float = 15.0,
    refund_rate: float = 0.0,
    id_kind: Literal["integer", "string"] = "integer",
    times: Literal["exact", "midnight"] = "exact",
    random_state: int | np.random.Generator | None = None,
) -> SimulatedTransactions:
    """Simulate a log of transactions that follows one BG/NBD and one gamma-gamma model.

    Parameters
    ----------
    n_customers : int
        Number of customers, each with at least one purchase.
    start, end : datetime.date
        First and last day, both inclusive.
    acquisition_days : int or None, optional
        The first purchases are spread evenly over so many days from `start` on; None spreads
        them over the whole time.
    r, alpha : float
        Purchase rates per week are Gamma(shape `r`, rate `alpha`).
    a, b : float
        Dropout probabilities after each repeat purchase are Beta(`a`, `b`).
    spend_p, spend_q, spend_gamma : float
        Amounts are Gamma(shape `spend_p`, rate ν) with ν ~ Gamma(shape `spend_q`, rate
        `spend_gamma`) across customers; `spend_q` must exceed 1.
    refund_rate : float, default 0.0
        Probability in [0, 1) that a purchase is returned in full, 1 to 30 days later. Refunds
        after `end` are not in the log.
    id_kind : {"integer", "string"}, default "integer"
        Customers 0, 1, … and orders 1, 2, …, or ``"C000001"`` and ``"O000001"``.
    times : {"exact", "midnight"}, default "exact"
        Timestamps around the clock to the second, or dates only.
    random_state : int, numpy.random.Generator or None, optional
        Seed. An int gives the same log every time, None a new one. Of a generator, streams are
        spawned: its own state of drawing is neither read nor changed.

    Returns
    -------
    transactions : pandas.DataFrame
        ``customer_id``, ``order_id``, ``date`` (microseconds), ``amount`` (whole cents, at
        least 0.01). Purchases come first, by customer and time; refunds follow in the same
        order with a negative amount and their order's number: negative where ids are
        integers, after ``R`` in place of ``O`` where they are strings.
    truth : TransactionsTruth
        Parameters, and the rate, dropout and mean spend of each customer.

    Raises
    ------
    ValueError
        If an option is out of its range.

    Notes
    -----
    After the first purchase, repeat purchases follow a Poisson process of rate λ; after each of
    them the customer stops for good with probability p [1]_. Every purchase and rate is an
    exact draw, made at once for all customers, in time and memory linear in the purchases:
    about 100 bytes each at the peak, with integer ids. With the default parameters there are
    some 10 purchases per customer over three years.

    References
    ----------
    .. [1] Fader, P. S., Hardie, B. G. S., Lee, K. L. (2005). "Counting your customers" the easy
       way: an alternative to the Pareto/NBD model. Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> from crmlytics.datasets import make_transactions
    >>> transactions, truth = make_transactions(1_000, random_state=0)
    >>> list(transactions.columns)
    ['customer_id', 'order_id', 'date', 'amount']
    >>> transactions["customer_id"].nunique(), len(truth.customers)
    (1000, 1000)
    """
    n_customers = checks.whole_number("n_customers", n_customers, at_least=1)
    start, end = options.window(start, end)
    n_days = (end - start).days + 1
    acquisition_days = _checked_acquisition(acquisition_days, n_days)
    r, alpha = checks.number("r", r, above=0.0), checks.number("alpha", alpha, above=0.0)
    a, b = checks.number("a", a, above=0.0), checks.number("b", b, above=0.0)
    spend_p = checks.number("spend_p", spend_p, above=0.0)
    spend_q = checks.number("spend_q", spend_q, above=1.0)
    spend_gamma = checks.number("spend_gamma", spend_gamma, above=0.0)
    refund_rate = options.share_below_one("refund_rate", refund_rate)
    checks.word("id_kind", id_kind, ("integer", "string"))
    checks.word("times", times, ("exact", "midnight"))
    # Append only: a new stream goes last, so that the old draws keep their values.
    trait_rng, day_rng, purchase_rng, value_rng, refund_rng = checks.random_generator(
        random_state
    ).spawn(5)

    rate = trait_rng.standard_gamma(r, n_customers) / alpha
    dropout = trait_rng.beta(a, b, n_customers)
    mean_value = spend_p * spend_gamma / trait_rng.standard_gamma(spend_q, n_customers)
    first_day = day_rng.random(n_customers) * acquisition_days
    history = draw_purchases(
        purchase_rng, rate=rate, dropout=dropout, span=(n_days - first_day) / 7.0
    )
    amount = draw_order_values(
        value_rng, customer=history.customer, mean_value=mean_value, spend_p=spend_p
    )
    day = history.age * 7.0
    day += first_day[history.customer]
    log = _Log(
        customer=history.customer,
        number=np.arange(1, len(day) + 1),
        day=not_past(n_days, day),
        amount=np.maximum(np.round(amount, 2), 0.01),
    )
    if refund_rate:
        log = _with_refunds(refund_rng, log, refund_rate, n_days)

    dropped_day = not_past(n_days, history.dropout_age * 7.0 + first_day)
    customer_id = _customer_ids(n_customers, id_kind)
    customers = pd.DataFrame(
        {
            "customer_id": customer_id,
            "purchases_per_week": rate,
            "dropout_probability": dropout,
            "dropped_at": _moments(dropped_day, start, times),
            "mean_order_value": mean_value,
        }
    )
    transactions = pd.DataFrame(
        {
            "customer_id": (
                log.customer if id_kind == "integer" else labels.chosen(customer_id, log.customer)
            ),
            "order_id": log.number if id_kind == "integer" else _order_ids(log.number),
            "date": _moments(log.day, start, times),
            "amount": log.amount,
        },
        copy=False,
    )
    truth = TransactionsTruth(
        start, end, r, alpha, a, b, spend_p, spend_q, spend_gamma, refund_rate, customers
    )
    return SimulatedTransactions(transactions, truth)


def _checked_acquisition(acquisition_days: int | None, n_days: int) -> int:
    if acquisition_days is None:
        return n_days
    result = checks.whole_number("acquisition_days", acquisition_days, at_least=1)
    if result > n_days:
        raise ValueError(
            f"acquisition_days must be at most the {n_days} days from start to end, got {result}"
        )
    return result


def _with_refunds(rng: np.random.Generator, log: _Log, refund_rate: float, n_days: int) -> _Log:
    moment = draw_refund_days(rng, log.day, refund_rate)
    returned = np.flatnonzero(moment < n_days)
    return _Log(
        np.concatenate([log.customer, log.customer[returned]]),
        np.concatenate([log.number, -log.number[returned]]),
        np.concatenate([log.day, moment[returned]]),
        np.concatenate([log.amount, -log.amount[returned]]),
    )


def _moments(days: NDArray[np.float64], start: dt.date, times: str) -> NDArray[np.datetime64]:
    """Timestamps of calendar times in days; NaT where `days` is NaN."""
    is_missing = np.isnan(days)
    per_day = 1 if times == "midnight" else _DAY_SECONDS
    ticks = (np.where(is_missing, 0.0, days) * per_day).astype(np.int64)
    result = timestamps(start, ticks * (_DAY_SECONDS // per_day))
    result[is_missing] = np.datetime64("NaT")
    return result


def _customer_ids(n_customers: int, id_kind: str) -> pd.Series:
    if id_kind == "integer":
        return pd.Series(np.arange(n_customers))
    return labels.numbered("C", np.arange(1, n_customers + 1), n_customers)


def _order_ids(number: NDArray[np.int64]) -> pd.Series:
    largest = int(number.max())
    is_refund = number < 0
    bought = labels.numbered("O", number[~is_refund], largest)
    returned = labels.numbered("R", -number[is_refund], largest)
    return pd.concat([bought, returned], ignore_index=True)  # refunds follow the purchases
