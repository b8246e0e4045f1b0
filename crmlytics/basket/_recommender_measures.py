"""Hit rate, reciprocal rank and coverage of recommenders, with intervals and differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.basket._recommender_resampling import interval, resampled_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

METRICS = ("hit_rate", "mrr", "coverage")


class Answers(NamedTuple):
    """One recommender's answers to all cases: the rank of each first hit, 0 without one.

    `best_rank` is of each item the best rank at which it came in any case, 0 if it never came.
    """

    first_hit: Ints
    best_rank: Ints


def measured(
    answers: Mapping[str, Answers],
    group: Ints,
    sizes: Sequence[int],
    *,
    n_sold: int,
    baseline: str,
    n_draws: int,
    level: float,
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    """Columns of the table: a row per recommender, metric and number of recommended items."""
    width = 2 * len(sizes)
    values = np.concatenate([_per_case(one, sizes) for one in answers.values()], axis=1)
    found = resampled_means(values, group, n_draws=n_draws, rng=rng)
    base = list(answers).index(baseline) * width
    # The baseline's columns under those of every recommender.
    under = np.tile(np.arange(base, base + width), len(answers))
    low, high = interval(found.draws, level)
    less, more = interval(found.draws - found.draws[:, under], level)
    covered = np.array([[_coverage(one, k, n_sold) for k in sizes] for one in answers.values()])
    none = np.full_like(covered, np.nan)

    def rows(of_cases: Floats, of_items: Floats) -> Floats:
        """Put the two measures of cases and the coverage of each recommender in a row."""
        by_name = of_cases.reshape(len(answers), width)
        return np.concatenate([by_name, of_items], axis=1).ravel()

    difference = {
        "difference": rows(
            found.means - found.means[under], covered - covered[list(answers).index(baseline)]
        ),
        "difference_low": rows(less, none),
        "difference_high": rows(more, none),
    }
    names = np.repeat(np.array(list(answers), object), 3 * len(sizes))
    for column in difference.values():
        column[names == baseline] = np.nan
    return {
        "recommender": names,
        "metric": np.tile(np.repeat(np.array(METRICS, object), len(sizes)), len(answers)),
        "k": np.tile(np.array(sizes, np.int64), 3 * len(answers)),
        "value": rows(found.means, covered),
        "low": rows(low, none),
        "high": rows(high, none),
        "n": np.tile(np.repeat([len(group), len(group), n_sold], len(sizes)), len(answers)),
        **difference,
    }


def _per_case(one: Answers, sizes: Sequence[int]) -> Floats:
    """Of each case hit and reciprocal rank among the first k, for each k: (cases, 2 × sizes)."""
    hit = np.stack([(one.first_hit > 0) & (one.first_hit <= k) for k in sizes], axis=1)
    return np.concatenate([hit, hit / np.maximum(one.first_hit, 1)[:, None]], axis=1)


def _coverage(one: Answers, k: int, n_sold: int) -> float:
    return float(((one.best_rank > 0) & (one.best_rank <= k)).sum()) / n_sold
