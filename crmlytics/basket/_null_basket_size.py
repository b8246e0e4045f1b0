"""Rules against baskets in which only sizes and item counts are as they are.

Big baskets hold everything together, so that nearly every frequent pair has a lift above 1. Here
the expected count of X → y adds up, over the baskets that hold X, how likely y is in a basket of
that size (see `_null_places`), once the places that X fills are taken.

A rule is a candidate because its count reached the least count of the itemsets. Among those that
do, P(N >= a) is no p-value: rules far more numerous than the candidates could have got there by
chance. P(N >= a | N >= least) is one, whatever the expected count (as in Fithian, Sun and Taylor
2014), and a family as large as the candidates suffices.

The model and the tail are published; putting them together for rules, and taking X's places, is
a synthesis of this library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.basket._null_places import Places, fit_places, probabilities
from crmlytics.basket._null_tails import log_poisson_binomial
from crmlytics.basket._rule_counts import ItemSets, counts_by_group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket.basket_matrix import Baskets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_GRID = 4000
_ROUNDS = 40
_CLOSE = 1e-7
_CELLS = 1 << 20  # rules times sizes worked on at a time
_NEVER = -1e300


class SizeNull(NamedTuple):
    """What sizes alone lead to: of each rule the expected count and two tails, as logarithms.

    `log_p` is that of the count found, `log_p_selected` the same among those that reach the least
    count: P(N >= a) / P(N >= least).
    """

    expected: Floats
    log_p: Floats
    log_p_selected: Floats


def against_sizes(
    baskets: Baskets,
    antecedents: ItemSets,
    antecedent: Ints,
    item: Ints,
    count: Ints,
    *,
    least: int = 0,
) -> SizeNull:
    """Test rules: `antecedent` numbers the set of X, `item` is the code of y.

    `least` is the count below which a rule would not have been looked at.
    """
    places = fit_places(baskets.sizes, baskets.item_counts)
    # One more item, that no basket has: what unknown names are coded as.
    places = places._replace(beta=np.append(places.beta, _NEVER))
    group = np.searchsorted(places.sizes, baskets.sizes)
    held = counts_by_group(baskets.indptr, baskets.indices, antecedents, group, len(places.sizes))
    alpha = alpha_given(places, antecedents, held > 0)
    expected, log_p, log_reach = (np.empty(len(count)) for _ in range(3))
    step = max(1, _CELLS // max(len(places.sizes), 1))
    for start in range(0, len(count), step):
        rows = slice(start, start + step)
        x = antecedent[rows]
        chance = probabilities(alpha[x], places.beta[item[rows], None])
        expected[rows] = (held[x] * chance).sum(axis=1)
        log_p[rows] = log_poisson_binomial(count[rows], held[x], chance)
        reached = np.minimum(count[rows], least)
        log_reach[rows] = log_poisson_binomial(reached, held[x], chance)
    # Where the model leaves no room for either count there is no quotient: the tail stands.
    with np.errstate(invalid="ignore"):
        selected = np.where(np.isfinite(log_reach), np.minimum(log_p - log_reach, 0.0), log_p)
    return SizeNull(expected, log_p, selected)


def alpha_given(places: Places, antecedents: ItemSets, wanted: NDArray[np.bool_]) -> Floats:
    """α of each antecedent and basket size, such that the items beyond X fill s - |X| places.

    With α the chances of the other items add up to the places left: the sum over all items less
    that over X itself. A contraction, solved by iteration on an interpolated inverse.
    """
    result = np.full(wanted.shape, _NEVER)
    grid, filled = _fillings(places)
    for size in np.unique(antecedents.sizes):
        rows = np.flatnonzero(antecedents.sizes == size)
        beta = places.beta[antecedents.items[antecedents.indptr[rows][:, None] + np.arange(size)]]
        cell, column = np.nonzero(wanted[rows] & (places.sizes > size))
        left = np.log(places.sizes[column] - size)
        alpha = np.interp(left, filled, grid)
        for _ in range(_ROUNDS):
            taken = probabilities(alpha[:, None], beta[cell]).sum(axis=1)
            new = np.interp(np.log(places.sizes[column] - size + taken), filled, grid)
            moved = np.abs(new - alpha).max(initial=0.0)
            alpha = new
            if moved < _CLOSE:
                break
        result[rows[cell], column] = alpha
    return result


def _fillings(places: Places) -> tuple[Floats, Floats]:
    """A grid of α and the log of the expected basket size at each."""
    inner = np.abs(places.alpha) < 1e3
    ends = places.alpha[inner] if inner.any() else np.zeros(1)
    grid = np.linspace(ends.min() - 12.0, ends.max() + 12.0, _GRID)
    beta, n = np.unique(places.beta, return_counts=True)
    step = max(1, _CELLS // len(beta))
    parts = [
        probabilities(grid[start : start + step, None], beta) @ n for start in range(0, _GRID, step)
    ]
    filled = np.concatenate(parts)
    return grid, np.log(np.maximum(filled, 1e-300))
