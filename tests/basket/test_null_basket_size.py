"""Rules against basket sizes: the expected count is that of shuffles with both margins kept."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from crmlytics.basket import Baskets, association_rules, frequent_itemsets
from crmlytics.basket._null_basket_size import against_sizes, alpha_given
from crmlytics.basket._null_places import fit_places, probabilities
from crmlytics.basket._rule_counts import ItemSets


def made(seed=0, n=400, n_items=12):
    """Popular and rare items in baskets of very different sizes."""
    rng = np.random.default_rng(seed)
    weight = 1.0 / np.arange(1, n_items + 1)
    return [
        set(rng.choice(n_items, rng.choice([1, 2, 3, 9]), replace=False, p=weight / weight.sum()))
        for _ in range(n)
    ]


def curveball(held, trades, rng):
    """Trade what two baskets do not share: sizes and item counts stay (Strona et al. 2014)."""
    for _ in range(trades):
        i, j = rng.integers(len(held), size=2)
        shared = held[i] & held[j]
        apart = rng.permutation(sorted((held[i] | held[j]) - shared))
        n_first = len(held[i]) - len(shared)
        held[i], held[j] = shared | set(apart[:n_first]), shared | set(apart[n_first:])


def counted(held, side, others):
    """Baskets with `side` and each of the others."""
    return np.array([sum(side <= one and y in one for one in held) for y in others])


@pytest.mark.parametrize("side", [(0, 1), (2,)])
def test_expected_counts_are_the_means_of_shuffles(side):
    rng, held = np.random.default_rng(1), made()
    others = [y for y in range(12) if y not in side]
    sets, which = ItemSets(np.array([0, len(side)]), np.array(side)), np.zeros(len(others), int)
    means, expected = np.zeros(len(others)), np.zeros(len(others))
    for _ in range(20):
        curveball(held, 800, rng)
        counts = counted(held, set(side), others)
        baskets = Baskets.from_lists(held)
        means += counts / 20
        expected += against_sizes(baskets, sets, which, np.array(others), counts).expected / 20
    # 20 shuffles leave an error of some 4 % in a mean count of 30.
    assert expected.sum() == pytest.approx(means.sum(), rel=0.01)
    np.testing.assert_allclose(expected, means, rtol=0.12)


def test_the_places_left_are_filled_by_the_others():
    baskets = Baskets.from_lists(made())
    places = fit_places(baskets.sizes, baskets.item_counts)
    sets = ItemSets(np.array([0, 2]), np.array([0, 3]))
    alpha = alpha_given(places, sets, np.ones((1, len(places.sizes)), bool))
    p = probabilities(alpha[0][:, None], places.beta)
    left = np.delete(p, [0, 3], axis=1).sum(axis=1)
    assert left == pytest.approx(np.maximum(places.sizes - 2, 0), rel=1e-4)


def test_p_values_fall_with_the_count():
    baskets = Baskets.from_lists(made())
    counts = np.arange(70, 140)
    item, which = np.full(70, 5), np.zeros(70, int)
    sets = ItemSets(np.array([0, 1]), np.array([0]))
    found = against_sizes(baskets, sets, which, item, counts)
    assert (np.diff(found.log_p) < 0).all()
    assert found.log_p.max() <= 0


def test_the_tail_among_rules_that_reach_the_filter():
    # Baskets of two out of three equally frequent items: beside X, y is a coin.
    baskets = Baskets.from_lists([["a", "b"], ["a", "c"], ["b", "c"]] * 20)
    sets, count = ItemSets(np.array([0, 1]), np.array([0])), np.array([18, 25, 30])
    which, item = np.zeros(3, int), np.ones(3, int)
    found = against_sizes(baskets, sets, which, item, count, least=18)
    expected = binom.sf(count - 1, 40, 0.5) / binom.sf(17, 40, 0.5)
    # Two tails, right to some thousandths each.
    np.testing.assert_allclose(np.exp(found.log_p_selected), expected, rtol=0.01)
    assert found.log_p_selected[0] == 0.0
    assert (found.log_p_selected >= found.log_p).all()


def rare_pairs(seed):
    """Independent items of which few pairs reach a count far above what is expected of them."""
    rng = np.random.default_rng(seed)
    dense = rng.random((300, 80)) < 0.06
    return Baskets.from_lists([np.flatnonzero(row).tolist() for row in dense])


def test_choosing_rules_by_their_count_is_corrected_for():
    plain = corrected = 0
    for seed in range(100):
        found = frequent_itemsets(rare_pairs(seed), min_count=6, max_len=2)
        rules = association_rules(found, null="basket_size", correction="bonferroni")
        plain += bool((rules["p_value"] * len(rules) <= 0.05).any())
        corrected += bool(rules["significant"].any())
    # Nominal 5; 12 and more would come up by chance once in 200 times.
    assert corrected < 12
    assert plain > 2 * corrected


def test_only_rules_chosen_by_their_count_are_corrected_for_it():
    baskets = rare_pairs(0)
    found = frequent_itemsets(baskets, min_count=6, max_len=2)
    options = {"null": "basket_size"}
    chosen = association_rules(found, correction="bonferroni", **options)
    assert (chosen["p_adjusted"] >= np.minimum(chosen["p_value"] * len(chosen), 1)).all()
    as_it_is = association_rules(found, correction=None, **options)
    np.testing.assert_allclose(as_it_is["p_adjusted"], as_it_is["p_value"])
    everything = association_rules(found, correction="bonferroni", family="search_space", **options)
    expected = np.minimum(everything["p_value"] * baskets.n_items * (baskets.n_items - 1), 1)
    np.testing.assert_allclose(everything["p_adjusted"], expected)


def test_what_is_astonishing_at_the_threshold_itself_stands():
    # 40 baskets hold x with y, just the least count: given that they reach it, nothing is left to
    # wonder at; among all rules that could be written, everything.
    held = made(seed=3) + [{98, 99}] * 40
    found = frequent_itemsets(Baskets.from_lists(held), min_count=40, max_len=2)
    rules = association_rules(found, null="basket_size", correction="bonferroni")
    pair = rules[[names == [98] for names in rules["antecedent"]]]
    assert pair["count"].tolist() == [40]
    assert pair["significant"].all()
    strict = association_rules(
        found, null="basket_size", correction="bonferroni", family="search_space"
    )
    other = strict[[names == [98] for names in strict["antecedent"]]]
    # Half of the error is spent elsewhere.
    assert pair["p_adjusted"].item() == pytest.approx(2.0 * other["p_adjusted"].item())
