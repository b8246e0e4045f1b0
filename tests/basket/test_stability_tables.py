"""rule_stability: strong rules come back, chance ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import (
    Baskets,
    association_rules,
    baskets,
    frequent_itemsets,
    rule_stability,
)
from crmlytics.errors import NotEnoughDataError
from tests.basket.rule_oracles import keyed

LISTS = [["a", "b"]] * 40 + [["a"]] * 20 + [["c"]] * 60 + [["b", "c"]] * 6 + [[]] * 5


def test_the_strong_rule_is_stable_and_the_rare_one_is_not():
    table = keyed(rule_stability(Baskets.from_lists(LISTS), min_count=6, random_state=1))
    strong = table.loc[[(("a",), "b")]].iloc[0]
    assert strong["found_share"] == 1.0
    assert strong["significant_share"] == 1.0
    assert strong["lift_low"] < strong["lift"] < strong["lift_high"]
    rare = table.loc[[(("c",), "b")]].iloc[0]
    assert 0.3 < rare["found_share"] < 0.8  # six baskets, six needed: about every other time
    assert rare["significant_share"] == 0.0
    assert (table["n"] == 100).all()


def test_counts_and_lifts_are_those_of_the_rules():
    whole = Baskets.from_lists(LISTS)
    table = keyed(rule_stability(whole, min_count=6, n_resamples=3, random_state=0))
    rules = keyed(association_rules(frequent_itemsets(whole, min_count=6))).loc[table.index]
    for column in ("count", "confidence", "lift"):
        pd.testing.assert_series_equal(table[column], rules[column])


def test_customers_are_resampled_whole():
    # One customer makes all the baskets of the rule: it is found only when she is drawn.
    rows = [(order, item, "ann") for order in range(30) for item in ("x", "y")]
    rows += [(100 + order, "z", f"c{order}") for order in range(40)]
    frame = pd.DataFrame(rows, columns=["order_id", "item", "customer_id"])
    by_customer = rule_stability(
        baskets(frame, customer_col="customer_id"), min_count=10, n_resamples=300, random_state=3
    )
    by_basket = rule_stability(baskets(frame), min_count=10, n_resamples=50, random_state=3)
    # She is missing from a share of 1/e of the samples.
    assert by_customer["found_share"][0] == pytest.approx(1 - np.exp(-1), abs=0.08)
    assert by_basket["found_share"][0] == 1.0


def test_the_seed_decides():
    whole = Baskets.from_lists(LISTS)
    one, same, other = (
        rule_stability(whole, min_count=6, n_resamples=20, random_state=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, same)
    assert not one["lift_low"].equals(other["lift_low"])


def test_options_and_refusals():
    whole = Baskets.from_lists(LISTS)
    few = rule_stability(
        whole, min_support=0.01, min_confidence=0.7, n_resamples=2, random_state=1,
        consequents=["a"], max_consequent=2, correction="holm", backend="polars",
    )  # fmt: skip
    assert few["consequent"].to_list() == [["a"]]
    none = rule_stability(whole, min_count=999, n_resamples=2)
    assert len(none) == 0
    with pytest.raises(NotEnoughDataError, match="at least 2"):
        rule_stability(Baskets.from_lists([["a", "b"]]), min_count=1)
    with pytest.raises(ValueError, match="n_resamples"):
        rule_stability(whole, min_count=1, n_resamples=1)
