"""Rules read from a table: ordered to the last tie, refused when something is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlytics.basket import Baskets
from crmlytics.basket._recommender_learning import rules_from_table
from crmlytics.errors import ColumnNotFoundError, DataContractError

ITEMS = Baskets.from_lists([["a", "b", "c", "d"]])


def table(rows, **more):
    frame = pd.DataFrame(
        rows, columns=["antecedent", "consequent", "count", "antecedent_count", "p_adjusted"]
    )
    return frame.assign(p_value=frame["p_adjusted"], **more)


def read(frame, score="confidence", alpha=None, level=0.95):
    return rules_from_table(frame, ITEMS, score=score, alpha=alpha, level=level)


def written(rules):
    return [
        (
            "".join(ITEMS.items[rules.items[rules.indptr[a] : rules.indptr[a + 1]]]),
            ITEMS.items[y],
        )
        for a, y in zip(rules.antecedent, rules.consequent, strict=True)
    ]


def test_the_best_first():
    rules = read(
        table(
            [
                (["c", "a"], "d", 4, 8, 0.01),
                (["a"], "b", 5, 10, 0.01),
                (["b"], "a", 9, 10, 0.02),
                (["c"], "b", 5, 10, 0.01),
                (["a"], "d", 4, 8, 0.01),
            ]
        )
    )
    # 0.9; then 0.5 with 5 baskets, a before c; then 0.5 with 4, the shorter first.
    assert written(rules) == [("b", "a"), ("a", "b"), ("c", "b"), ("a", "d"), ("ac", "d")]
    assert rules.score.tolist() == [0.9, 0.5, 0.5, 0.5, 0.5]
    assert rules.n.tolist() == [10, 10, 10, 8, 8]


def test_alpha_and_unknown_p_values():
    frame = table([(["a"], "b", 5, 10, 0.01), (["b"], "a", 9, 10, 0.2)])
    assert written(read(frame, alpha=0.05)) == [("a", "b")]
    bare = frame.drop(columns=["p_value", "p_adjusted"])
    assert np.isnan(read(bare).p_value).all()
    with pytest.raises(DataContractError, match="no column 'p_adjusted'"):
        read(bare, alpha=0.05)


def test_no_rules_are_no_harm():
    assert written(read(table([]))) == []


def test_the_lower_bound_is_garwoods():
    frame = table([(["a"], "b", 7, 10, 0.01)], size_adjusted_lift=[3.5])
    # An expected count of 2: the bound is half the chi-square quantile over it.
    expected = stats.chi2.ppf(0.025, 2 * 7) / 2 / 2.0
    assert read(frame, score="lift_low").score.tolist() == pytest.approx([expected])


def test_refusals():
    frame = table([(["a"], "b", 7, 10, 0.01)])
    with pytest.raises(DataContractError, match="null='basket_size'"):
        read(frame, score="lift_low")
    with pytest.raises(ColumnNotFoundError, match="antecedent_count"):
        read(frame.drop(columns="antecedent_count"))
    with pytest.raises(ValueError, match="names in rules are no items"):
        read(table([(["x"], "b", 7, 10, 0.01)]))
    with pytest.raises(DataContractError, match="one item as the consequent"):
        read(table([(["a"], ["b", "c"], 7, 10, 0.01)]))
    assert written(read(table([(["a"], ["b"], 7, 10, 0.01)]))) == [("a", "b")]
