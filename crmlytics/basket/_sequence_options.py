"""Limits, thresholds and the budget of `frequent_sequences`, checked before any work."""

from __future__ import annotations

import math
from numbers import Real

from crmlytics._core import checks
from crmlytics.basket import thresholds
from crmlytics.basket._sequence_windows import Limits

_DAYS_PER = {"D": 1, "W": 7}


def check_limits(
    *, min_gap: float | None, max_gap: float | None, max_span: float | None, unit: str
) -> Limits:
    """Return the limits in days; None and infinity are no limit."""
    if unit in ("M", "Q", "Y"):
        raise ValueError(
            f"unit={unit!r} is no fixed number of days, so a gap in it would depend on the date; "
            "give the limits in days or weeks: unit='D' or unit='W'"
        )
    days = _DAYS_PER[checks.word("unit", unit, tuple(_DAYS_PER))]
    lowest = _whole("min_gap", min_gap, at_least=0)
    highest = _whole("max_gap", max_gap, at_least=1)
    span = _whole("max_span", max_span, at_least=0)
    if lowest is not None and highest is not None and lowest > highest:
        raise ValueError(f"min_gap={min_gap} is above max_gap={max_gap}: no step fits between")
    return Limits(
        # Purchases of one day are one event, so a later event is at least a day later.
        min_gap=max((lowest or 0) * days, 1),
        max_gap=None if highest is None else highest * days,
        max_span=None if span is None else span * days,
    )


def _whole(parameter: str, value: float | None, *, at_least: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, Real) and math.isinf(value) and value > 0:
        if parameter == "min_gap":
            raise ValueError("min_gap must be finite, got inf")
        return None
    return checks.whole_number(parameter, value, at_least=at_least)


def customers_needed(*, min_support: float | None, min_count: int | None, n_customers: int) -> int:
    """Return the number of customers that a sequence must reach."""
    if (min_support is None) == (min_count is None):
        given = "neither" if min_support is None else "both"
        raise ValueError(
            "give one of min_support (a share of the customers) and min_count (a number of "
            f"customers), got {given}"
        )
    if isinstance(min_support, Real) and not 0.0 < float(min_support) <= 1.0:
        raise ValueError(
            f"min_support must be above 0 and at most 1, got {min_support}; it is a share of the "
            "customers: for a number of them pass min_count"
        )
    return thresholds.count_needed(
        min_support=min_support, min_count=min_count, n_baskets=n_customers
    )


class Budget:
    """Counts patterns level by level and stops when there are too many."""

    def __init__(self, max_patterns: int, min_count: int) -> None:
        self.left = checks.whole_number("max_patterns", max_patterns, at_least=1)
        self.max_patterns, self.min_count = self.left, min_count
        self.found: dict[str, int] = {}

    def spend(self, n: int, level: str) -> None:
        """Count `n` more patterns of a level."""
        if n:
            self.found[level] = self.found.get(level, 0) + n
        self.left -= n
        if self.left < 0:
            counts = ", ".join(f"{count:,} {level}" for level, count in self.found.items())
            raise ValueError(
                f"more than max_patterns={self.max_patterns:,} sequences reach "
                f"min_count={self.min_count:,}; so far there are {counts}; raise min_count, "
                "set max_len or limits of time, or raise max_patterns"
            )
