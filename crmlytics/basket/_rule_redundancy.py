"""What a rule adds to its sub-rules: the same consequent from fewer conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.basket import _significance_tails as tails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlytics.basket._rule_candidates import Candidates

    Ints = NDArray[np.int64]


class BestSubRule(NamedTuple):
    """The highest confidence among the proper sub-rules, as count over count of antecedent.

    The rule from nothing is not among them: where there is no other, the count is 0 of 1.
    """

    both_count: Ints
    antecedent_count: Ints

    def redundant(self, rules: Candidates) -> NDArray[np.bool_]:
        """Whether a sub-rule is at least as confident, decided on integers."""
        return self.both_count * rules.r1 >= rules.a * self.antecedent_count

    def improvement(self, rules: Candidates) -> NDArray[np.float64]:
        """Confidence beyond the best sub-rule or the consequent's support, whichever is more."""
        known = np.maximum(self.both_count / self.antecedent_count, rules.c1 / rules.sets.n_baskets)
        return np.asarray(rules.a / rules.r1 - known, float)


def best_sub_rules(rules: Candidates) -> BestSubRule:
    """The best sub-rule of every candidate, one size after the other."""
    a, r1 = rules.a, rules.r1
    count, under = np.zeros(len(a), np.int64), np.ones(len(a), np.int64)
    for rows, sub in _sub_rules(rules):
        for n, m in ((a[sub], r1[sub]), (count[sub], under[sub])):
            better = n * under[rows] > count[rows] * m
            count[rows[better]], under[rows[better]] = n[better], m[better]
    return BestSubRule(count, under)


def log_p_improvement(rules: Candidates) -> NDArray[np.float64]:
    """Log p-value of X → Y within the baskets of X less one item, the largest of them."""
    a, r1 = rules.a, rules.r1
    result = np.full(len(a), -np.inf)
    alone = rules.sets.sizes[rules.antecedent] == 1
    result[alone] = tails.log_fisher(a[alone], r1[alone], rules.c1[alone], rules.sets.n_baskets)
    for rows, sub in _sub_rules(rules):
        within = tails.log_fisher(a[rows], r1[rows], a[sub], r1[sub])
        result[rows] = np.maximum(result[rows], within)
    return result


def _sub_rules(rules: Candidates) -> Iterator[tuple[Ints, Ints]]:
    """Pairs (rule, the rule without one item of its antecedent), by size, smallest first.

    Within a pair of arrays every rule is there at most once.
    """
    sets = rules.sets
    indptr, _ = sets.members()
    subsets = sets.subsets()
    keys = rules.both * len(sets) + rules.consequent
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    sizes = sets.sizes[rules.both]
    for size in range(3, int(sizes.max(initial=0)) + 1):
        rows = np.flatnonzero(sizes == size)
        for position in range(size):
            smaller = subsets[indptr[rules.both[rows]] + position]
            wanted = smaller * len(sets) + rules.consequent[rows]
            at = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
            # Not found: the item left out was one of the consequent's.
            found = sorted_keys[at] == wanted
            yield rows[found], order[at[found]]
