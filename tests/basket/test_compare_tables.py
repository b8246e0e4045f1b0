"""compare_rules: intervals, odds ratios, and rules that only one side found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from crmlytics.basket import Baskets, Itemsets, compare_rules, frequent_itemsets
from crmlytics.basket._compare_tests import Sample, newcombe
from crmlytics.errors import DataContractError
from tests.basket.itemset_oracles import basket_lists
from tests.basket.rule_oracles import brute_rules, keyed


def mined(lists, min_count=1, **options):
    return frequent_itemsets(Baskets.from_lists(lists), min_count=min_count, **options)


BEFORE = [["tea", "cake"]] * 5 + [["tea"]] * 25 + [["cake"]] * 20 + [["milk", "tea"]] * 4
AFTER = [["tea", "cake"]] * 20 + [["tea"]] * 10 + [["cake"]] * 20 + [["beer"]] * 2


def test_by_hand():
    found = keyed(compare_rules(mined(BEFORE), mined(AFTER), correction="bonferroni"))
    row = found.loc[[(("tea",), "cake")]].iloc[0]
    assert (row["count_before"], row["count_after"]) == (5, 20)
    assert (row["antecedent_count_before"], row["antecedent_count_after"]) == (34, 30)
    assert row["confidence_difference"] == pytest.approx(20 / 30 - 5 / 34)
    low, high = confint_proportions_2indep(20, 30, 5, 34, method="newcomb")
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    # No basket after is without tea and cake but for the two of beer.
    tables = [Table2x2([[5, 29], [20, 0.0]]), Table2x2([[20, 10], [20, 2]])]
    assert row["log_odds_ratio_after"] == pytest.approx(
        np.log(20.5 * 2.5 / (10.5 * 20.5)), rel=1e-12
    )
    assert tables[1].log_oddsratio == pytest.approx(np.log(20 * 2 / (10 * 20)))
    assert row["n_tests"] == 4
    assert row["p_adjusted"] == pytest.approx(min(4 * row["p_value"], 1))


def test_newcombes_own_examples(golden):
    # 56/70 against 48/80, and 9/10 against 3/10, by method 10.
    after, before = (
        Sample(np.array(a), np.array(n), np.array(a), 100)
        for a, n in (([56, 9], [70, 10]), ([48, 3], [80, 10]))
    )
    low, high = newcombe(before, after, 0.95)
    golden(
        "Newcombe's intervals of 56/70 - 48/80 and 9/10 - 3/10",
        ours=[low[0], high[0], low[1], high[1]], published=[0.0524, 0.3339, 0.1705, 0.8090],
        source="Newcombe (1998), Statistics in Medicine 17, 873-890, method 10, as the tests of "
        "the R package propint (github.com/m-Py/propint) quote it",
        tolerance=5e-5,
    )  # fmt: skip


def test_odds_ratios_are_those_of_statsmodels():
    before, after = [[30, 20], [25, 60]], [[50, 15], [20, 70]]
    lists = [
        [["x", "y"]] * t[0][0] + [["x"]] * t[0][1] + [["y"]] * t[1][0] + [[]] * t[1][1]
        for t in (before, after)
    ]
    row = keyed(compare_rules(mined(lists[0]), mined(lists[1]))).loc[[(("x",), "y")]].iloc[0]
    tables = [Table2x2(np.array(t)) for t in (before, after)]
    assert row["log_odds_ratio_before"] == pytest.approx(tables[0].log_oddsratio)
    assert row["log_odds_ratio_after"] == pytest.approx(tables[1].log_oddsratio)
    se = np.hypot(tables[0].log_oddsratio_se, tables[1].log_oddsratio_se)
    change = tables[1].log_oddsratio - tables[0].log_oddsratio
    assert row["z"] == pytest.approx(change / se)
    # Two strata: Woolf's test of one odds ratio is near Breslow's and Day's.
    breslow_day = StratifiedTable([np.array(t) for t in (before, after)]).test_equal_odds()
    assert row["p_value"] == pytest.approx(breslow_day.pvalue, rel=0.1)


@settings(max_examples=20, deadline=None)
@given(basket_lists, basket_lists, st.integers(1, 3))
def test_the_union_of_both_is_compared(first, second, min_count):
    found = compare_rules(mined(first, min_count), mined(second, min_count), max_consequent=2)
    rules = [brute_rules(lists, min_count, 2) for lists in (first, second)]
    sides = [(tuple(row.antecedent), tuple(row.consequent)) for row in found.itertuples()]
    assert len(set(sides)) == len(sides)
    assert set(sides) == set(rules[0]) | set(rules[1])
    for side, row in zip(sides, found.itertuples(), strict=True):
        both = frozenset(side[0] + side[1])
        for lists, count in ((first, row.count_before), (second, row.count_after)):
            assert count == sum(both <= set(one) for one in lists)
        where = {(True, True): "both", (True, False): "before", (False, True): "after"}
        assert row.found_in == where[side in rules[0], side in rules[1]]
    assert found["p_value"].is_monotonic_increasing or found["p_value"].diff().min() > -1e-8
    assert (found["low"].isna() | (found["low"] <= found["confidence_difference"] + 1e-12)).all()


def test_items_of_one_side_only_are_counted():
    found = keyed(compare_rules(mined(BEFORE, 3), mined(AFTER, 3)))
    row = found.loc[[(("milk",), "tea")]].iloc[0]
    assert (row["found_in"], row["count_after"], row["antecedent_count_after"]) == ("before", 0, 0)
    assert np.isnan(row["confidence_after"])
    assert np.isnan(row["low"])
    assert np.isfinite(row["p_value"])


def test_the_same_twice_has_not_changed():
    found = compare_rules(mined(BEFORE), mined(BEFORE))
    assert (found["z"] == 0).all()
    assert (found["p_value"] == 1).all()
    assert not found["significant"].any()


def test_templates_and_backends():
    found = compare_rules(mined(BEFORE), mined(AFTER), consequents=["tea", "beer"])
    assert set(found["consequent"]) == {"tea"}
    other = compare_rules(mined(BEFORE), mined(AFTER), backend="polars")
    assert other["antecedent"].to_list()[0] == ["cake"]
    with pytest.raises(ValueError, match="consequents"):
        compare_rules(mined(BEFORE), mined(AFTER), consequents=["coffee"])


def test_refusals():
    with pytest.raises(ValueError, match="maximal"):
        compare_rules(mined(BEFORE, kind="maximal"), mined(AFTER))
    foreign = Itemsets.from_mlxtend(
        pd.DataFrame({"support": [0.5], "itemsets": [frozenset({"tea"})]}), n_baskets=4
    )
    with pytest.raises(ValueError, match="after holds itemsets without their baskets"):
        compare_rules(mined(BEFORE), foreign)
    with pytest.raises(ValueError, match="level must be a fraction"):
        compare_rules(mined(BEFORE), mined(AFTER), level=95)
    with pytest.raises(ValueError, match="correction must be one of"):
        compare_rules(mined(BEFORE), mined(AFTER), correction="none")


def test_text_and_integers_are_no_pair_to_compare():
    texts, numbers = (
        frequent_itemsets(Baskets.from_lists([one] * 3), min_count=1)
        for one in (["a", "b"], [1, 2])
    )
    with pytest.raises(DataContractError, match="before and after must be all text or all int"):
        compare_rules(texts, numbers)
