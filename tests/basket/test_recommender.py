"""The recommender: by hand, against loops, against arules' rules, on every engine."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlytics.basket import (
    BasketRecommender,
    Baskets,
    association_rules,
    baskets,
    frequent_itemsets,
)
from crmlytics.basket import _recommender_ranking as ranking
from crmlytics.errors import DataContractError, NotEnoughDataError
from tests.basket.itemset_oracles import basket_lists
from tests.basket.market_data import groceries_by_name
from tests.basket.recommender_oracles import recommended

SHOP = Baskets.from_lists(
    [["printer", "ink"]] * 40 + [["printer", "pad"]] * 5 + [["pen"], ["pen", "pad"]] * 20
)


def rows(found):
    return list(found[["basket", "rank", "item", "method"]].itertuples(index=False, name=None))


def by_basket(found, n_baskets):
    result = [[] for _ in range(n_baskets)]
    for row in found.itertuples():
        result[row.basket].append((row.item, row.score, row.method))
    return result


def test_by_hand():
    found = BasketRecommender().fit(SHOP).recommend([["printer"], ["stapler"], []], n=3)
    assert rows(found) == [
        (0, 1, "ink", "rules"),  # 40 of 45 printers; the 5 pads are below the 10 that rules need
        (0, 2, "pad", "item_cosine"),
        (0, 3, "pen", "popularity"),
        (1, 1, "printer", "popularity"),  # nobody knows staplers
        (1, 2, "ink", "popularity"),  # as popular as pens: the first name
        (1, 3, "pen", "popularity"),
        (2, 1, "printer", "popularity"),
        (2, 2, "ink", "popularity"),
        (2, 3, "pen", "popularity"),
    ]
    first, second, third = (found.iloc[i] for i in range(3))
    assert (first["because"], first["count"], first["n"]) == (["printer"], 40, 45)
    assert first["score"] == 40 / 45
    assert 0 < first["p_value"] <= first["p_adjusted"] < 1e-9
    assert (second["because"], second["count"], second["n"]) == (["printer"], 5, 45)
    assert second["score"] == pytest.approx(5 / math.sqrt(45 * 25), abs=1e-12)
    assert second["p_value"] > 0.99
    assert np.isnan(second["p_adjusted"])
    assert (third["because"], third["count"], third["n"]) == ([], 40, 85)
    assert third["score"] == 40 / 85
    assert np.isnan(third["p_value"])


def test_one_list_of_names_is_one_basket():
    fitted = BasketRecommender().fit(SHOP)
    once = fitted.recommend(["printer"], n=2)
    pd.testing.assert_frame_equal(once, fitted.recommend([["printer"]], n=2))
    assert len(fitted.recommend([], n=2)) == 0


def test_integer_items_stay_integers():
    found = BasketRecommender().fit(Baskets.from_lists([[1, 2]] * 12)).recommend([[1]], n=1)
    assert found["item"].dtype == np.int64
    assert found["because"].tolist() == [[1]]


@settings(max_examples=60, deadline=None)
@given(
    lists=basket_lists,
    asked=st.lists(st.lists(st.integers(0, 9), max_size=6), min_size=1, max_size=6),
    method=st.sampled_from(["rules", "item_cosine", "popularity"]),
    n=st.integers(1, 6),
)
def test_equals_the_slow_way(lists, asked, method, n):
    bought = Baskets.from_lists(lists)
    if not len(bought.indices):
        return
    fitted = BasketRecommender(method=method, min_count=2, max_len=3).fit(bought)
    found = fitted.recommend([list(one) for one in asked], n=n)
    expected = recommended(bought, asked, n=n, method=method, min_count=2, max_len=3)
    got = by_basket(found, len(asked))
    for mine, theirs, basket in zip(got, expected, asked, strict=True):
        assert [row[::2] for row in mine] == [row[::2] for row in theirs]
        assert [row[1] for row in mine] == pytest.approx([row[1] for row in theirs], abs=1e-11)
        assert not {row[0] for row in mine} & set(basket)


@settings(max_examples=30, deadline=None)
@given(lists=basket_lists, seed=st.integers(0, 100))
def test_laws(lists, seed):
    bought = Baskets.from_lists(lists)
    if not len(bought.indices):
        return
    fitted = BasketRecommender(min_count=1, max_len=3).fit(bought)
    found = fitted.recommend(bought, n=4)
    for _, mine in found.groupby("basket"):
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))
        order = mine["method"].map(["rules", "item_cosine", "popularity"].index).tolist()
        assert order == sorted(order)
        assert all(part["score"].is_monotonic_decreasing for _, part in mine.groupby("method"))
        assert mine["item"].is_unique
        assert set(mine["count"] <= mine["n"]) == {True}
    # The order of the baskets learnt from changes nothing.
    shuffled = bought.take(np.random.default_rng(seed).permutation(bought.n_baskets))
    again = BasketRecommender(min_count=1, max_len=3).fit(shuffled).recommend(bought, n=4)
    pd.testing.assert_frame_equal(found, again)


def test_blocks_of_any_size_give_the_same(monkeypatch):
    rng = np.random.default_rng(3)
    bought = Baskets.from_lists([rng.choice(30, 6, replace=False).tolist() for _ in range(300)])
    whole = BasketRecommender(min_count=3, max_len=3).fit(bought).recommend(bought, n=5)
    for name in ("_FLAGS", "_STEPS"):
        monkeypatch.setattr(ranking, name, 90)
    monkeypatch.setattr("crmlytics.basket._recommender_rules._FIRINGS", 7)
    monkeypatch.setattr("crmlytics.basket._recommender_cosine._CELLS", 90)
    monkeypatch.setattr("crmlytics.basket._recommender_cosine._PAIRS", 50)
    small = BasketRecommender(min_count=3, max_len=3).fit(bought).recommend(bought, n=5)
    pd.testing.assert_frame_equal(whole, small)


def lines():
    rng = np.random.default_rng(8)
    order = np.repeat(np.arange(80), 3)
    return pd.DataFrame(
        {
            "order_id": order,
            "item": rng.choice(list("abcdefgh"), len(order)),
            "customer_id": [f"c{number % 25:02d}" for number in order],
        }
    )


def test_every_engine_gives_the_same(engine):
    made = baskets(engine.make(lines()), customer_col="customer_id")
    local = baskets(lines(), customer_col="customer_id")
    for by in ("basket", "customer"):
        found = BasketRecommender(min_count=3).fit(made).recommend(made, n=2, by=by)
        expected = BasketRecommender(min_count=3).fit(local).recommend(local, n=2, by=by)
        pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_every_backend_holds_the_same(backend):
    fitted = BasketRecommender().fit(SHOP)
    found = fitted.recommend([["printer"], []], n=3, backend=backend)
    expected = fitted.recommend([["printer"], []], n=3)
    assert type(found).__module__.startswith(backend)
    if backend != "pandas":
        assert [list(one) for one in found["because"].to_pylist()] if backend == "pyarrow" else True
        rows_of = found.to_pylist() if backend == "pyarrow" else found.to_dicts()
        assert [row["item"] for row in rows_of] == expected["item"].tolist()
        assert [list(row["because"]) for row in rows_of] == expected["because"].tolist()
        assert rows_of[2]["p_value"] is None


def test_customers_are_recommended_for_from_all_their_baskets():
    made = baskets(
        pd.DataFrame(
            {
                "order_id": [1, 2, 3, 4],
                "customer_id": ["ann", "ann", "bob", "cid"],
                "item": ["printer", "ink", "printer", "pen"],
            }
        ),
        customer_col="customer_id",
    )
    fitted = BasketRecommender().fit(SHOP)
    found = fitted.recommend(made, n=1, by="customer")
    assert found["customer_id"].tolist() == ["ann", "bob", "cid"]
    # Ann has printer and ink: of what is left the pad goes with printers.
    assert found["item"].tolist() == ["pad", "ink", "pad"]
    assert fitted.recommend(made, n=1)["order_id"].tolist() == [1, 2, 3, 4]


def test_learning_from_customers_sees_what_no_basket_holds():
    log = pd.DataFrame(
        {
            "order_id": range(48),
            "customer_id": np.repeat(range(24), 2),
            "item": ["cot", "pram"] * 12 + ["drill", "saw"] * 12,
        }
    )
    made = baskets(log, customer_col="customer_id")
    apart = BasketRecommender(min_count=5).fit(made)
    together = BasketRecommender(min_count=5, learn_from="customer").fit(made)
    assert apart.n_rules_ == 0
    assert together.n_baskets_ == 24
    found = together.recommend(["cot"], n=1)
    assert found["item"].tolist() == ["pram"]
    assert (found["count"].iloc[0], found["n"].iloc[0]) == (12, 12)


def test_alpha_leaves_out_rules_that_are_not_significant():
    rng = np.random.default_rng(0)
    noise = [rng.choice(list("abcdef"), 2, replace=False).tolist() for _ in range(300)]
    bought = Baskets.from_lists(noise + [["x", "y"]] * 20)
    every, some = BasketRecommender().fit(bought), BasketRecommender(alpha=0.05).fit(bought)
    assert every.n_rules_ > some.n_rules_ >= 2
    found = some.recommend([["a"], ["x"]], n=1)
    assert found["method"].tolist() == ["item_cosine", "rules"]


def test_the_lower_bound_of_the_lift_orders_by_affinity():
    rng = np.random.default_rng(1)
    lists = [["bag", *rng.choice(list("abcdef"), 2, replace=False)] for _ in range(400)]
    lists += [["cot", "pram", "bag"]] * 15 + [["bag"]] * 100
    bought = Baskets.from_lists([[str(name) for name in one] for one in lists])
    options = {"null": "basket_size", "min_count": 5}
    plain = BasketRecommender(**options).fit(bought).recommend(["cot"], n=1)
    lifted = BasketRecommender(score="lift_low", **options).fit(bought).recommend(["cot"], n=2)
    assert plain["item"].tolist() == ["bag"]  # in every basket, so sure to be there
    assert lifted["item"].tolist()[0] == "pram"
    table = association_rules(frequent_itemsets(bought, min_count=5), null="basket_size")
    is_it = [
        a == ["cot"] and c == "pram"
        for a, c in zip(table.antecedent, table.consequent, strict=True)
    ]
    assert 1 < lifted["score"].iloc[0] < table.loc[is_it, "size_adjusted_lift"].iloc[0]


def test_rules_of_the_caller_are_used_as_they_are():
    rules = association_rules(frequent_itemsets(SHOP, min_count=2), min_confidence=0.8)
    fitted = BasketRecommender().fit(SHOP, rules=rules)
    assert fitted.n_rules_ == len(rules)
    several = association_rules(
        frequent_itemsets(Baskets.from_lists([["a", "b", "c"]] * 9), min_count=2), max_consequent=2
    )
    with pytest.raises(DataContractError, match="max_consequent=1"):
        BasketRecommender().fit(SHOP, rules=several)


def test_saved_and_read_again_it_recommends_the_same(tmp_path):
    fitted = BasketRecommender(min_count=3, max_len=3).fit(SHOP)
    path = tmp_path / "recommender.json"
    text = fitted.to_json(path)
    assert json.loads(text)["parameters"]["min_count"] == 3
    for source in (text, path, str(path)):
        again = BasketRecommender.from_json(source)
        assert again.get_params() == fitted.get_params()
        pd.testing.assert_frame_equal(again.recommend(SHOP, n=3), fitted.recommend(SHOP, n=3))
    assert again.to_json() == text


def test_damaged_files_are_refused():
    content = json.loads(BasketRecommender().fit(SHOP).to_json())
    del content["levels"]["rules"]["indptr"]
    with pytest.raises(DataContractError, match="the saved recommender is damaged: KeyError"):
        BasketRecommender.from_json(json.dumps(content))


def test_it_is_an_estimator():
    made = BasketRecommender(method="item_cosine", n_neighbours=7)
    assert clone(made).get_params() == made.get_params()
    with pytest.raises(NotFittedError):
        made.recommend(["a"], n=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "rule"}, "did you mean 'rules'"),
        ({"score": "lift"}, "score must be one of"),
        ({"learn_from": "customers"}, "did you mean 'customer'"),
        ({"null": "size"}, "null must be one of"),
        ({"correction": "fdr"}, "correction must be one of"),
        ({"max_len": 1}, "max_len must be a whole number of at least 2"),
        ({"n_neighbours": 0}, "n_neighbours must be a whole number"),
        ({"alpha": 5}, r"did you mean 0\.05"),
        ({"level": 95}, r"did you mean 0\.95"),
        ({"score": "lift_low"}, "needs null='basket_size'"),
        ({"min_count": 2, "min_support": 0.1}, "got both"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        BasketRecommender(**options).fit(SHOP)


def test_refusals():
    with pytest.raises(TypeError, match="baskets must be a Baskets, got list"):
        BasketRecommender().fit([["a"]])
    with pytest.raises(NotEnoughDataError, match="no basket holds an item"):
        BasketRecommender().fit(Baskets.from_lists([[], []]))
    with pytest.raises(ValueError, match="of no use with method='popularity'"):
        BasketRecommender("popularity").fit(SHOP, rules=pd.DataFrame())
    with pytest.raises(DataContractError, match="learn_from='customer' needs baskets that know"):
        BasketRecommender(learn_from="customer").fit(SHOP)
    fitted = BasketRecommender().fit(SHOP)
    with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
        fitted.recommend(["pen"], n=0)
    with pytest.raises(DataContractError, match="by='customer' needs baskets that know"):
        fitted.recommend(["pen"], n=1, by="customer")
    with pytest.raises(ValueError, match="by must be one of"):
        fitted.recommend(["pen"], n=1, by="order")


@pytest.mark.data
def test_rules_of_arules_fire(data_dir, golden):
    bought = groceries_by_name(data_dir)
    fitted = BasketRecommender(min_count=10, max_len=6, min_confidence=0.8).fit(bought)
    source = "R arules 1.7.13, apriori(Groceries, support 0.001, confidence 0.8)"
    golden("BasketRecommender: rules in use", ours=fitted.n_rules_, published=410, source=source)
    name = "groceries/ref_arules_groceries_s0.001_c0.8_410rules.csv"
    with (data_dir / name).open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    rules = [
        (frozenset(row["LHS"][1:-1].split(",")), row["RHS"][1:-1], float(row["confidence"]))
        for row in table
    ]
    best = [
        max(c for x, y, c in rules if x <= antecedent and y not in antecedent)
        for antecedent, _, _ in rules
    ]
    found = fitted.recommend([list(antecedent) for antecedent, _, _ in rules], n=1)
    golden(
        "BasketRecommender: best score for the antecedents of 410 rules",
        ours=found["score"].tolist(),
        published=best,
        tolerance=1e-9,  # printed to 15 digits
        source=source,
    )


@pytest.mark.data
def test_counts_of_arules_are_behind_cosine_and_popularity(data_dir, golden):
    bought = groceries_by_name(data_dir)
    source = "R arules 1.7.13, counts of Groceries"
    near = BasketRecommender("item_cosine").fit(bought).recommend(["yogurt"], n=1)
    golden(
        "item cosine: first with yogurt is whole milk, baskets with both and with yogurt",
        ours=[*near["item"], *near["count"], *near["n"]],
        published=["whole milk", 551, 1372],
        source=source,
    )
    golden(
        "item cosine of yogurt and whole milk",
        ours=float(near["score"].iloc[0]),
        published=551 / math.sqrt(1372 * 2513),
        tolerance=1e-12,  # scores are rounded there
        source=source,
    )
    first = BasketRecommender("popularity").fit(bought).recommend([[]], n=1)
    golden(
        "popularity: share of baskets with whole milk",
        ours=float(first["score"].iloc[0]),
        published=0.2555160142,
        tolerance=5e-11,  # printed to 10 decimals
        source=source,
    )
