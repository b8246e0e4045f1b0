"""Association rules, with p-values that count what was examined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks
from crmlytics.basket._arguments import require
from crmlytics.basket._measure_formulas import MEASURES, Cells, measured
from crmlytics.basket._rule_candidates import candidates_of, checked_length, fixed
from crmlytics.basket._rule_frames import checked_backend, side_columns, table_of
from crmlytics.basket._rule_redundancy import best_sub_rules, log_p_improvement
from crmlytics.basket._rule_tests import outcomes_of, plan_of
from crmlytics.basket._rule_thresholds import checked_confidence, reaches
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.itemset_table import Itemsets
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from crmlytics.basket._rule_candidates import Candidates
    from crmlytics.basket._rule_redundancy import BestSubRule
    from crmlytics.basket._rule_tests import Outcomes, SignificancePlan

_DEFAULT = ("support", "confidence", "lift", "leverage", "conviction")
_BESIDE = ("improvement", "p_improvement")
_REDUNDANCY = (False, True, "confidence", "significance")


def association_rules(
    itemsets: Itemsets,
    *,
    min_confidence: float = 0.0,
    min_lift: float | None = None,
    min_improvement: float | None = None,
    measures: Sequence[str] | Literal["all"] = _DEFAULT,
    correction: Literal["bh", "by", "holm", "bonferroni"] | None = "bh",
    family: Literal["candidates", "search_space", "holdout"] = "candidates",
    null: Literal["independence", "basket_size"] = "independence",
    test: Literal["fisher", "chi_square"] = "fisher",
    alpha: float = 0.05,
    max_consequent: int = 1,
    holdout: Baskets | None = None,
    drop_redundant: bool | Literal["confidence", "significance"] = False,
    antecedents: Collection[object] | Callable[[Any], bool] | None = None,
    consequents: Collection[object] | Callable[[Any], bool] | None = None,
    backend: Literal["pandas", "polars", "pyarrow"] | None = None,
) -> Any:
    r"""Turn itemsets into rules "who buys X also buys Y", measured and tested.

    Parameters
    ----------
    itemsets : Itemsets
        A result of `frequent_itemsets`: all itemsets, closed ones (rules come from the closed
        sets, the counts of their parts are recovered) or generators. Maximal ones are refused.
    min_confidence : float
        Least confidence of the rules kept, from 0 to 1. Compared in whole numbers: 4 of 5 is 0.8.
    min_lift : float, optional
        Least lift of the rules kept, compared in whole numbers too.
    min_improvement : float, optional
        Least improvement (see `measures`) of the rules kept.
    measures : sequence of str or "all"
        Columns wanted beside the counts: the names of `rule_measures`; ``"improvement"``, the
        confidence beyond that of the best rule with fewer conditions (none included); and
        ``"p_improvement"``, the p-value of Y within the baskets of X less one item, the largest.
    correction : {"bh", "by", "holm", "bonferroni"} or None
        How p-values are adjusted for the family. Benjamini-Hochberg and -Yekutieli bound the
        share of false rules among the significant ones (the former under positive dependence,
        the latter always); Holm and Bonferroni the chance of any. None leaves them as they are.
    family : {"candidates", "search_space", "holdout"}
        What the correction counts as tests. ``"candidates"``: every rule that the itemsets hold,
        kept or not; with ``null="independence"`` approximate, for it does not correct for the
        support threshold, which looks at the count that is tested. ``"search_space"``: every rule
        that could have been written with the items, each length with an equal share of the error
        (Webb's layered critical values): strict, weak for long rules. ``"holdout"``: the rules
        that pass all filters, and tested in the baskets of `holdout` only.
    null : {"independence", "basket_size"}
        What a rule is tested against. ``"independence"``: the consequent falls into any basket
        alike. ``"basket_size"``: into big baskets more than into small ones, as they have places;
        adds ``expected_count`` and ``size_adjusted_lift``, and needs ``max_consequent=1``.
    test : {"fisher", "chi_square"}
        Test of independence: Fisher's one-sided exact test, or chi-square with one degree of
        freedom and no continuity correction, which also finds what is bought together too rarely.
    alpha : float
        Adjusted p-values up to it are significant.
    max_consequent : int
        Most items on the right side. Several mostly repeat what the single ones say.
    holdout : Baskets, optional
        The other half of the baskets, for ``family="holdout"``; see `split_baskets`.
    drop_redundant : {False, True, "confidence", "significance"}
        True or ``"confidence"`` leaves out the rules that are ``redundant``; ``"significance"``
        those whose ``p_improvement`` is above `alpha`.
    antecedents, consequents : collection of names or callable, optional
        Items that a side may hold, or a function of the name that says so. Fixed before looking,
        so they make the family smaller, which `min_confidence` and the like never do.
    backend : {"pandas", "polars", "pyarrow"} or None
        The kind of frame; None means pandas.

    Returns
    -------
    frame
        One row per rule, the most confident first: ``antecedent`` (list of names), ``consequent``
        (a name; a list where `max_consequent` is above 1), ``count`` (baskets with both sides),
        ``antecedent_count``, ``consequent_count``, ``n_baskets``; the measures; with
        ``null="basket_size"`` ``expected_count`` and ``size_adjusted_lift``; with a holdout
        ``holdout_count``, ``holdout_antecedent_count``, ``holdout_consequent_count``,
        ``holdout_confidence`` and ``holdout_lift``; ``redundant`` (a rule with fewer conditions,
        at least one, is as confident); ``p_value``, ``log10_p_value`` (exact where the p-value is
        below the smallest float), ``p_adjusted``, ``significant``; and what the p-values mean:
        ``n_tests``, ``correction``, ``family``, ``null``, ``test``, ``alpha``. What is infinite or
        NaN is as in `rule_measures`; `rules_to_json` keeps it.

    Raises
    ------
    ValueError
        If an option is unknown or out of range, the itemsets are maximal, a holdout is missing or
        given for nothing, or an item of a template is not in the baskets.
    TypeError
        If a template is a single text, or something else is given for itemsets or a holdout.
    NotEnoughDataError
        If the holdout has no baskets.

    Notes
    -----
    A lift above 1 is no affinity: big baskets hold everything together. Where only basket sizes
    and item counts are kept and all else is shuffled, nearly every frequent rule has a lift above
    1, and Fisher's test with Bonferroni's correction finds hundreds of rules in real assortments.
    ``null="basket_size"`` expects of X → y

    .. math:: \mu = \sum_{B \supseteq X} p(|B|, y \mid X), \qquad
        p(s, y \mid X) = \frac{1}{1 + e^{-\alpha_{s, X} - \beta_y}},

    with β fitted to basket sizes and item counts together (maximum entropy; De Bie 2011) and
    :math:`\alpha_{s, X}` such that the items beyond X fill the s - abs(X) places left. The
    size-adjusted lift is count/μ, the p-value the tail of the sum of those draws
    (Poisson-binomial, by saddlepoint; where it errs, at the ends of its range, it is too large, by
    a tenth at most). The parts are published; their synthesis is this library's own.

    With ``family="candidates"`` the size null also corrects for the choice of rules by their
    count. Half of the error goes to P(N ≥ a) / P(N ≥ m), the p-value among rules that reach the
    least count m of the itemsets (selective inference; Fithian, Sun and Taylor 2014), half to
    P(N ≥ a) among all rules that could be written, as with ``"search_space"``; the smaller of the
    two adjusted p-values, doubled, is given. The first is sharp for counts far above m, the second
    for what is astonishing at m itself. On 200 shuffles of the Groceries data with both margins
    kept (count 10, at most 4 items) the first at the whole 0.05 with Bonferroni found a rule in 4
    (2 %; 95 % interval 0.8 to 5.0 %), the second in none, a test that ignores the choice in 28,
    and Fisher's test some 1,600 rules in each. Of pairs planted at 2 and 3 times what chance gives
    48 and 100 % were found, of such triples 6 and 52 %, the last 78 % with m = 5 instead of 10:
    rare sets want a low m.

    Filters are applied after the correction, except with ``family="holdout"``, whose tests use
    other baskets than the filters. ``"bh"`` and its like weigh the rules of a layered search
    space by their share of the error (Genovese, Roeder and Wasserman 2006); the longest rule is
    as long as the itemsets' `max_len`, or as the longest set found.

    Every split of every set is a candidate: about as many rows of arithmetic as the itemsets have
    items. Equal tables share one Fisher tail.

    References
    ----------
    Agrawal, R., Imieliński, T. and Swami, A. (1993). Mining association rules between sets of
    items in large databases. SIGMOD, 207-216.
    Bayardo, R. J., Agrawal, R. and Gunopulos, D. (1999). Constraint-based rule mining in large,
    dense databases. ICDE, 188-197.
    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple
    testing under dependency. Annals of Statistics 29, 1165-1188.
    Fithian, W., Sun, D. and Taylor, J. (2014). Optimal inference after model selection.
    arXiv:1410.2597.
    Genovese, C. R., Roeder, K. and Wasserman, L. (2006). False discovery control with p-value
    weighting. Biometrika 93, 509-524.
    Webb, G. I. (2007). Discovering significant patterns. Machine Learning 68, 1-33.
    Webb, G. I. (2008). Layered critical values: a powerful direct-adjustment approach to
    discovering significant patterns. Machine Learning 71, 307-323.
    De Bie, T. (2011). Maximum entropy models and subjective interestingness: an application to
    tiles in binary databases. Data Mining and Knowledge Discovery 23, 407-446.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, association_rules, frequent_itemsets
    >>> orders = Baskets.from_lists(
    ...     [["bread", "butter"]] * 6 + [["bread"]] * 2 + [["milk"]] * 7 + [["butter", "milk"]]
    ... )
    >>> found = frequent_itemsets(orders, min_count=2)
    >>> rules = association_rules(found, min_confidence=0.75)
    >>> rules[["antecedent", "consequent", "count", "confidence", "lift", "p_adjusted"]].round(3)
      antecedent consequent  count  confidence   lift  p_adjusted
    0   [butter]      bread      6       0.857  1.714        0.02
    1    [bread]     butter      6       0.750  1.714        0.02
    >>> int(rules["n_tests"].iloc[0])
    2
    """
    plan = plan_of(correction, family, null, test, alpha)
    confidence = checked_confidence(min_confidence)
    names = _measure_names(measures)
    _check(itemsets, plan, max_consequent, holdout, drop_redundant)
    if min_lift is not None:
        checks.number("min_lift", min_lift, at_least=0)
    checked_backend(backend)
    antecedents, consequents = fixed(antecedents), fixed(consequents)
    rules = candidates_of(
        itemsets,
        max_consequent=checked_length(max_consequent),
        antecedents=antecedents,
        consequents=consequents,
    )
    best = best_sub_rules(rules)
    passed = rules.examined & reaches(rules, min_confidence=confidence, min_lift=min_lift)
    if min_improvement is not None:
        least = checks.number("min_improvement", min_improvement)
        passed &= best.improvement(rules) >= least
    if drop_redundant in (True, "confidence"):
        passed &= ~best.redundant(rules)
    if drop_redundant == "significance":
        passed &= log_p_improvement(rules) <= np.log(plan.alpha)
    # What is kept changes no p-value; only a holdout, which the filters never saw, may shrink.
    family_rows = passed if plan.family == "holdout" else rules.examined
    found = outcomes_of(
        rules.kept(family_rows),
        plan,
        max_consequent=max_consequent,
        antecedents=antecedents,
        consequents=consequents,
        holdout=holdout,
    )
    shown = np.flatnonzero(passed)
    order = shown[np.lexsort((shown, -rules.a[shown], -(rules.a / rules.r1)[shown]))]
    columns = side_columns(
        rules.sets, rules.antecedent[order], rules.consequent[order], single=max_consequent == 1
    )
    columns |= _counts_and_measures(rules, best, order, names)
    columns |= _results(found, plan, (np.cumsum(family_rows) - 1)[order])
    columns |= {"redundant": best.redundant(rules)[order]}
    return table_of(_arranged(columns), backend=backend, items=rules.sets.baskets.items)


def _measure_names(measures: Sequence[str] | str) -> list[str]:
    allowed = (*MEASURES, *_BESIDE)
    if isinstance(measures, str) and measures == "all":
        return list(allowed)
    if isinstance(measures, str) or not hasattr(measures, "__iter__"):
        raise ValueError(f"measures must be 'all' or a sequence of names, got {measures!r}")
    return [checks.word("measures", name, allowed) for name in dict.fromkeys(measures)]


def _check(
    itemsets: Itemsets,
    plan: SignificancePlan,
    max_consequent: int,
    holdout: Baskets | None,
    drop_redundant: object,
) -> None:
    require("itemsets", itemsets, Itemsets)
    if not isinstance(drop_redundant, bool | str) or drop_redundant not in _REDUNDANCY:
        raise ValueError(
            "drop_redundant must be False, True, 'confidence' or 'significance', "
            f"got {drop_redundant!r}"
        )
    if (plan.family == "holdout") != (holdout is not None):
        raise ValueError(
            "family='holdout' needs the other half of the baskets as holdout=…; split them first "
            "with split_baskets"
            if holdout is None
            else f"holdout is given, but family is {plan.family!r}; pass family='holdout'"
        )
    if holdout is not None:
        require("holdout", holdout, Baskets)
        if not holdout.n_baskets:
            raise NotEnoughDataError("there are no baskets in holdout; at least 1 is needed")
    if plan.null == "basket_size":
        _check_sizes(itemsets, max_consequent)


def _check_sizes(itemsets: Itemsets, max_consequent: int) -> None:
    if max_consequent != 1:
        raise ValueError("null='basket_size' tests one consequent: pass max_consequent=1")
    if itemsets.baskets.n_baskets != itemsets.n_baskets:
        raise ValueError("null='basket_size' needs the baskets, which these itemsets do not hold")
    if itemsets.baskets.ancestors is not None:
        raise ValueError(
            "null='basket_size' takes the places of a basket as filled one by one, and groups "
            "among the items fill several at once; use baskets.to_groups or the items alone"
        )


def _counts_and_measures(
    rules: Candidates, best: BestSubRule, order: NDArray[np.int64], names: list[str]
) -> dict[str, Any]:
    a, r1, c1, n = rules.a[order], rules.r1[order], rules.c1[order], rules.sets.n_baskets
    columns: dict[str, Any] = {
        "count": a,
        "antecedent_count": r1,
        "consequent_count": c1,
        "n_baskets": np.full(len(a), n, np.int64),
    }
    plain = [name for name in names if name in MEASURES]
    found = measured(Cells.of(a, r1 - a, c1 - a, n - r1 - c1 + a), plain)
    if "improvement" in names:
        found["improvement"] = best.improvement(rules)[order]
    if "p_improvement" in names:
        found["p_improvement"] = np.exp(log_p_improvement(rules)[order])
    return columns | {name: found[name] for name in names}


def _results(found: Outcomes, plan: SignificancePlan, rows: NDArray[np.int64]) -> dict[str, Any]:
    log_p, adjusted = found.log_p[rows], found.log_adjusted[rows]
    # The layered space may hold more rules than an int64 can count.
    kind = np.int64 if found.n_tests < 2**63 else np.float64
    return {name: values[rows] for name, values in found.columns.items()} | {
        "p_value": np.exp(log_p),
        "log10_p_value": log_p / np.log(10.0),
        "p_adjusted": np.exp(adjusted),
        "significant": adjusted <= np.log(plan.alpha),
        "n_tests": np.full(len(rows), found.n_tests, kind),
        "correction": _repeated(plan.correction or "none", len(rows)),
        "family": _repeated(plan.family, len(rows)),
        "null": _repeated(plan.null, len(rows)),
        "test": _repeated(plan.test_name, len(rows)),
        "alpha": np.full(len(rows), plan.alpha),
    }


def _repeated(word: str, n: int) -> NDArray[np.object_]:
    result = np.empty(n, object)
    result[:] = word
    return result


def _arranged(columns: dict[str, Any]) -> dict[str, Any]:
    """Put `redundant` before the p-values."""
    names = [name for name in columns if name != "redundant"]
    names.insert(names.index("p_value"), "redundant")
    return {name: columns[name] for name in names}
