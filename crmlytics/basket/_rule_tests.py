"""P-values of rules: which test, over which family, against which null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.basket import _significance_tails as tails
from crmlytics.basket._measure_formulas import Cells, measured
from crmlytics.basket._null_basket_size import SizeNull, against_sizes
from crmlytics.basket._rule_candidates import allowed_items
from crmlytics.basket._rule_counts import counts_elsewhere, members_of, recoded
from crmlytics.basket._significance_corrections import CORRECTIONS, log_adjusted
from crmlytics.basket._significance_families import (
    FAMILIES,
    Family,
    equal_family,
    layered_family,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._rule_candidates import Candidates, Template
    from crmlytics.basket.basket_matrix import Baskets

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_TESTS = ("fisher", "chi_square")
_NULLS = ("independence", "basket_size")


class SignificancePlan(NamedTuple):
    """The choices that every result names."""

    correction: str | None
    family: str
    null: str
    test: str
    alpha: float

    @property
    def test_name(self) -> str:
        """The distribution that the p-value comes from."""
        return "poisson_binomial" if self.null == "basket_size" else self.test


class Outcomes(NamedTuple):
    """Natural logarithms of the p-values, raw and adjusted, and further columns."""

    log_p: Floats
    log_adjusted: Floats
    n_tests: int
    columns: dict[str, Any]


class _Counted(NamedTuple):
    """The rules' counts in the baskets where they are tested."""

    baskets: Baskets
    n: int
    a: Ints
    r1: Ints
    c1: Ints


def plan_of(
    correction: object, family: object, null: object, test: object, alpha: object
) -> SignificancePlan:
    """Check the choices."""
    if correction is not None:
        checks.word("correction", correction, CORRECTIONS)
    return SignificancePlan(
        None if correction is None else str(correction),
        checks.word("family", family, FAMILIES),
        checks.word("null", null, _NULLS),
        checks.word("test", test, _TESTS),
        checks.fraction("alpha", alpha),
    )


def outcomes_of(
    rules: Candidates,
    plan: SignificancePlan,
    *,
    max_consequent: int,
    antecedents: Template,
    consequents: Template,
    holdout: Baskets | None,
) -> Outcomes:
    """Test these rules and no others: they are the family, or lie in the layered one."""
    counted = _counted(rules, holdout)
    columns: dict[str, Any] = {}
    log_selected = None
    if plan.null == "basket_size":
        found, columns = _by_size(rules, counted)
        log_p, log_selected = found.log_p, found.log_p_selected
    elif plan.test == "fisher":
        log_p = tails.log_fisher(counted.a, counted.r1, counted.c1, counted.n)
    else:
        log_p = tails.log_chi_square(_chi_square(counted))
    if holdout is not None:
        columns |= _holdout_columns(counted)
    layers = _layers(rules, max_consequent, antecedents, consequents)
    family = layers if plan.family == "search_space" else equal_family(len(log_p))
    adjusted = _adjusted(log_p, family, plan)
    if plan.family == "candidates" and plan.correction and log_selected is not None:
        # Candidates are there because their count reached the threshold. Half of the error goes
        # to the count given that, half to the count among all rules that could be written: the
        # one is sharp far above the threshold, the other for what is astonishing at it.
        given = _adjusted(log_selected, family, plan)
        adjusted = np.minimum(np.minimum(given, _adjusted(log_p, layers, plan)) + np.log(2.0), 0.0)
    return Outcomes(log_p, adjusted, family.n_tests, columns)


def _adjusted(log_p: Floats, family: Family, plan: SignificancePlan) -> Floats:
    return log_adjusted(log_p, family.log_tests, plan.correction, log_total=family.log_total)


def _counted(rules: Candidates, holdout: Baskets | None) -> _Counted:
    sets = rules.sets
    if holdout is None:
        return _Counted(sets.baskets, sets.n_baskets, rules.a, rules.r1, rules.c1)
    sides = (rules.both, rules.antecedent, rules.consequent)
    found = (counts_elsewhere(sets, side, holdout) for side in sides)
    return _Counted(holdout, holdout.n_baskets, *found)


def _by_size(rules: Candidates, counted: _Counted) -> tuple[SizeNull, dict[str, Any]]:
    sets, baskets = rules.sets, counted.baskets
    distinct, antecedent = np.unique(rules.antecedent, return_inverse=True)
    names = sets.baskets.items
    known = recoded(members_of(sets, distinct), names, baskets)
    item = recoded(members_of(sets, rules.consequent), names, baskets).items
    found = against_sizes(baskets, known, antecedent, item, counted.a, least=sets.min_count)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = counted.a / found.expected
    return found, {"expected_count": found.expected, "size_adjusted_lift": lift}


def _chi_square(counted: _Counted) -> Floats:
    b, c = counted.r1 - counted.a, counted.c1 - counted.a
    cells = Cells.of(counted.a, b, c, counted.n - counted.a - b - c)
    statistic = measured(cells, ["chi_square"])["chi_square"]
    # Where a margin is everything or nothing there is no deviation to see.
    return np.nan_to_num(statistic, nan=0.0)


def _holdout_columns(counted: _Counted) -> dict[str, Any]:
    with np.errstate(divide="ignore", invalid="ignore"):
        confidence = counted.a / counted.r1
        lift = counted.a * float(counted.n) / (counted.r1 * counted.c1.astype(float))
    return {
        "holdout_count": counted.a,
        "holdout_antecedent_count": counted.r1,
        "holdout_consequent_count": counted.c1,
        "holdout_confidence": confidence,
        "holdout_lift": lift,
    }


def _layers(
    rules: Candidates, max_consequent: int, antecedents: Template, consequents: Template
) -> Family:
    sets = rules.sets
    longest = int(sets.sizes.max(initial=2)) if sets.max_len is None else sets.max_len
    return layered_family(
        sets.sizes[rules.both],
        max_length=max(longest, 2),
        left=allowed_items(sets, antecedents, "antecedents"),
        right=allowed_items(sets, consequents, "consequents"),
        max_consequent=max_consequent,
    )
