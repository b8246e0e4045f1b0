"""How often a rule would be found again, had other customers come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks
from crmlytics.basket import _significance_tails as tails
from crmlytics.basket._arguments import require
from crmlytics.basket._rule_candidates import candidates_of, checked_length, fixed
from crmlytics.basket._rule_counts import members_of, weighted_counts
from crmlytics.basket._rule_frames import checked_backend, side_columns, table_of
from crmlytics.basket._rule_thresholds import checked_confidence, confident, reaches
from crmlytics.basket._significance_corrections import CORRECTIONS, log_adjusted
from crmlytics.basket._significance_families import equal_family
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.itemset_mining import frequent_itemsets
from crmlytics.basket.significance_halves import units_of
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from crmlytics.basket._rule_candidates import Candidates


def rule_stability(
    baskets: Baskets,
    *,
    min_support: float | None = None,
    min_count: int | None = None,
    max_len: int | None = None,
    min_confidence: float = 0.0,
    n_resamples: int = 100,
    correction: Literal["bh", "by", "holm", "bonferroni"] | None = "bh",
    alpha: float = 0.05,
    level: float = 0.95,
    max_consequent: int = 1,
    antecedents: Collection[object] | Callable[[Any], bool] | None = None,
    consequents: Collection[object] | Callable[[Any], bool] | None = None,
    random_state: Any = None,
    backend: Literal["pandas", "polars", "pyarrow"] | None = None,
) -> Any:
    """Resample the customers and see which rules are found, and found significant, again.

    Parameters
    ----------
    baskets : Baskets
        Resampled by customer where customers are known, else by basket.
    min_support, min_count : float or int
        Threshold of the itemsets, one of the two, as in `frequent_itemsets`; the same number of
        baskets in every resample.
    max_len : int, optional
        Most items of a rule.
    min_confidence : float
        Least confidence, in the baskets given and in the resamples.
    n_resamples : int
        How many resamples.
    correction : {"bh", "by", "holm", "bonferroni"} or None
        How p-values are adjusted in each resample, over all candidates of the baskets given.
    alpha : float
        Adjusted p-values up to it are significant.
    level : float
        Confidence of the interval of the lift.
    max_consequent : int
        Most items on the right side.
    antecedents, consequents : collection of names or callable, optional
        Items that a side may hold.
    random_state : None, int or Generator
        Where the chance comes from; an int gives the same table each time.
    backend : {"pandas", "polars", "pyarrow"} or None
        The kind of frame; None means pandas.

    Returns
    -------
    frame
        One row per rule of the baskets given, the most often significant first: ``antecedent``,
        ``consequent``, ``count``, ``confidence``, ``lift``; ``found_share`` of the resamples in
        which it reaches both thresholds; ``significant_share`` in which it does and is
        significant; ``lift_low`` and ``lift_high`` (percentiles over the resamples in which both
        sides were bought); ``n`` resamples.

    Raises
    ------
    NotEnoughDataError
        If there are fewer than 2 customers or baskets.
    ValueError
        If an option is out of range.

    Notes
    -----
    Each resample draws as many customers as there are, with replacement, with all their baskets
    (Efron and Tibshirani 1993). Rules are those of the baskets given: one that only a resample
    would find is not looked for. A share says how sure the *finding* is, not how sure the rule: a
    drawn sample repeats baskets, so its p-values are smaller than those of new customers would be.

    The sets' baskets are listed once and weighted by each resample in one sparse product.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, rule_stability
    >>> orders = Baskets.from_lists(
    ...     [["bread", "butter"]] * 30 + [["bread"]] * 20 + [["milk"]] * 40 + [["butter", "milk"]]
    ... )
    >>> table = rule_stability(orders, min_count=5, n_resamples=50, random_state=1)
    >>> table[["antecedent", "consequent", "lift", "found_share", "significant_share"]].round(2)
      antecedent consequent  lift  found_share  significant_share
    0   [butter]      bread  1.76          1.0                1.0
    1    [bread]     butter  1.76          1.0                1.0
    """
    checks.whole_number("n_resamples", n_resamples, at_least=2)
    checks.fraction("alpha", alpha)
    checks.fraction("level", level)
    checked_backend(backend)
    confidence = checked_confidence(min_confidence)
    if correction is not None:
        checks.word("correction", correction, CORRECTIONS)
    generator = checks.random_generator(random_state)
    require("baskets", baskets, Baskets)
    unit, n_units = units_of(baskets)
    if n_units < 2:
        raise NotEnoughDataError(
            f"{n_units:,} customers or baskets cannot be resampled; at least 2 are needed"
        )
    found = frequent_itemsets(
        baskets, min_support=min_support, min_count=min_count, max_len=max_len
    )
    rules = candidates_of(
        found,
        max_consequent=checked_length(max_consequent),
        antecedents=fixed(antecedents),
        consequents=fixed(consequents),
    )
    rules = rules.kept(rules.examined)
    again = _Resampled(rules, unit, n_units)
    for _ in range(n_resamples):
        again.add(generator, confidence, correction, alpha)
    shown = np.flatnonzero(reaches(rules, min_confidence=confidence, min_lift=None))
    order = shown[np.lexsort((shown, -again.found[shown], -again.significant[shown]))]
    low, high = again.lift_interval(order, level)
    a, r1, c1 = (values[order] for values in (rules.a, rules.r1, rules.c1))
    columns = side_columns(
        found, rules.antecedent[order], rules.consequent[order], single=max_consequent == 1
    ) | {
        "count": a,
        "confidence": a / r1,
        "lift": a * float(found.n_baskets) / (r1 * c1.astype(float)),
        "found_share": again.found[order] / n_resamples,
        "significant_share": again.significant[order] / n_resamples,
        "lift_low": low,
        "lift_high": high,
        "n": np.full(len(order), n_resamples, np.int64),
    }
    return table_of(columns, backend=backend, items=baskets.items)


class _Resampled:
    """Running counts over the resamples, and the lifts of each."""

    def __init__(self, rules: Candidates, unit: NDArray[np.int64], n_units: int) -> None:
        self._rules, self._unit, self._n_units = rules, unit, n_units
        sets = rules.sets
        self._weighted = weighted_counts(
            sets.baskets, members_of(sets, np.arange(len(sets), dtype=np.int64))
        )
        self._family = equal_family(len(rules.both))
        self.found = np.zeros(len(rules.both), np.int64)
        self.significant = np.zeros(len(rules.both), np.int64)
        self._lifts: list[NDArray[np.float32]] = []

    def add(
        self,
        generator: np.random.Generator,
        min_confidence: float,
        correction: str | None,
        alpha: float,
    ) -> None:
        """Draw customers, count, test."""
        drawn = np.bincount(
            generator.integers(self._n_units, size=self._n_units), minlength=self._n_units
        )
        weight = drawn[self._unit]
        n = int(weight.sum())
        counts = self._weighted(weight)
        rules = self._rules
        a, r1, c1 = (counts[side] for side in (rules.both, rules.antecedent, rules.consequent))
        found = (a >= rules.sets.min_count) & confident(a, r1, min_confidence)
        log_p = tails.log_fisher(a, r1, c1, n)
        adjusted = log_adjusted(
            log_p, self._family.log_tests, correction, log_total=self._family.log_total
        )
        self.found += found
        self.significant += found & (adjusted <= np.log(alpha))
        with np.errstate(invalid="ignore"):
            lift = a * float(n) / (r1 * c1.astype(float))
        self._lifts.append(lift.astype(np.float32))

    def lift_interval(
        self, rows: NDArray[np.int64], level: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Percentiles of the lift, NaN where a side was never drawn."""
        if not len(rows):
            return np.empty(0), np.empty(0)
        lifts = np.array([one[rows] for one in self._lifts], float)
        known = ~np.isnan(lifts).all(axis=0)
        ends = np.full((2, len(rows)), np.nan)
        shares = [(1 - level) / 2, (1 + level) / 2]
        ends[:, known] = np.nanquantile(lifts[:, known], shares, axis=0)
        return ends[0], ends[1]
