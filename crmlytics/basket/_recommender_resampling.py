"""How far measures of recommenders would move on other customers: the bootstrap by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Resampled(NamedTuple):
    """Means of each column over the cases, and their values in every draw (draws × columns)."""

    means: Floats
    draws: Floats


def resampled_means(
    values: Floats, group: Ints, *, n_draws: int, rng: np.random.Generator
) -> Resampled:
    """Draw whole groups with replacement; all columns share the draws, so differences pair up.

    `values` has a row per case. A group drawn twice brings its cases twice.
    """
    _, code = np.unique(group, return_inverse=True)
    n_groups = int(code.max()) + 1
    cases = np.bincount(code, minlength=n_groups).astype(np.float64)
    sums = np.stack([np.bincount(code, column, minlength=n_groups) for column in values.T])
    draws = np.empty((n_draws, values.shape[1]))
    for number in range(n_draws):
        times = np.bincount(rng.integers(0, n_groups, n_groups), minlength=n_groups)
        draws[number] = (sums @ times) / (cases @ times)
    return Resampled(values.mean(axis=0), draws)


def interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Percentile interval of each column."""
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(draws, (tail, 1.0 - tail), axis=0)
    return low, high
