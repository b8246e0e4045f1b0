from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from crmlytics.datasets.products import PRODUCTS, RULES, STAPLE, draw_baskets, make_products

N_ORDERS = 200_000
POSITION = {product.item: column for column, product in enumerate(PRODUCTS)}


@pytest.fixture(scope="module")
def baskets():
    return draw_baskets(np.random.default_rng(0), N_ORDERS)


def within_binomial_bounds(hits, trials, probability):
    # 4.5 standard errors: seven in a million for each of the hundreds of shares looked at here.
    return abs(hits / trials - probability) < 4.5 * np.sqrt(
        probability * (1 - probability) / trials
    )


def test_catalogue():
    products, _ = make_products()
    assert list(products) == ["item", "category", "price"]
    assert products["item"].is_unique
    assert (products["price"] > 0).all()
    assert (products["price"] == products["price"].round(2)).all()


def test_no_item_is_in_two_rules_and_causes_come_first():
    items = [item for rule in RULES for item in (rule.antecedent, rule.consequent)]
    assert len(items) == len(set(items))
    assert STAPLE not in items
    assert all(POSITION[rule.antecedent] < POSITION[rule.consequent] for rule in RULES)


def test_truth_of_a_rule_by_hand():
    # Stapler .06 with Staples .70, else .05: support .042, consequent .042 + .94·.05 = .089.
    rules = make_products()[1].rules.set_index("antecedent")
    rule = rules.loc["Stapler"]
    assert rule["support"] == pytest.approx(0.042)
    assert rule["consequent_support"] == pytest.approx(0.089)
    assert rule["lift"] == pytest.approx(0.70 / 0.089)
    assert rules.loc["Black tea", "lift"] < 1  # the planted substitution


def test_every_order_has_an_item(baskets):
    assert baskets.any(axis=1).all()


def test_item_rates(baskets):
    rates = make_products()[1].item_rates
    assert rates["item"].tolist() == list(POSITION)
    for count, rate in zip(baskets.sum(axis=0), rates["rate"], strict=True):
        assert within_binomial_bounds(count, N_ORDERS, rate)


def test_rules_have_their_conditional_probabilities(baskets):
    for rule in make_products()[1].rules.itertuples():
        with_it = baskets[:, POSITION[rule.antecedent]]
        follows = baskets[:, POSITION[rule.consequent]]
        assert within_binomial_bounds(follows[with_it].sum(), with_it.sum(), rule.confidence)
        assert within_binomial_bounds(follows[~with_it].sum(), (~with_it).sum(), rule.base_rate)


def test_all_other_pairs_are_independent(baskets):
    rates = make_products()[1].item_rates["rate"].to_numpy()
    planted = {frozenset((rule.antecedent, rule.consequent)) for rule in RULES}
    for one, other in combinations(POSITION, 2):
        if {one, other} in planted or STAPLE in (one, other):
            continue
        i, j = POSITION[one], POSITION[other]
        both = (baskets[:, i] & baskets[:, j]).sum()
        assert within_binomial_bounds(both, N_ORDERS, rates[i] * rates[j]), (one, other)
