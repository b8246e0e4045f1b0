"""How the level of a rate has moved: a count a week against what was expected of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Akaike's price of a parameter, in log-likelihood: drift is believed when it explains more.
_COST_OF_DRIFT = 1.0
_DISCOUNTS = np.append(np.arange(0.6, 1.0, 0.02), 1.0)


class Level(NamedTuple):
    """Present ratio of counts to expectations: gamma of `shape` and mean `ratio`.

    `discount` is the weight that a week loses to the next one; 1 is no drift.
    """

    ratio: float
    shape: float
    discount: float

    def variance(self, weeks: float) -> float:
        """Relative variance of the level, averaged over the next `weeks`.

        Every week ahead adds what the next one does in the filter, (1 / discount - 1) / shape.
        The filter itself would multiply, and a quarter ahead be lost in the fog.
        """
        ahead = (max(weeks, 1.0) + 1.0) / 2.0
        return (1.0 + ahead * (1.0 / self.discount - 1.0)) / self.shape


def learn_level(
    observed: NDArray[np.float64], expected: NDArray[np.float64], *, drift: bool = True
) -> Level:
    r"""Filter the ratio of weekly counts to their expectations, oldest week first.

    Notes
    -----
    Harvey and Fernandes (1989), Journal of Business & Economic Statistics 7, 407-417: the level is
    gamma with shape a and rate b; a week passes by :math:`a \leftarrow \omega a,\ b \leftarrow
    \omega b`, which keeps its mean and widens it, and a count O of which E were expected adds
    O to a and E to b. Before it is seen the count is negative binomial, and the discount omega is
    the one with the largest likelihood of all weeks, or 1 if that
    is not worth a parameter by Akaike's criterion. It starts at a = b = 1.
    """
    discounts = _DISCOUNTS if drift else np.ones(1)
    a, b = np.ones(len(discounts)), np.ones(len(discounts))
    likelihood = np.zeros(len(discounts))
    for count, due in zip(observed, expected, strict=True):
        if due <= 0:
            continue
        a, b = discounts * a, discounts * b
        likelihood += gammaln(a + count) - gammaln(a)
        likelihood += a * np.log(b / (b + due)) + count * np.log(due / (b + due))
        a, b = a + count, b + due
    best = int(np.argmax(likelihood))
    if likelihood[best] - likelihood[-1] <= _COST_OF_DRIFT:
        best = len(discounts) - 1
    return Level(float(a[best] / b[best]), float(a[best]), float(discounts[best]))


def weekly(daily: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over whole weeks, the last one ending with the last day."""
    n = len(daily) // 7
    sums: NDArray[np.float64] = daily[len(daily) - 7 * n :].reshape(n, 7).sum(axis=1)
    return sums
