"""Thresholds of rules on whole numbers: a confidence of exactly 4/5 passes 0.8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks
from crmlytics.basket.thresholds import exact_share

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from crmlytics.basket._rule_candidates import Candidates

_SAFE = 2**62


def reaches(
    rules: Candidates, *, min_confidence: float, min_lift: float | None
) -> NDArray[np.bool_]:
    """Which rules reach both thresholds."""
    a, r1, c1, n = rules.a, rules.r1, rules.c1, rules.sets.n_baskets
    kept = np.ones(len(a), bool)
    kept &= confident(a, r1, min_confidence)
    if min_lift is not None and min_lift > 0:
        share = exact_share(min_lift)
        kept &= _lift_at_least(a, r1, c1, n, share)
    return kept


def confident(
    a: NDArray[np.int64], r1: NDArray[np.int64], min_confidence: float
) -> NDArray[np.bool_]:
    """Whether a / r1 reaches the confidence."""
    if min_confidence <= 0:
        return np.ones(len(a), bool)
    return _at_least(a, r1, exact_share(min_confidence))


def checked_confidence(min_confidence: Any) -> float:
    """A share of 0 to 1."""
    value = checks.number("min_confidence", min_confidence, at_least=0)
    if value > 1:
        hint = f"; did you mean {value / 100:g}?" if value <= 100 else ""
        raise ValueError(f"min_confidence must be at most 1, got {min_confidence!r}{hint}")
    return value


def _at_least(a: NDArray[Any], r1: NDArray[Any], share: Fraction) -> NDArray[np.bool_]:
    num, den = share.numerator, share.denominator
    if max(num, den) * int(r1.max(initial=1)) > _SAFE:
        a, r1 = a.astype(object), r1.astype(object)  # Python's integers have no end
    return np.asarray(a * den >= r1 * num, bool)


def _lift_at_least(
    a: NDArray[Any], r1: NDArray[Any], c1: NDArray[Any], n: int, share: Fraction
) -> NDArray[np.bool_]:
    num, den = share.numerator, share.denominator
    most = max(int(r1.max(initial=1)), int(c1.max(initial=1)))
    if max(num * most, den * n) * most > _SAFE:
        a, r1, c1 = (x.astype(object) for x in (a, r1, c1))
    return np.asarray(a * (n * den) >= r1 * c1 * num, bool)
