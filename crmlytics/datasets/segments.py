"""Segments of customers who buy alike: the parameters that the simulators plant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlytics._core import checks

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNELS = ("Search", "Referral", "Social", "Trade fair")
INDUSTRIES = ("Services", "Education", "Health", "Retail", "Hospitality")

_PARAMETERS = ("r", "alpha", "a", "b", "spend_p", "spend_q", "spend_gamma")


@dataclass(frozen=True)
class Segment:
    """Customers who share the parameters of buying, stopping and spending.

    Parameters
    ----------
    name : str
        Name of the segment.
    share : float
        Probability that a customer belongs to it.
    r, alpha : float
        Purchase rates per week are Gamma(shape `r`, rate `alpha`).
    a, b : float
        Dropout probabilities after each repeat purchase are Beta(`a`, `b`).
    spend_p, spend_q, spend_gamma : float
        An order is worth Gamma(shape `spend_p`, rate ν), with ν Gamma(shape `spend_q`,
        rate `spend_gamma`) across customers. The mean order is worth
        ``spend_p * spend_gamma / (spend_q - 1)``, so `spend_q` must exceed 1.
    channel_shares, industry_shares : tuple of float, optional
        Distributions over the words in ``CHANNELS`` and ``INDUSTRIES``; even by default.

    Raises
    ------
    ValueError
        If the name is empty, a parameter is not positive or shares do not sum to 1.

    Examples
    --------
    >>> regulars = Segment("Regulars", share=1.0, r=2.0, alpha=10.0, a=1.0, b=9.0)
    >>> regulars.mean_order_value
    150.0
    """

    name: str
    share: float
    r: float
    alpha: float
    a: float
    b: float
    spend_p: float = 6.0
    spend_q: float = 5.0
    spend_gamma: float = 100.0
    channel_shares: tuple[float, ...] = (0.25, 0.25, 0.25, 0.25)
    industry_shares: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ValueError(f"name must be a non-empty text, got {self.name!r}")
        for parameter in ("share", *_PARAMETERS):
            checks.number(parameter, getattr(self, parameter), above=0.0)
        checks.number("spend_q", self.spend_q, above=1.0)
        _distribution("channel_shares", self.channel_shares, CHANNELS)
        _distribution("industry_shares", self.industry_shares, INDUSTRIES)

    @property
    def mean_order_value(self) -> float:
        """Mean value of an order over the customers of the segment."""
        return self.spend_p * self.spend_gamma / (self.spend_q - 1.0)


def checked_segments(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return the segments if their names differ and their shares sum to 1."""
    result = tuple(segments)
    if not result or not all(isinstance(one, Segment) for one in result):
        raise TypeError("segments must be a non-empty sequence of crmlytics.datasets.Segment")
    if len({one.name for one in result}) < len(result):
        raise ValueError("segments must have different names")
    total = sum(one.share for one in result)
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"the shares of the segments must sum to 1, got {total:g}")
    return result


def segment_frame(segments: Sequence[Segment]) -> pd.DataFrame:
    """One row per segment: its share, parameters and mean order value."""
    rows = [
        {
            "segment": one.name,
            "share": one.share,
            **{parameter: float(getattr(one, parameter)) for parameter in _PARAMETERS},
            "mean_order_value": one.mean_order_value,
        }
        for one in segments
    ]
    return pd.DataFrame(rows)


def _distribution(parameter: str, shares: tuple[float, ...], words: tuple[str, ...]) -> None:
    if len(shares) != len(words) or min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-9:
        raise ValueError(
            f"{parameter} must be {len(words)} shares that sum to 1, one for each of "
            f"{', '.join(words)}; got {shares!r}"
        )
