"""frequent_itemsets: published numbers, the slow obvious miner, limits and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import Baskets, frequent_itemsets
from crmlytics.errors import NotEnoughDataError
from tests.basket.itemset_oracles import as_counts, basket_lists, brute_force, of_kind
from tests.basket.market_data import groceries_by_name, groceries_hierarchy, market

KINDS = ("all", "closed", "maximal", "generators")

# Number of sets of each kind, sum of the counts of all, and number by size. Without the empty set.
PUBLISHED = [
    ("groceries", 492, (31, 31, 27, 31), None, [28, 3]),
    ("groceries", 99, (333, 333, 243, 333), 82_103, [88, 213, 32]),
    ("groceries", 50, (1001, 1001, 708, 1001), None, [120, 605, 264, 12]),
    ("groceries", 20, (4223, 4223, 2675, 4223), None, [147, 1674, 1991, 395, 16]),
    (
        "groceries",
        10,
        (13_492, 13_464, 7_794, 13_464),
        339_547,
        [157, 2981, 6831, 3137, 376, 10],
    ),
    ("retail", 882, (159, 159, 78, 159), 467_857, [70, 58, 25, 6]),
    ("retail", 89, (7589, 7572, 3452, 7572), 1_859_296, [2117, 3260, 1794, 382, 36]),
    (
        "retail",
        18,
        (67_186, 65_301, 25_580, 65_329),
        3_823_304,
        [6686, 25_561, 23_918, 9342, 1505, 145, 27, 2],
    ),
    ("T10I4D100K", 1000, (385, 385, 370, 385), 807_396, [375, 9, 1]),
    (
        "T10I4D100K",
        100,
        (27_532, 26_806, 4054, 26_852),
        6_659_711,
        [797, 8831, 7130, 5499, 3188, 1429, 503, 130, 23, 2],
    ),
    (
        "mushroom",
        2438,
        (2735, 427, 63, 558),
        8_192_060,
        [28, 163, 455, 725, 712, 441, 169, 38, 4],
    ),
]
R_TOO = "R arules 1.7.13 and pyfim 6.28"
TWO_MINERS = "pyfim 6.28 and an independent kernel"


@pytest.mark.data
@pytest.mark.parametrize(("name", "min_count", "numbers", "total", "by_size"), PUBLISHED)
def test_public_data(data_dir, golden, name, min_count, numbers, total, by_size):
    bought = market(data_dir, name)
    found = {kind: frequent_itemsets(bought, min_count=min_count, kind=kind) for kind in KINDS}
    source = R_TOO if name in ("groceries", "mushroom") else TWO_MINERS
    what = f"frequent_itemsets: {name}, count ≥ {min_count}"
    golden(
        f"{what}: all, closed, maximal, generators",
        ours=[len(found[kind]) for kind in KINDS],
        published=list(numbers),
        source=source,
    )
    golden(f"{what}: by size", ours=found["all"].level_counts(), published=by_size, source=source)
    if total is not None:
        golden(
            f"{what}: sum of the counts",
            ours=int(found["all"].counts.sum()),
            published=total,
            source=source,
        )
    recovered = found["closed"].all_sets()
    assert recovered.level_counts() == by_size
    assert (recovered.counts == found["all"].counts).all()


@pytest.mark.data
def test_dense_public_data(data_dir, golden):
    # pyfim finds 574,430: it loses the one item that is in every basket.
    found = frequent_itemsets(market(data_dir, "mushroom"), min_count=813)
    golden(
        "frequent_itemsets: mushroom, count ≥ 813",
        ours=[len(found), int(found.counts.sum())],
        published=[574_431, 578_184_444],
        source="R arules 1.7.13 and an independent kernel",
    )
    golden(
        "frequent_itemsets: mushroom, count ≥ 813, by size",
        ours=found.level_counts(),
        published=[56, 763, 4593, 16_150, 38_800, 69_835, 98_846, 111_786, 100_660, 71_342, 39_171,
                   16_292, 4956, 1039, 134, 8],
        source="R arules 1.7.13 and an independent kernel",
    )  # fmt: skip


@pytest.mark.data
def test_item_in_every_basket_is_found(data_dir, golden):
    found = frequent_itemsets(market(data_dir, "mushroom"), min_count=2438)
    golden(
        "frequent_itemsets: count of item 85 of mushroom, which is in every basket",
        ours=int(found.counts[found.positions_of([[85]])[0]]),
        published=8124,
        source="R arules 1.7.13; pyfim 6.28 loses it",
    )


@pytest.mark.data
def test_levels_of_a_catalogue(data_dir, golden):
    bought, tree = groceries_by_name(data_dir), groceries_hierarchy(data_dir)
    for level, published in (("level2", 625), ("level1", 295)):
        groups = dict(zip(tree["name"], tree[level], strict=True))
        golden(
            f"frequent_itemsets: Groceries by {level}, support ≥ 1 %",
            ours=len(frequent_itemsets(bought.to_groups(groups), min_support=0.01)),
            published=published,
            source="R arules 1.7.13, aggregate",
        )


@pytest.mark.data
def test_mixed_levels_without_own_groups(data_dir, golden):
    bought, tree = groceries_by_name(data_dir), groceries_hierarchy(data_dir)
    mixed = bought.with_groups(tree[["name", "level2"]], group_name="{}*")
    found = frequent_itemsets(mixed, min_support=0.01)
    _, codes = found.members()
    whole = np.repeat(found.counts, found.sizes)
    without = found.subsets()
    left = np.where(without >= 0, found.counts[without], found.n_baskets)
    golden(
        "rules of Groceries with its level-2 groups added, support ≥ 1 %, confidence ≥ .5",
        ours=int(((2 * whole >= left) & (without >= 0)).sum()),
        published=1689,
        source="R arules 1.7.13, addAggregate and filterAggregate",
    )
    assert len(codes) == len(without)


@given(lists=basket_lists, min_count=st.integers(1, 5), kind=st.sampled_from(KINDS))
def test_equals_brute_force(lists, min_count, kind):
    found = frequent_itemsets(Baskets.from_lists(lists), min_count=min_count, kind=kind)
    expected = of_kind(brute_force(lists, min_count), kind)
    counts = as_counts(found)
    assert counts == expected
    assert list(counts) == sorted(counts, key=lambda one: (len(one), one))


@given(lists=basket_lists, min_count=st.integers(1, 3), max_len=st.integers(1, 4))
def test_max_len_only_stops(lists, min_count, max_len):
    bought = Baskets.from_lists(lists)
    short = as_counts(frequent_itemsets(bought, min_count=min_count, max_len=max_len))
    every = brute_force(lists, min_count)
    assert short == {one: n for one, n in every.items() if len(one) <= max_len}


@settings(max_examples=50)
@given(lists=basket_lists, min_count=st.integers(1, 3), seed=st.randoms(use_true_random=False))
def test_rows_in_any_order_and_doubled(lists, min_count, seed):
    once = as_counts(frequent_itemsets(Baskets.from_lists(lists), min_count=min_count))
    twice = [*lists, *lists]
    seed.shuffle(twice)
    doubled = frequent_itemsets(Baskets.from_lists(twice), min_count=2 * min_count)
    assert as_counts(doubled) == {one: 2 * n for one, n in once.items()}


@settings(max_examples=50)
@given(lists=basket_lists, min_count=st.integers(1, 3))
def test_kinds_lie_within_each_other(lists, min_count):
    bought = Baskets.from_lists(lists)
    sets = {
        kind: set(as_counts(frequent_itemsets(bought, min_count=min_count, kind=kind)))
        for kind in KINDS
    }
    assert sets["maximal"] <= sets["closed"] <= sets["all"]
    assert sets["generators"] <= sets["all"]


@given(n=st.integers(1, 400), data=st.data())
def test_support_met_exactly_is_met(n, data):
    k = data.draw(st.integers(1, n))
    lists = [["milk"]] * k + [[]] * (n - k)
    found = frequent_itemsets(Baskets.from_lists(lists), min_support=k / n)
    assert found.min_count == k
    assert found.counts.tolist() == [k]


def test_by_hand():
    bought = Baskets.from_lists(
        [["bread", "milk"], ["bread", "butter", "milk"], ["milk"], ["beer"], []]
    )
    found = frequent_itemsets(bought, min_count=2)
    assert as_counts(found) == {("bread",): 2, ("milk",): 3, ("bread", "milk"): 2}
    assert found.n_baskets == 5
    assert found.supports.tolist() == [0.4, 0.6, 0.4]


def test_rare_items_in_between_change_nothing():
    # The codes of the frequent items leave gaps: 10, 20, 30 and 90 of 100.
    bought = Baskets.from_lists([[10, 20, 30, 90]] * 2 + [[item] for item in range(100)])
    found = frequent_itemsets(bought, min_count=3)
    assert list(as_counts(found)) == [(10,), (20,), (30,), (90,)]
    found = frequent_itemsets(bought, min_count=2)
    counts = list(as_counts(found))
    assert len(counts) == 15
    assert counts == sorted(counts, key=lambda one: (len(one), one))
    assert found.positions_of(counts).tolist() == list(range(15))


def test_item_names_choose():
    bought = Baskets.from_lists([["a", "b", "c"], ["a", "b", "c"], ["c"]])
    assert as_counts(frequent_itemsets(bought, min_count=2, include=["a", "b"])) == {
        ("a",): 2, ("b",): 2, ("a", "b"): 2,
    }  # fmt: skip
    left = frequent_itemsets(bought, min_count=2, exclude=["a"])
    assert as_counts(left) == {("b",): 2, ("c",): 3, ("b", "c"): 2}
    assert left.n_baskets == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "min_support .* and min_count .*, got neither"),
        ({"min_support": 0.1, "min_count": 1}, "got both"),
        ({"min_support": 0}, "pass min_count=1 to see them all"),
        ({"min_support": -0.5}, "min_count=1"),
        ({"min_support": 20}, "pass min_count=20"),
        ({"min_support": float("nan")}, "above 0 and at most 1, got nan"),
        ({"min_support": "1%"}, "min_support must be a number"),
        ({"min_count": 0}, "min_count must be a whole number of at least 1"),
        ({"min_count": 2.5}, "min_count must be a whole number"),
        ({"min_count": 1, "max_len": 0}, "max_len must be a whole number"),
        ({"min_count": 1, "kind": "close"}, "did you mean 'closed'"),
        ({"min_count": 1, "include": ["mlik"]}, "did you mean 'milk'"),
    ],
)
def test_refuses_what_means_nothing(options, message):
    with pytest.raises(ValueError, match=message):
        frequent_itemsets(Baskets.from_lists([["milk"], ["bread"]]), **options)


def test_refuses_a_frame_and_no_baskets():
    with pytest.raises(TypeError, match=r"crmlytics\.basket\.baskets"):
        frequent_itemsets([["milk"]], min_count=1)
    with pytest.raises(TypeError, match="include must be a list of item names, got str"):
        frequent_itemsets(Baskets.from_lists([["milk"]]), min_count=1, include="milk")
    with pytest.raises(NotEnoughDataError, match="no baskets"):
        frequent_itemsets(Baskets.from_lists([]), min_count=1)


def test_degenerate_baskets():
    assert len(frequent_itemsets(Baskets.from_lists([[], []]), min_count=1)) == 0
    assert as_counts(frequent_itemsets(Baskets.from_lists([["a"]]), min_count=1)) == {("a",): 1}
    every = frequent_itemsets(Baskets.from_lists([["a", "b"]] * 3), min_support=1.0)
    assert as_counts(every) == {("a",): 3, ("b",): 3, ("a", "b"): 3}
    assert len(frequent_itemsets(Baskets.from_lists([["a"], ["b"]]), min_count=2)) == 0


def test_stops_before_memory_does():
    # All 2^20 subsets of 20 items are in 3 baskets; those of 8 items in 4 more.
    lists = [range(20)] * 3 + [range(8)] * 4
    bought = Baskets.from_lists(lists)
    with pytest.raises(ValueError, match=r"max_itemsets=1,000 .*by size: 20, 190.*min_count=4"):
        frequent_itemsets(bought, min_count=2, max_itemsets=1000)
    assert len(frequent_itemsets(bought, min_count=4, max_itemsets=1000)) == 255
    assert len(frequent_itemsets(bought, min_count=2, max_len=2, max_itemsets=1000)) == 210
    with pytest.raises(ValueError, match="most of them are in every basket: pass a max_len"):
        frequent_itemsets(Baskets.from_lists(lists[:3]), min_count=2, max_itemsets=1000)
