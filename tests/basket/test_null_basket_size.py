"""Rules against basket sizes: the expected count is that of shuffles with both margins kept."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket import Baskets
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
