"""When an order comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFUND_DELAY_DAYS = (1, 30)


def draw_refund_days(
    rng: np.random.Generator, order_day: NDArray[np.float64], refund_rate: float
) -> NDArray[np.float64]:
    """Draw the moment of each order's refund in days; infinite where it is never returned.

    Whole days between order and refund are equally likely within ``REFUND_DELAY_DAYS``.
    """
    result = np.full(len(order_day), np.inf)
    returned = np.flatnonzero(rng.random(len(order_day)) < refund_rate)
    least, largest = REFUND_DELAY_DAYS
    delay = rng.integers(least, largest, size=len(returned), endpoint=True)
    result[returned] = np.floor(order_day[returned]) + delay + rng.random(len(returned))
    return result
