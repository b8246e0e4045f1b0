"""Options that the simulators share, checked in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics._core import checks

if TYPE_CHECKING:
    import datetime as dt


def window(start: object, end: object) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the simulation, both inclusive."""
    first, last = checks.day("start", start), checks.day("end", end)
    if last <= first:
        raise ValueError(f"end must be after start={first}, got {last}")
    return first, last


def share_below_one(parameter: str, value: object) -> float:
    """Return `value` as a float in [0, 1): zero switches the effect off."""
    if value == 0 and not isinstance(value, bool):
        return 0.0
    return checks.fraction(parameter, value)
