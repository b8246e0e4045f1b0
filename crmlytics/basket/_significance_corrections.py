"""Corrections for many tests, on logarithms, with one weight per test.

Each test brings the number v of tests among which it counts as one: the size of the family where
all tests are equal, or (L - 1) times the number of possible rules of its length where the search
space is layered (Webb 2008). The weights 1 / v of a whole family sum to one; what was never
examined keeps its weight and rejects nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CORRECTIONS = ("bh", "by", "holm", "bonferroni")


def log_adjusted(
    log_p: Floats, log_tests: Floats, correction: str | None, *, log_total: float
) -> Floats:
    """Adjusted p-values, natural logarithms.

    `log_tests` is ln v of each test, `log_total` ln of the number of tests in the family (only
    ``"by"`` needs it).
    """
    if correction is None or not len(log_p):
        return log_p
    log_q = log_p + log_tests
    if correction == "bonferroni":
        return np.minimum(log_q, 0.0)
    order = np.argsort(log_q, kind="stable")
    ranked = log_q[order]
    if correction == "holm":
        # Step down: the weights of those already rejected are no longer in the family.
        spent = np.cumsum(np.exp(-log_tests[order]))
        before = np.concatenate(([0.0], spent[:-1]))
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.log(np.maximum(1.0 - before, 0.0))
        stepped = np.maximum.accumulate(ranked + left)
    else:
        ranked = ranked - np.log(np.arange(1, len(ranked) + 1))
        if correction == "by":
            ranked = ranked + np.log(_harmonic(log_total))
        stepped = np.minimum.accumulate(ranked[::-1])[::-1]
    result = np.empty_like(stepped)
    result[order] = np.minimum(stepped, 0.0)
    return result


def _harmonic(log_n: float) -> float:
    """1 + 1/2 + ... + 1/n, of which n may be too large for a float."""
    if log_n < np.log(10_000):
        return float((1.0 / np.arange(1, round(np.exp(log_n)) + 1)).sum())
    return float(log_n + np.euler_gamma + 0.5 * np.exp(-log_n))
