"""Plots of rules take a table and an Axes and return the Axes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from crmlytics.basket import (
    Baskets,
    association_rules,
    frequent_itemsets,
    plot_item_network,
    plot_rules,
)
from crmlytics.basket.plots import spring_layout
from crmlytics.errors import ColumnNotFoundError


@pytest.fixture
def rules():
    lists = [["a", "b"]] * 6 + [["a", "b", "c"]] * 3 + [["c"]] * 4 + [["d", "c"]] * 2 + [["e"]]
    return association_rules(frequent_itemsets(Baskets.from_lists(lists), min_count=2))


def test_rules_are_points_in_percent(rules):
    axes = plot_rules(rules, n_labels=2)
    points = axes.collections[0].get_offsets()
    assert len(points) == len(rules)
    assert points[:, 1].max() == pytest.approx(100 * rules["confidence"].max())
    assert [text.get_text() for text in axes.texts] == ["1", "2"]
    best = rules.sort_values("lift", ascending=False, kind="stable").iloc[0]
    listed = axes.get_xlabel().splitlines()
    assert listed[0] == "support, %"
    assert listed[1] == f"1  {' + '.join(best['antecedent'])} → {best['consequent']}"


def test_the_size_adjusted_lift_chooses_the_labels(rules):
    ranked = rules.assign(size_adjusted_lift=np.arange(len(rules)))
    last = rules.iloc[-1]
    assert (
        plot_rules(ranked, n_labels=1)
        .get_xlabel()
        .endswith(f"{' + '.join(last['antecedent'])} → {last['consequent']}")
    )


def test_items_are_joined_by_their_rules(rules):
    axes = plot_item_network(rules)
    assert {text.get_text() for text in axes.texts} == {"a", "b", "c", "d"}
    pairs = {
        frozenset((item, row.consequent)) for row in rules.itertuples() for item in row.antecedent
    }
    assert len(axes.lines) == len(pairs)
    assert len(plot_item_network(rules, n_edges=1).lines) == 1


def test_the_seed_decides_the_picture(rules):
    one, same, other = (
        plot_item_network(rules, random_state=seed).collections[0].get_offsets()
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_neighbours_are_nearer():
    ends = np.array([[0, 1], [1, 2], [0, 2], [3, 4], [4, 5], [3, 5]])
    at = spring_layout(6, ends, np.random.default_rng(0))
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    assert distance[:3, :3].max() < distance[:3, 3:].min()


def test_every_engine_and_several_consequents(engine):
    itemsets = frequent_itemsets(Baskets.from_lists([["a", "b", "c"]] * 3 + [["d"]]), min_count=1)
    rules = association_rules(itemsets, max_consequent=2)
    columns = ["antecedent", "consequent", "support", "confidence", "lift"]
    frame = engine.make(rules[columns])
    assert len(plot_rules(frame).texts) == 5
    assert len(plot_item_network(frame).lines) == 3


def test_an_axes_of_ones_own_is_used_and_nothing_is_drawn_of_nothing(rules):
    mine = Figure().subplots()
    assert plot_rules(rules, ax=mine) is mine
    assert plot_item_network(rules, ax=mine) is mine
    assert len(plot_rules(rules.iloc[:0]).texts) == 0
    assert len(plot_item_network(rules.iloc[:0]).texts) == 0


def test_refusals(rules):
    with pytest.raises(ColumnNotFoundError, match="support"):
        plot_rules(rules.drop(columns="support"))
    with pytest.raises(ValueError, match="n_labels"):
        plot_rules(rules, n_labels=-1)
    with pytest.raises(ValueError, match="n_edges"):
        plot_item_network(rules, n_edges=0)
