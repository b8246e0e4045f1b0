"""The unit of a series, told from how far its dates lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import codes, periods
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Smallest distance between neighbours, in days, that each unit can show.
_NEIGHBOURS: dict[periods.Unit, tuple[int, int]] = {
    "D": (1, 1),
    "W": (7, 7),
    "M": (28, 31),
    "Q": (89, 92),
    "Y": (365, 366),
}


def unit_of(code: NDArray[np.int64], day: NDArray[np.int64]) -> periods.Unit:
    """Unit in which most dates of a series follow the one before by one period."""
    who, when = codes.distinct_pairs(code, day)
    same = who[1:] == who[:-1]
    gaps = np.diff(when)[same]
    if not len(gaps):
        raise DataContractError(
            "unit cannot be told: no series has two dates; pass unit='D', 'W', 'M', 'Q' or 'Y'"
        )
    smallest = int(gaps.min())
    for unit, (low, high) in _NEIGHBOURS.items():
        steps = np.diff(periods.periods_of(when, unit))[same]
        if low <= smallest <= high and np.mean(steps == 1) >= 0.5:
            return unit
    raise DataContractError(
        f"unit cannot be told: the nearest dates of a series lie {smallest:,} days apart, the "
        f"farthest {int(gaps.max()):,}; pass unit='D', 'W', 'M', 'Q' or 'Y', and write the periods "
        "without sales as zeros (sales_series does)"
    )
