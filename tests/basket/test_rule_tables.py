"""association_rules: arules' rules, honest families, filters, templates, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import (
    Baskets,
    Itemsets,
    association_rules,
    frequent_itemsets,
    rule_measures,
    split_baskets,
)
from crmlytics.errors import NotEnoughDataError
from tests.basket.itemset_oracles import basket_lists
from tests.basket.market_data import groceries_by_name, market
from tests.basket.rule_oracles import (
    ARULES,
    arules,
    brute_rules,
    fisher_by_sums,
    groceries_itemsets,
    keyed,
    redundant_by_definition,
    step_up,
)

SMALL = [["bread", "butter"]] * 6 + [["bread"]] * 2 + [["milk"]] * 7 + [["butter", "milk"]]


@pytest.fixture
def small():
    return frequent_itemsets(Baskets.from_lists(SMALL), min_count=1)


def test_by_hand(small):
    rules = keyed(association_rules(small, correction="bonferroni"))
    row = rules.loc[[(("butter",), "bread")]].iloc[0]
    assert (row["count"], row["antecedent_count"], row["consequent_count"]) == (6, 7, 8)
    assert row["confidence"] == 6 / 7
    assert row["lift"] == pytest.approx(6 * 16 / 56)
    expected = fisher_by_sums(6, 7, 8, 16)
    assert row["p_value"] == pytest.approx(expected, rel=1e-12)
    assert row["log10_p_value"] == pytest.approx(np.log10(expected))
    assert row["n_tests"] == 4
    assert row["p_adjusted"] == pytest.approx(4 * expected)
    assert [row[name] for name in ("correction", "family", "null", "test", "alpha")] == [
        "bonferroni", "candidates", "independence", "fisher", 0.05,
    ]  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize(
    ("min_count", "min_confidence", "n_rules", "n_redundant"),
    [(10, 0.8, 410, 18), (10, 0.6, 2918, 204), (10, 0.5, 5668, 572), (99, 0.5, 15, 0),
     (99, 0.25, 170, 2), (60, 0.25, 463, 17), (50, 0.3, 482, 22)],
)  # fmt: skip
def test_arules_finds_as_many(data_dir, golden, min_count, min_confidence, n_rules, n_redundant):
    itemsets = groceries_itemsets(data_dir, min_count)
    rules = association_rules(itemsets, min_confidence=min_confidence, measures=["lift"])
    golden(
        f"rules of Groceries at count {min_count}, confidence {min_confidence}; redundant ones",
        ours=[len(rules), int(rules["redundant"].sum())],
        published=[n_rules, n_redundant], source=ARULES,
    )  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "min_count", "n_rules"),
    [("retail", 882, 110), ("retail", 89, 5731), ("T10I4D100K", 1000, 6)],
)
def test_rules_of_larger_baskets(data_dir, name, min_count, n_rules):
    # Counted in whole numbers from pyfim's itemsets.
    itemsets = frequent_itemsets(market(data_dir, name), min_count=min_count)
    assert len(association_rules(itemsets, min_confidence=0.5, measures=[])) == n_rules


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "min_confidence"), [("s0.001_c0.8_410rules", 0.8), ("s0.001_c0.5_rules", 0.5)]
)
def test_they_are_the_rules_of_arules(data_dir, golden, name, min_confidence):
    rules = association_rules(
        groceries_itemsets(data_dir), min_confidence=min_confidence,
        measures=["support", "confidence", "coverage", "lift"], correction=None,
    )  # fmt: skip
    expected = keyed(arules(data_dir, name)).sort_index()
    found = keyed(rules).sort_index()
    assert list(found.index) == list(expected.index)
    assert (found["count"] == expected["count"]).all()
    assert (found["redundant"] == expected["redundant"]).all()
    for column in ("support", "confidence", "coverage", "lift"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-9)
    log10_p = np.log10(expected["fisher"])
    golden(
        f"largest relative error of log p over the {len(found):,} rules of arules",
        ours=float(np.abs(found["log10_p_value"] / log10_p - 1).max()), published=0.0,
        source=ARULES, tolerance=1e-9,
    )  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize(
    ("min_confidence", "alpha", "bonferroni", "holm", "bh"),
    [(0.8, 0.01, 131, 131, 410), (0.6, 0.01, 666, 675, 2918), (0.5, 0.01, 1178, 1192, 5544),
     (0.0, 0.01, 4358, 4450, 28736), (0.8, 0.05, 222, 222, 410), (0.6, 0.05, 964, 979, 2918),
     (0.5, 0.05, 1675, 1702, 5668), (0.0, 0.05, 6175, 6370, 34419)],
)  # fmt: skip
def test_the_family_is_what_was_examined(data_dir, min_confidence, alpha, bonferroni, holm, bh):
    # Counted by a program of its own, from pyfim's itemsets and scipy's hypergeometric tail.
    itemsets = groceries_itemsets(data_dir)
    found = [
        association_rules(
            itemsets, min_confidence=min_confidence, alpha=alpha, correction=correction,
            measures=[],
        )
        for correction in ("bonferroni", "holm", "bh")
    ]  # fmt: skip
    assert (found[0]["n_tests"] == 40_943).all()
    assert [int(rules["significant"].sum()) for rules in found] == [bonferroni, holm, bh]


@pytest.mark.data
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_bonferroni_on_the_p_values_of_arules(data_dir, golden, alpha):
    rules = association_rules(
        groceries_itemsets(data_dir), min_confidence=0.5, alpha=alpha, correction="bonferroni"
    )
    theirs = arules(data_dir, "s0.001_c0.5_rules")["fisher"]
    golden(
        f"rules of confidence 0.5 on Groceries significant at {alpha}, Bonferroni over all 40,943",
        ours=int(rules["significant"].sum()), published=int((theirs * 40_943 <= alpha).sum()),
        source=f"{ARULES}: its Fisher p-values times 40,943",
    )  # fmt: skip


@pytest.mark.data
def test_layered_search_space(data_dir):
    rules = association_rules(
        groceries_itemsets(data_dir), family="search_space", correction="bonferroni"
    )
    sure = rules["significant"]
    confident = 2 * rules["count"] >= rules["antecedent_count"]
    # Counted by a program of its own from Webb's (2008) formula: 169 items, 6 at most in a rule.
    assert [int(sure.sum()), int((sure & confident).sum())] == [1890, 329]


@pytest.mark.data
@pytest.mark.parametrize(
    ("min_confidence", "taken", "sure", "very_sure"),
    [(0.5, 10_940, 311, 207), (0.25, 27_265, 792, 565)],
)
def test_holdout_on_groceries(data_dir, min_confidence, taken, sure, very_sure):
    # Counted by a program of its own, on the halves of the same permutation.
    halves = split_baskets(groceries_by_name(data_dir), random_state=0)
    rules = association_rules(
        frequent_itemsets(halves.explore, min_count=5), min_confidence=min_confidence,
        family="holdout", holdout=halves.holdout, correction="bonferroni",
    )  # fmt: skip
    assert (rules["n_tests"] == len(rules)).all()
    assert len(rules) == taken
    assert int(rules["significant"].sum()) == sure
    assert int((rules["p_adjusted"] <= 0.01).sum()) == very_sure


@pytest.mark.data
def test_basket_sizes_explain_most_rules(data_dir):
    itemsets = groceries_itemsets(data_dir)
    rules = association_rules(itemsets, null="basket_size", correction="bonferroni")
    # Fisher calls 6,175 significant; what is left is known: liquor with wine and beer.
    assert 100 < rules["significant"].sum() < 300
    assert rules["size_adjusted_lift"].median() == pytest.approx(1.24, abs=0.02)
    first = rules.sort_values("log10_p_value").iloc[0]
    assert {*first["antecedent"], first["consequent"]} <= {
        "bottled beer", "liquor", "red/blush wine",
    }  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(basket_lists, st.integers(1, 3), st.integers(1, 3))
def test_brute_force(lists, min_count, max_consequent):
    expected = brute_rules(lists, min_count, max_consequent)
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min_count=min_count)
    rules = association_rules(itemsets, max_consequent=max_consequent, measures="all")
    found = {
        (tuple(row.antecedent), tuple(row.consequent) if max_consequent > 1 else (row.consequent,)):
        row
        for row in rules.itertuples()
    }  # fmt: skip
    assert set(found) == set(expected)
    if not expected:
        return
    p = np.array([fisher_by_sums(*expected[rule]) for rule in found])
    np.testing.assert_allclose(rules["p_value"], p, rtol=1e-9)
    # The order of equal p-values does not matter; their last digit may decide between two.
    np.testing.assert_allclose(rules["p_adjusted"], step_up(p), rtol=1e-9)
    for rule, row in found.items():
        a, r1, c1, _ = expected[rule]
        assert (row.count, row.antecedent_count, row.consequent_count) == (a, r1, c1)
        assert row.confidence == a / r1
        assert row.redundant == redundant_by_definition(expected, rule)
    cells = pd.DataFrame([expected[rule] for rule in found], columns=["a", "r1", "c1", "n"])
    cells = cells.assign(b=cells.r1 - cells.a, c=cells.c1 - cells.a)
    cells = cells.assign(d=cells.n - cells.a - cells.b - cells.c)[list("abcd")]
    measured = rule_measures(cells)
    pd.testing.assert_frame_equal(rules[measured.columns[4:]], measured[measured.columns[4:]])


@settings(max_examples=40, deadline=None)
@given(
    basket_lists, st.floats(0, 1), st.floats(0, 3), st.sampled_from([False, True, "significance"]),
    st.sampled_from(["bh", "by", "holm", "bonferroni"]),
    st.sampled_from(["candidates", "search_space"]),
)  # fmt: skip
def test_filters_never_change_an_adjusted_p_value(
    lists, min_confidence, min_lift, drop_redundant, correction, family
):
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min_count=1, max_len=4)
    every = keyed(association_rules(itemsets, correction=correction, family=family))
    some = keyed(
        association_rules(
            itemsets, min_confidence=min_confidence, min_lift=min_lift,
            drop_redundant=drop_redundant, correction=correction, family=family,
        )
    )  # fmt: skip
    assert set(some.index) <= set(every.index)
    pd.testing.assert_series_equal(some["p_adjusted"], every["p_adjusted"][some.index])
    if family == "candidates" and len(every):
        assert every["n_tests"].iloc[0] == itemsets.sizes[itemsets.sizes > 1].sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_a_confidence_met_exactly_is_kept(share):
    a, r1 = share
    lists = [["x", "y"]] * a + [["x"]] * (r1 - a) + [["z"]]
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min_count=1)
    rules = keyed(association_rules(itemsets, min_confidence=a / r1))
    assert (("x",), "y") in rules.index
    if a < r1:
        above = keyed(association_rules(itemsets, min_confidence=np.nextafter(a / r1 + 1e-9, 1)))
        assert (("x",), "y") not in above.index


def test_thresholds_beyond_64_bits(small):
    odd = 0.8571428571428570  # a hair below 6/7, which no short fraction equals
    rules = keyed(association_rules(small, min_confidence=odd, min_lift=1.71428571428571))
    assert list(rules.index) == [(("butter",), "bread")]


def test_templates_make_the_family_smaller(small):
    rules = association_rules(small, consequents={"bread"})
    assert set(rules["consequent"]) == {"bread"}
    assert (rules["n_tests"] == 1).all()
    by_name = association_rules(small, antecedents=lambda name: name.startswith("b"))
    assert {tuple(side) for side in by_name["antecedent"]} == {("bread",), ("butter",)}
    assert (by_name["n_tests"] == 3).all()
    layered = association_rules(small, family="search_space", consequents=iter(["bread"]))
    assert (layered["n_tests"] == 2).all()


@pytest.mark.parametrize("kind", ["closed", "generators"])
def test_rules_from_closed_sets_and_generators(kind):
    lists = [["a", "b", "c"]] * 4 + [["a", "b"]] * 2 + [["b"], ["c"], ["d", "a"]]
    baskets = Baskets.from_lists(lists)
    every = keyed(association_rules(frequent_itemsets(baskets, min_count=1), correction=None))
    sets = frequent_itemsets(baskets, min_count=1, kind=kind)
    rules = keyed(association_rules(sets, correction=None))
    assert len(rules) == sets.sizes[sets.sizes > 1].sum()
    same = every.loc[rules.index].drop(columns="n_tests")
    pd.testing.assert_frame_equal(rules.drop(columns="n_tests"), same)


def test_no_rule_between_an_item_and_its_group():
    baskets = Baskets.from_lists([["ham", "milk"]] * 5 + [["ham"]] * 5 + [["salami"]] * 3)
    mixed = baskets.with_groups({"ham": "meat", "salami": "meat"})
    rules = association_rules(frequent_itemsets(mixed, min_count=2))
    sides = {(*row.antecedent, row.consequent) for row in rules.itertuples()}
    assert sides == {("ham", "milk"), ("milk", "ham"), ("meat", "milk"), ("milk", "meat")}
    with pytest.raises(ValueError, match="groups among the items fill several"):
        association_rules(frequent_itemsets(mixed, min_count=2), null="basket_size")


def test_improvement_and_its_p_value():
    lists = [["a", "b", "y"]] * 8 + [["a", "y"]] * 4 + [["a"]] * 8 + [["b"]] * 10 + [["y"]] * 2
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min_count=1)
    rules = keyed(
        association_rules(itemsets, measures=["confidence", "improvement", "p_improvement"])
    )
    row = rules.loc[[(("a", "b"), "y")]].iloc[0]
    assert row["improvement"] == pytest.approx(1 - 12 / 20)
    within = max(fisher_by_sums(8, 8, 12, 20), fisher_by_sums(8, 8, 8, 18))
    assert row["p_improvement"] == pytest.approx(within, rel=1e-10)
    kept = association_rules(itemsets, min_improvement=0.3, measures=[])
    assert (("a", "b"), "y") in keyed(kept).index
    strict = association_rules(itemsets, drop_redundant="significance", alpha=0.001, measures=[])
    assert (("a", "b"), "y") not in keyed(strict).index


@pytest.mark.data
def test_improvement_of_curd_and_yogurt(data_dir, golden):
    rules = keyed(
        association_rules(
            groceries_itemsets(data_dir), consequents=["whole milk"],
            measures=["improvement", "p_improvement"],
        )
    )  # fmt: skip
    row = rules.loc[[(("curd", "yogurt"), "whole milk")]].iloc[0]
    source = "Bayardo et al. (1999): 99/170 less the best sub-rule, curd 257/524, by hand"
    golden("improvement of curd, yogurt → whole milk", ours=row["improvement"],
           published=99 / 170 - 257 / 524, source=source, tolerance=1e-12)  # fmt: skip
    assert row["p_improvement"] == pytest.approx(0.0024, abs=5e-5)


def test_basket_size_finds_the_planted_rule_only():
    rng = np.random.default_rng(4)
    lists = []
    for _ in range(1500):
        size = rng.choice([1, 2, 8, 15])
        lists.append({f"i{item:02d}" for item in rng.choice(30, size, replace=False)})
        if rng.random() < 0.03:
            lists[-1] |= {"planted", "rule"}
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min_count=20, max_len=2)
    plain = association_rules(itemsets, correction="bonferroni")
    sized = association_rules(itemsets, correction="bonferroni", null="basket_size")
    assert plain["significant"].sum() > 200
    sure = sized[sized["significant"]]
    assert {(*row.antecedent, row.consequent) for row in sure.itertuples()} == {
        ("planted", "rule"), ("rule", "planted"),
    }  # fmt: skip
    assert (sized["test"] == "poisson_binomial").all()
    others = sized[~sized["significant"]]
    assert others["size_adjusted_lift"].median() == pytest.approx(1.0, abs=0.03)
    assert others["lift"].median() > 1.5


def test_holdout_counts_the_other_half():
    explore = Baskets.from_lists([["a", "b"]] * 5 + [["a"], ["c", "b"]])
    other = Baskets.from_lists([["b", "a"]] * 3 + [["b"]] * 4 + [["d"]] * 9)
    rules = keyed(
        association_rules(
            frequent_itemsets(explore, min_count=1), family="holdout", holdout=other,
            min_confidence=0.5, correction="bonferroni",
        )
    )  # fmt: skip
    assert set(rules.index) == {(("a",), "b"), (("b",), "a"), (("c",), "b")}
    row = rules.loc[[(("a",), "b")]].iloc[0]
    assert (row["count"], row["holdout_count"], row["holdout_antecedent_count"]) == (5, 3, 3)
    assert row["p_value"] == pytest.approx(fisher_by_sums(3, 3, 7, 16), rel=1e-12)
    assert row["n_tests"] == 3
    unknown = rules.loc[[(("c",), "b")]].iloc[0]
    assert (unknown["holdout_count"], unknown["p_value"]) == (0, 1.0)
    assert np.isnan(unknown["holdout_confidence"])
    sized = association_rules(
        frequent_itemsets(explore, min_count=1), family="holdout", holdout=other,
        null="basket_size",
    )  # fmt: skip
    assert sized["p_value"].between(0, 1).all()


def test_chi_square(small):
    rules = association_rules(small, test="chi_square", measures=["chi_square"], correction=None)
    from scipy.stats import chi2

    np.testing.assert_allclose(rules["p_value"], chi2.sf(rules["chi_square"], 1), rtol=1e-10)
    assert (rules["correction"] == "none").all()
    assert rules["p_adjusted"].equals(rules["p_value"])


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_backends(small, backend):
    frame = association_rules(small, backend=backend, max_consequent=2)
    empty = association_rules(small, backend=backend, max_consequent=2, min_lift=99.0)
    expected = association_rules(small, max_consequent=2)
    if backend == "pyarrow":
        assert frame.schema == empty.schema
        assert frame.column("antecedent").to_pylist() == expected["antecedent"].tolist()
    else:
        assert list(frame["antecedent"].to_list()) == expected["antecedent"].tolist()
    if backend == "polars":
        assert frame.schema == empty.schema
    assert len(empty) == 0
    assert list(empty.columns if backend != "pyarrow" else empty.column_names) == list(
        expected.columns
    )


def test_integer_items_and_nothing():
    rules = association_rules(frequent_itemsets(Baskets.from_lists([[1, 2], [1, 2]]), min_count=1))
    assert rules["antecedent"].tolist() == [[2], [1]]
    assert rules["consequent"].tolist() == [1, 2]
    none = association_rules(frequent_itemsets(Baskets.from_lists([["a"], []]), min_count=1))
    assert len(none) == 0
    assert "p_adjusted" in none


def test_order_is_that_of_confidence(small):
    rules = association_rules(small)
    assert rules["confidence"].is_monotonic_decreasing
    shuffled = Baskets.from_lists([SMALL[i] for i in np.random.default_rng(1).permutation(16)])
    again = association_rules(frequent_itemsets(shuffled, min_count=1))
    pd.testing.assert_frame_equal(rules, again)


def test_refusals(small):
    baskets = small.baskets
    with pytest.raises(ValueError, match="maximal itemsets: the counts of their subsets"):
        association_rules(frequent_itemsets(baskets, min_count=1, kind="maximal"))
    with pytest.raises(ValueError, match=r"did you mean 0\.8"):
        association_rules(small, min_confidence=80)
    with pytest.raises(ValueError, match="at most 1, got 200"):
        association_rules(small, min_confidence=200)
    with pytest.raises(ValueError, match="needs the other half"):
        association_rules(small, family="holdout")
    with pytest.raises(ValueError, match="pass family='holdout'"):
        association_rules(small, holdout=baskets)
    with pytest.raises(ValueError, match="correction must be one of"):
        association_rules(small, correction="fdr")
    with pytest.raises(ValueError, match="drop_redundant must be"):
        association_rules(small, drop_redundant="yes")
    with pytest.raises(ValueError, match="tests one consequent"):
        association_rules(small, null="basket_size", max_consequent=2)
    with pytest.raises(TypeError, match="got one text"):
        association_rules(small, consequents="bread")
    with pytest.raises(ValueError, match="did you mean 'bread'"):
        association_rules(small, consequents=["braed"])
    with pytest.raises(ValueError, match="'all' or a sequence"):
        association_rules(small, measures="lift")
    with pytest.raises(ValueError, match="max_consequent must be a whole number"):
        association_rules(small, max_consequent=0)
    foreign = Itemsets.from_mlxtend(
        pd.DataFrame({"support": [1.0, 0.5, 0.5],
                      "itemsets": [frozenset("a"), frozenset("b"), frozenset("ab")]}),
        n_baskets=4,
    )  # fmt: skip
    assert len(association_rules(foreign)) == 2
    with pytest.raises(ValueError, match="needs the baskets"):
        association_rules(foreign, null="basket_size")


def test_whole_names_are_whole_numbers_on_the_right_too():
    found = frequent_itemsets(Baskets.from_lists([[1, 2]] * 3 + [[1]]), min_count=2)
    assert association_rules(found)["consequent"].dtype == np.int64
    none = frequent_itemsets(Baskets.from_lists([[1, 2]]), min_count=2)
    assert association_rules(none)["consequent"].dtype == np.int64


def test_a_holdout_without_baskets_is_refused():
    half = Baskets.from_lists([["a", "b"]] * 4)
    found = frequent_itemsets(half, min_count=1)
    with pytest.raises(NotEnoughDataError, match="no baskets in holdout"):
        association_rules(found, family="holdout", holdout=half.take([]))
    with pytest.raises(ValueError, match="measures must be 'all' or a sequence of names, got None"):
        association_rules(found, measures=None)
