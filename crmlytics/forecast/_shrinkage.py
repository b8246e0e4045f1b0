"""Ratios of observed to expected counts, drawn towards 1 as far as they are noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def excess_variance(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    r"""Variance of the true ratios between groups: what is left beyond Poisson's.

    Notes
    -----
    With :math:`O_i \sim Poisson(E_i \theta_i)`, where theta has mean 1 and variance v,
    :math:`E[(O_i - E_i)^2 - E_i] = E_i^2 v`, so that
    :math:`\hat v = \max(0, \sum [(O_i - E_i)^2 - E_i] / \sum E_i^2)`.
    """
    square = float((expected**2).sum())
    if square == 0.0:
        return 0.0
    return max(0.0, float(((observed - expected) ** 2 - expected).sum()) / square)


def shrunk_ratios(
    observed: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Posterior means of the ratios under a gamma prior of mean 1 whose variance the data give.

    Notes
    -----
    (O + 1/v) / (E + 1/v), Clayton and Kaldor (1987), Biometrics 43, 671-681; with v = 0 all are 1.
    """
    variance = excess_variance(observed, expected)
    if variance == 0.0:
        return np.ones(len(observed))
    ratios: NDArray[np.float64] = (observed + 1.0 / variance) / (expected + 1.0 / variance)
    return ratios


def repeated_ratios(
    observed: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shrink the ratios of positions that come again, such as the weeks of a quarter.

    Rows are repetitions, columns positions. What differs between repetitions of a position is
    noise: a pattern counts as far as it is stronger than that. Fewer than two repetitions of a
    position tell nothing: all ratios are 1.
    """
    seen = expected > 0.0
    total = expected.sum(axis=0)
    repeated = seen.sum(axis=0) >= 2
    if repeated.sum() < 2:
        return np.ones(expected.shape[1])
    ratio = np.divide(observed.sum(axis=0), total, out=np.ones_like(total), where=total > 0)
    model = ratio * expected
    # Pearson's statistic over the cells whose position is repeated, per degree of freedom.
    cells = seen & repeated & (model > 0)
    freedom = int(cells.sum() - repeated.sum())
    pearson = float(((observed - model)[cells] ** 2 / model[cells]).sum())
    noise = max(1.0, pearson / freedom) if freedom > 0 else 1.0
    error = np.divide(noise, total, out=np.full_like(total, np.inf), where=repeated & (total > 0))
    spread = (ratio - 1.0) ** 2 - error
    known = np.isfinite(error)
    weight = np.where(known, total, 0.0)
    variance = max(0.0, float(np.average(np.where(known, spread, 0.0), weights=weight)))
    trust = np.where(known, variance / (variance + error), 0.0)
    return np.asarray(1.0 + trust * (ratio - 1.0))
