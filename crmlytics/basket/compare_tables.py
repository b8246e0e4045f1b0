"""Which rules changed between two periods or two segments."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks
from crmlytics.basket._arguments import require
from crmlytics.basket._compare_tests import Sample, newcombe, odds_change
from crmlytics.basket._rows import offsets, plain_names
from crmlytics.basket._rule_candidates import candidates_of, checked_length, fixed
from crmlytics.basket._rule_counts import ItemSets, counts_of, members_of, recoded
from crmlytics.basket._rule_frames import checked_backend, name_column, table_of
from crmlytics.basket._significance_corrections import CORRECTIONS, log_adjusted
from crmlytics.basket._significance_families import equal_family
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.itemset_table import Itemsets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from crmlytics.basket._rule_candidates import Candidates


def compare_rules(
    before: Itemsets,
    after: Itemsets,
    *,
    level: float = 0.95,
    correction: Literal["bh", "by", "holm", "bonferroni"] | None = "bh",
    alpha: float = 0.05,
    max_consequent: int = 1,
    antecedents: Collection[object] | Callable[[Any], bool] | None = None,
    consequents: Collection[object] | Callable[[Any], bool] | None = None,
    backend: Literal["pandas", "polars", "pyarrow"] | None = None,
) -> Any:
    r"""Set the rules of two periods, shops or segments side by side and test what changed.

    Parameters
    ----------
    before, after : Itemsets
        Results of `frequent_itemsets` from two groups of baskets that have none in common.
    level : float
        Confidence of the intervals.
    correction : {"bh", "by", "holm", "bonferroni"} or None
        How p-values are adjusted for all rules compared.
    alpha : float
        Adjusted p-values up to it are significant.
    max_consequent : int
        Most items on the right side.
    antecedents, consequents : collection of names or callable, optional
        Items that a side may hold, fixed before looking.
    backend : {"pandas", "polars", "pyarrow"} or None
        The kind of frame; None means pandas.

    Returns
    -------
    frame
        One row per rule that is a candidate in either group, the most significant change first:
        ``antecedent`` (list of names), ``consequent`` (a name; a list where `max_consequent` is
        above 1), ``found_in`` ("both", "before", "after": where its itemset was frequent); for
        each group ``count_before``, ``antecedent_count_before``, ``consequent_count_before``,
        ``confidence_before``, ``lift_before`` and the same ``_after``, counted also where the rule
        was too rare to be found; ``confidence_difference`` (after less before) with ``low`` and
        ``high``; ``log_odds_ratio_before``, ``log_odds_ratio_after``,
        ``log_odds_ratio_difference``, ``z``, ``p_value``, ``log10_p_value``, ``p_adjusted``,
        ``significant``, ``n_tests``.

    Raises
    ------
    ValueError
        If the itemsets are maximal or hold no baskets, or an option is out of range.

    Notes
    -----
    The interval is Newcombe's hybrid score (his method 10). The test asks whether the association
    changed, not only the consequent's popularity: the difference of the log odds ratios over its
    standard error (Woolf), two-sided, with one half added to the eight cells where one is 0.

    The p-values take baskets as independent. Two periods of the same customers are not quite: a
    customer's habits are in both, which makes the test conservative for changes within customers
    and says nothing about who was lost.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent
    proportions: comparison of eleven methods. Statistics in Medicine 17, 873-890.
    Woolf, B. (1955). On estimating the relation between blood group and disease. Annals of Human
    Genetics 19, 251-253.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, compare_rules, frequent_itemsets
    >>> may = Baskets.from_lists([["tea", "cake"]] * 5 + [["tea"]] * 25 + [["cake"]] * 20)
    >>> june = Baskets.from_lists([["tea", "cake"]] * 20 + [["tea"]] * 10 + [["cake"]] * 20)
    >>> found = compare_rules(
    ...     frequent_itemsets(may, min_count=10), frequent_itemsets(june, min_count=10)
    ... )
    >>> found[["antecedent", "consequent", "found_in", "confidence_difference"]]
      antecedent consequent found_in  confidence_difference
    0     [cake]        tea    after                    0.3
    1      [tea]       cake    after                    0.5
    """
    checks.fraction("level", level)
    checks.fraction("alpha", alpha)
    if correction is not None:
        checks.word("correction", correction, CORRECTIONS)
    checked_backend(backend)
    checked_length(max_consequent)
    antecedents, consequents = fixed(antecedents), fixed(consequents)
    for name, itemsets in (("before", before), ("after", after)):
        require(name, itemsets, Itemsets)
        _refuse_without_baskets(name, itemsets)
    sides = [
        candidates_of(
            itemsets,
            max_consequent=max_consequent,
            antecedents=_known(antecedents, itemsets, (before, after), "antecedents"),
            consequents=_known(consequents, itemsets, (before, after), "consequents"),
        )
        for itemsets in (before, after)
    ]
    union = _Union(sides[0], sides[1])
    first, second = union.counted(before.baskets), union.counted(after.baskets)
    columns = union.names(single=max_consequent == 1) | _columns(first, second, level)
    odds = odds_change(first, second)
    n_tests = len(odds.z)
    family = equal_family(n_tests)
    adjusted = log_adjusted(odds.log_p, family.log_tests, correction, log_total=family.log_total)
    columns |= {
        "log_odds_ratio_before": odds.before,
        "log_odds_ratio_after": odds.after,
        "log_odds_ratio_difference": odds.after - odds.before,
        "z": odds.z,
        "p_value": np.exp(odds.log_p),
        "log10_p_value": odds.log_p / np.log(10.0),
        "p_adjusted": np.exp(adjusted),
        "significant": adjusted <= np.log(alpha),
        "n_tests": np.full(n_tests, n_tests, np.int64),
    }
    # Rounded, so that mirrored rules, equal but for the last digit, stay in the order of names.
    order = np.lexsort((np.arange(n_tests), np.round(odds.log_p, 9)))
    return table_of(
        {name: _taken(values, order) for name, values in columns.items()},
        backend=backend,
        items=union.items,
    )


class _Union:
    """Candidates of both groups under one coding of the names, each rule once."""

    def __init__(self, before: Candidates, after: Candidates) -> None:
        parts = [before.kept(before.examined), after.kept(after.examined)]
        names = {name for one in parts for name in one.sets.baskets.items.tolist()}
        # Refuses text on one side and integers on the other.
        self.items = plain_names(list(names), "before and after")
        self.items.sort()
        # A basket-less twin knows the joint codes.
        self._coding = Baskets(np.zeros(1, np.int64), np.empty(0, np.int32), self.items)
        sides = [
            [self._coded(one, position) for position in (one.antecedent, one.consequent)]
            for one in parts
        ]
        rules = [list(zip(left, right, strict=True)) for left, right in sides]
        origin = [set(one) for one in rules]
        self._rules = sorted(origin[0] | origin[1], key=_by_length)
        self.found_in = [
            "both" if rule in origin[0] and rule in origin[1]
            else "before" if rule in origin[0] else "after"
            for rule in self._rules
        ]  # fmt: skip

    def _coded(self, rules: Candidates, position: NDArray[np.int64]) -> list[tuple[int, ...]]:
        sets = recoded(members_of(rules.sets, position), rules.sets.baskets.items, self._coding)
        codes, ends = sets.items.tolist(), sets.indptr.tolist()
        return [tuple(sorted(codes[a:b])) for a, b in itertools.pairwise(ends)]

    def counted(self, baskets: Baskets) -> Sample:
        """Counts of every rule, frequent there or not."""
        both = [tuple(sorted(left + right)) for left, right in self._rules]
        return Sample(
            self._counts(both, baskets),
            self._counts([left for left, _ in self._rules], baskets),
            self._counts([right for _, right in self._rules], baskets),
            baskets.n_baskets,
        )

    def _counts(self, sets: list[tuple[int, ...]], baskets: Baskets) -> NDArray[np.int64]:
        distinct = sorted(set(sets))
        place = {one: at for at, one in enumerate(distinct)}
        flat = ItemSets(
            offsets(np.array([len(one) for one in distinct], np.int64)),
            np.array([code for one in distinct for code in one], np.int64),
        )
        known = recoded(flat, self.items, baskets)
        counts = counts_of(baskets.indptr, baskets.indices, known)
        return counts[np.array([place[one] for one in sets], np.int64)]

    def names(self, *, single: bool) -> dict[str, Any]:
        """The sides as names, and where each rule was found."""
        named = self.items.tolist()
        left = [[named[code] for code in one] for one, _ in self._rules]
        right = [[named[code] for code in one] for _, one in self._rules]
        consequent = name_column([one[0] for one in right], self.items) if single else right
        found_in = np.empty(len(right), object)
        found_in[:] = self.found_in
        return {
            "antecedent": left,
            "consequent": consequent,
            "found_in": found_in,
        }


def _by_length(rule: tuple[tuple[int, ...], tuple[int, ...]]) -> Any:
    return len(rule[0]) + len(rule[1]), rule


def _columns(before: Sample, after: Sample, level: float) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, sample in (("before", before), ("after", after)):
        columns |= {
            f"count_{name}": sample.a,
            f"antecedent_count_{name}": sample.r1,
            f"consequent_count_{name}": sample.c1,
            f"confidence_{name}": sample.confidence,
            f"lift_{name}": sample.lift,
        }
    low, high = newcombe(before, after, level)
    difference = after.confidence - before.confidence
    return columns | {"confidence_difference": difference, "low": low, "high": high}


def _taken(values: Any, order: NDArray[np.int64]) -> Any:
    return [values[at] for at in order] if isinstance(values, list) else values[order]


def _known(template: Any, itemsets: Itemsets, both: Any, parameter: str) -> Any:
    """A template may name items that only one of the groups has."""
    if template is None or callable(template) or isinstance(template, str):
        return template
    wanted = set(template)
    items = [set(one.baskets.items.tolist()) for one in both]
    if unknown := wanted - items[0] - items[1]:
        # Let the baskets say which name is like it.
        itemsets.baskets.codes_of(sorted(unknown), parameter=parameter)
    return wanted & set(itemsets.baskets.items.tolist())


def _refuse_without_baskets(name: str, itemsets: Itemsets) -> None:
    if itemsets.baskets.n_baskets != itemsets.n_baskets:
        raise ValueError(f"{name} holds itemsets without their baskets, so nothing can be counted")
