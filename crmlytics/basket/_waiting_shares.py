"""Shares that buy an item within some time, beside the usual share, and their curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.basket._waiting_clocks import Clocks, until
from crmlytics.basket._waiting_curves import influence, read_at, share_interval
from crmlytics.survival import ProductLimit, product_limit, product_limit_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._sequence_rows import DatedItems

# Rounding of a sum of squares that would be 0.
_NO_SPREAD = 1e-9


def waiting_row(
    rows: DatedItems, clocks: Clocks, following: int, last: int, days: int, level: float
) -> dict[str, float]:
    """Compute one line of `time_to_next`."""
    curves = product_limit(clocks.duration, clocks.event)
    share, change = _share_within(curves, clocks, days)
    base, base_change = _base_share(rows, clocks, following, last, days)
    n_customers = len(np.unique(clocks.customer))
    read = read_at(curves, np.zeros(1, np.int64), np.array([float(days)]))
    # Clocks of one customer are no customers of their own.
    known = (read.events_until + read.watched) * n_customers / len(clocks.event)
    low, high = share_interval(np.array([share]), np.array([(change**2).sum()]), known, level)
    lift, lift_low, lift_high = _lift(share, base, change, base_change, level)
    n_next = int(clocks.event.sum())
    return {
        "n": len(clocks.event),
        "n_customers": n_customers,
        "n_next": n_next,
        "n_censored": len(clocks.event) - n_next,
        "q25_days": _quantile(curves, 0.25),
        "median_days": _quantile(curves, 0.5),
        "q75_days": _quantile(curves, 0.75),
        "share": share,
        "low": float(low[0]),
        "high": float(high[0]),
        "base_share": base,
        "lift": lift,
        "lift_low": lift_low,
        "lift_high": lift_high,
    }


def _share_within(
    curves: ProductLimit, clocks: Clocks, days: int, weight: NDArray[np.float64] | None = None
) -> tuple[float, NDArray[np.float64]]:
    """Share that ends within so many days, and what each customer adds to it."""
    left = read_at(curves, np.zeros(1, np.int64), np.array([float(days)])).left[0]
    change = influence(curves, clocks.duration, clocks.event, days, weight=weight)
    return float(1.0 - left), np.asarray(np.bincount(clocks.customer, -change), np.float64)


def _base_share(
    rows: DatedItems, clocks: Clocks, following: int, last: int, days: int
) -> tuple[float, NDArray[np.float64]]:
    """Do the same from all purchase days of the same customers, each customer's weight kept."""
    weight = np.bincount(clocks.customer, minlength=len(rows.customers)).astype(np.float64)
    new = (np.diff(rows.customer, prepend=-1) != 0) | (np.diff(rows.day, prepend=0) != 0)
    at = np.flatnonzero(new & (weight[rows.customer] > 0))
    customer = rows.customer[at]
    n_days = np.bincount(customer, minlength=len(rows.customers))
    each = weight[customer] / n_days[customer]
    base = until(rows, customer, rows.day[at], following, last)
    curves = product_limit(base.duration, base.event, weights=each)
    return _share_within(curves, base, days, each)


def _lift(
    share: float,
    base: float,
    change: NDArray[np.float64],
    base_change: NDArray[np.float64],
    level: float,
) -> tuple[float, float, float]:
    """Ratio of two shares of the same customers, with its interval on the logarithmic scale."""
    if not base > 0.0 or np.isnan(share):
        return np.nan, np.nan, np.nan
    if share == 0.0:
        return 0.0, np.nan, np.nan
    from scipy.special import ndtri

    spread = float(np.sqrt(((change / share - base_change / base) ** 2).sum()))
    ratio, reach = share / base, float(ndtri((1 + level) / 2)) * spread
    if spread < _NO_SPREAD:
        # One customer's purchases are both shares: nothing tells how the ratio varies.
        return ratio, np.nan, np.nan
    return ratio, ratio * float(np.exp(-reach)), ratio * float(np.exp(reach))


def _quantile(curves: ProductLimit, q: float) -> float:
    return float(product_limit_quantile(curves, q, n_groups=1)[0])


def waiting_curve(clocks: Clocks, level: float) -> dict[str, NDArray[Any]]:
    """Compute one curve: a row for day 0 and one per day on which something happened."""
    curves = product_limit(clocks.duration, clocks.event)
    n_customers = len(np.unique(clocks.customer))
    if n_customers == len(clocks.customer):
        variance = curves.survival**2 * np.nan_to_num(curves.greenwood)
    else:
        sums = [
            np.bincount(
                clocks.customer, influence(curves, clocks.duration, clocks.event, int(time))
            )
            for time in curves.time
        ]
        variance = np.array([float((one**2).sum()) for one in sums])
    share = 1.0 - curves.survival
    known = np.cumsum(curves.events) + curves.at_risk - curves.events
    per_clock = n_customers / len(clocks.customer)
    low, high = share_interval(share, variance, known * per_clock, level)
    return {
        "day": curves.time.astype(np.int64),
        "n": curves.at_risk,
        "n_next": curves.events,
        "share": share,
        "low": low,
        # Nothing can have happened on day 0: that is certain, whatever the number of customers.
        "high": np.where(curves.time == 0, 0.0, high),
    }
