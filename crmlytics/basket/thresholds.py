"""Thresholds as whole numbers: a support met exactly is met."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Real

from crmlytics._core import checks

_FINEST = 10**6


def count_needed(*, min_support: float | None, min_count: int | None, n_baskets: int) -> int:
    """The number of baskets that an itemset must reach, from either way of saying it."""
    if (min_support is None) == (min_count is None):
        given = "neither" if min_support is None else "both"
        raise ValueError(
            f"give one of min_support (a share of the baskets) and min_count (a number of "
            f"baskets), got {given}"
        )
    if min_count is not None:
        return checks.whole_number("min_count", min_count, at_least=1)
    if not isinstance(min_support, Real) or isinstance(min_support, bool):
        raise ValueError(f"min_support must be a number, got {min_support!r}")
    support = float(min_support)
    if not 0.0 < support <= 1.0:
        raise ValueError(
            f"min_support must be above 0 and at most 1, got {support:g}{_remedy(support)}"
        )
    # A share printed as k/n must give k again: 7/25 * 25 is 7.000000000000001 in floats.
    nearest = round(support * n_baskets)
    if n_baskets and nearest / n_baskets == support:
        return max(nearest, 1)
    return max(math.ceil(Fraction(repr(support)) * n_baskets), 1)


def _remedy(support: float) -> str:
    if support <= 0.0:
        return "; an itemset must be in at least one basket: pass min_count=1 to see them all"
    if math.isfinite(support) and support == int(support):
        return f"; for a number of baskets pass min_count={support:g}"
    return f"; did you mean {support / 100:g}?" if support < 100.0 else ""


def exact_share(share: float) -> Fraction:
    """The fraction that a float was meant to be: 4/5 for 0.8, 1/3 for 1/3, k/n for k/n."""
    simple = Fraction(share).limit_denominator(_FINEST)
    return simple if float(simple) == share else Fraction(repr(float(share)))
