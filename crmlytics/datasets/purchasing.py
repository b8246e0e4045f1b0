"""The buy-till-you-die process on arrays: who buys when, until they stop for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class PurchaseHistory(NamedTuple):
    """Purchases of all customers, ordered by customer and age.

    Attributes
    ----------
    customer : ndarray of shape (n_purchases,)
        Position of the customer.
    age : ndarray of shape (n_purchases,)
        Time since the customer's first purchase, which has age 0.
    first : ndarray of shape (n_customers,)
        Position of each customer's first purchase.
    dropout_age : ndarray of shape (n_customers,)
        Age at which the customer stopped for good; NaN if not within the span observed.
    """

    customer: NDArray[np.int64]
    age: NDArray[np.float64]
    first: NDArray[np.int64]
    dropout_age: NDArray[np.float64]


def draw_purchases(
    rng: np.random.Generator,
    *,
    rate: NDArray[np.float64],
    dropout: NDArray[np.float64],
    span: NDArray[np.float64],
) -> PurchaseHistory:
    """Simulate BG/NBD purchasing over the ages (0, `span`].

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    rate, dropout, span : ndarray of shape (n_customers,)
        Purchases per unit of time, the probability of dropping out after each repeat
        purchase, and the time observed after the first purchase.

    Notes
    -----
    The number n of Poisson points in the span and the number k of repeat purchases that the
    customer lives to make are drawn at once; the customer makes the first m = min(n, k) of the
    points. Given n they are the order statistics of n uniforms, which are S₁/S, …, Sₘ/S for
    partial sums of exponentials, where S = Sₘ + Gamma(n + 1 - m). So no point is drawn that
    is not used, and the cost is linear in the purchases made.
    """
    n_points = rng.poisson(rate * span)
    last_one = _purchases_until_dropout(rng, dropout)
    drops = last_one <= n_points
    n_repeats = np.where(drops, last_one, n_points).astype(np.int64)

    n_rows = n_repeats + 1
    last = np.cumsum(n_rows) - 1
    first = last - n_repeats
    gaps = rng.standard_exponential(int(n_rows.sum()))
    gaps[first] = 0.0
    sums = np.cumsum(gaps, out=gaps)
    sums -= np.repeat(sums[first], n_rows)
    scale = span / (sums[last] + rng.standard_gamma(n_points + 1 - n_repeats))
    age = np.multiply(sums, np.repeat(scale, n_rows), out=sums)
    return PurchaseHistory(
        customer=np.repeat(np.arange(len(n_rows)), n_rows),
        age=age,
        first=first,
        dropout_age=np.where(drops, age[last], np.nan),
    )


def draw_order_values(
    rng: np.random.Generator,
    *,
    customer: NDArray[np.int64],
    mean_value: NDArray[np.float64],
    spend_p: ArrayLike,
) -> NDArray[np.float64]:
    """Draw the value of each order: gamma of shape `spend_p` around the customer's own mean."""
    shape = np.broadcast_to(np.asarray(spend_p, dtype=np.float64), mean_value.shape)
    values = rng.standard_gamma(shape[customer])
    values *= (mean_value / shape)[customer]
    return values


def _purchases_until_dropout(
    rng: np.random.Generator, dropout: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Geometric numbers, kept as floats: they are infinite where the dropout is zero."""
    with np.errstate(divide="ignore"):
        hazard = -np.log1p(-dropout)
        return np.maximum(np.ceil(rng.standard_exponential(len(dropout)) / hazard), 1.0)
