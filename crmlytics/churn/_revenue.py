"""Weights of later money, and what is lost of it as contracts end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks

if TYPE_CHECKING:
    from numpy.typing import NDArray


def discounts(rate: float, horizon: int) -> NDArray[np.float64]:
    """Return (1 + rate)^-s for the periods s = 1 … horizon."""
    value = checks.number("rate", rate, at_least=0.0)
    return (1.0 + value) ** -np.arange(1, horizon + 1, dtype=np.float64)
