"""Years, quarters, months, weeks and days in one another: 1 Y = 4 Q = 12 M = 365.25 D."""

from __future__ import annotations

from crmlytics._core import checks, periods

#: Weeks have 7 days, so a year has 52.178… of them; no month of 30 days anywhere.
PER_YEAR = {"D": 365.25, "W": 365.25 / 7.0, "M": 12.0, "Q": 4.0, "Y": 1.0}

NAMES = {"D": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}


def converted(span: float, unit: str, *, to: str) -> float:
    """Return a span of `unit` measured in units of `to`."""
    return span * PER_YEAR[to] / PER_YEAR[unit] if unit != to else span


def word(parameter: str, value: object) -> str:
    """Return `value` if it names a unit."""
    return checks.word(parameter, value, periods.UNITS)
