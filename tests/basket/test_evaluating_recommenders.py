"""Evaluation: by hand, nothing leaks, the baselines are there, and planted affinities are found."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

from crmlytics.basket import BasketRecommender, Baskets, baskets, evaluate_recommender
from crmlytics.errors import DataContractError, NotEnoughDataError

QUICK = {"n_draws": 50, "random_state": 4}


def log_of(rows):
    """Transactions from (customer, day of 2024, items)."""
    return pd.DataFrame(
        [
            (
                f"{customer}-{day}",
                customer,
                pd.Timestamp("2024-01-01") + pd.Timedelta(days=day),
                item,
            )
            for customer, day, items in rows
            for item in items
        ],
        columns=["order_id", "customer_id", "date", "item"],
    ).astype({"date": "datetime64[us]"})


def dated(rows):
    return baskets(log_of(rows), customer_col="customer_id", date_col="date")


HAND = [
    ("ann", 0, "ab"), ("ann", 40, "cd"),
    ("bob", 1, "a"), ("bob", 41, "ab"),
    ("cid", 2, "abc"), ("cid", 42, "d"),
    ("dan", 50, "abcd"),
]  # fmt: skip


def value(table, recommender, metric, k, column="value"):
    row = table[
        (table["recommender"] == recommender) & (table["metric"] == metric) & (table["k"] == k)
    ]
    return row[column].item()


def test_by_hand():
    # Before day 31: a 3, b 2, c 1 baskets; d is not known yet. Ann may be offered c (she buys c and
    # d), Bob b and c (he buys b, a he has), Cid nothing (he buys d). Dan comes only later.
    found = evaluate_recommender({}, dated(HAND), split_date="2024-02-01", k=[1, 2], **QUICK)
    assert found["recommender"].unique().tolist() == ["popularity", "item_cosine"]
    for name in ("popularity", "item_cosine"):
        assert value(found, name, "hit_rate", 1) == 2 / 3
        assert value(found, name, "mrr", 2) == 2 / 3
        assert value(found, name, "hit_rate", 1, "n") == 3
        assert value(found, name, "coverage", 2) == 2 / 3  # b and c of a, b, c
        assert value(found, name, "coverage", 2, "n") == 3
    assert np.isnan(value(found, "popularity", "hit_rate", 1, "difference"))
    assert value(found, "item_cosine", "hit_rate", 1, "difference") == 0.0
    assert value(found, "item_cosine", "hit_rate", 1, "difference_low") == 0.0
    assert np.isnan(value(found, "item_cosine", "coverage", 1, "low"))


class Recording(BaseEstimator):
    """Recommends nothing but notes what it was shown."""

    seen: ClassVar[list] = []

    def fit(self, bought):
        self.seen.append(("fit", bought))
        return self

    def recommend(self, asked, *, n):
        assert n == 1
        self.seen.append(("asked", asked))
        return pd.DataFrame({"basket": [0], "rank": [1], "item": asked.items[:1]})


def test_nothing_leaks_in_time():
    Recording.seen.clear()
    bought = dated(HAND)
    evaluate_recommender({"notes": Recording()}, bought, split_date="2024-02-01", k=[1], **QUICK)
    (_, learnt), (_, asked) = Recording.seen
    assert learnt.days.max() < bought.days[bought.days >= 19_754].min()
    assert learnt.n_baskets == 3
    held = [
        "".join(asked.items[asked.indices[a:b]])
        for a, b in zip(asked.indptr[:-1], asked.indptr[1:], strict=True)
    ]
    assert held == ["ab", "a", "abc"]


def test_nothing_leaks_when_one_is_left_out():
    Recording.seen.clear()
    rng = np.random.default_rng(2)
    rows = [
        (f"c{number % 9}", number, rng.choice(list("abcdef"), 3, replace=False))
        for number in range(40)
    ]
    bought = dated(rows)
    evaluate_recommender(
        {"notes": Recording()}, bought, design="leave_one_out", k=[1], n_folds=3, **QUICK
    )
    learnt = [what for word, what in Recording.seen if word == "fit"]
    asked = [what for word, what in Recording.seen if word == "asked"]
    assert len(learnt) == 3
    assert sum(one.n_baskets for one in asked) == 40
    assert {size for one in asked for size in one.sizes.tolist()} == {2}
    for one, questions in zip(learnt, asked, strict=True):
        # All baskets of a customer are asked of, or learnt from.
        outside = set(bought.customers.tolist()) - set(one.customers.tolist())
        assert sum(customer in outside for customer in bought.customers) == questions.n_baskets
        assert one.n_baskets + questions.n_baskets == 40


def test_planted_pairs_are_found():
    rng = np.random.default_rng(5)
    pairs = [[f"left{i}", f"right{i}"] for i in range(12)]
    lists = [pairs[rng.integers(12)] for _ in range(400)]
    found = evaluate_recommender(
        {"rules": BasketRecommender(min_count=5)},
        Baskets.from_lists(lists),
        design="leave_one_out",
        k=(1, 3),
        **QUICK,
    )
    assert value(found, "rules", "hit_rate", 1) == 1.0
    assert value(found, "item_cosine", "mrr", 3) == 1.0
    assert value(found, "popularity", "hit_rate", 1) < 0.3
    assert value(found, "rules", "hit_rate", 1, "difference_low") > 0.6
    assert value(found, "rules", "coverage", 1) == 1.0
    against = evaluate_recommender(
        {"rules": BasketRecommender(min_count=5)}, Baskets.from_lists(lists),
        design="leave_one_out", k=(1, 3), baseline="item_cosine", **QUICK,
    )  # fmt: skip
    assert value(against, "rules", "hit_rate", 1, "difference") == 0.0
    assert value(against, "popularity", "hit_rate", 1, "difference") < -0.6
    assert np.isnan(value(against, "item_cosine", "hit_rate", 1, "difference"))


def test_measures_keep_their_order():
    rng = np.random.default_rng(6)
    lists = [rng.choice(20, 4, replace=False).tolist() for _ in range(200)]
    found = evaluate_recommender(
        BasketRecommender(),
        Baskets.from_lists(lists),
        design="leave_one_out",
        k=[10, 1, 5],
        **QUICK,
    )
    assert found["k"].tolist() == [1, 5, 10] * 9
    assert found["recommender"].unique().tolist()[2] == "BasketRecommender"
    for _, part in found.groupby(["recommender", "metric"]):
        assert part["value"].is_monotonic_increasing
    cases = found[found["metric"] != "coverage"]
    assert ((cases["low"] <= cases["value"]) & (cases["value"] <= cases["high"])).all()
    for name in found["recommender"].unique():
        assert value(found, name, "mrr", 1) == value(found, name, "hit_rate", 1)
        assert value(found, name, "mrr", 10) <= value(found, name, "hit_rate", 10)


def test_the_same_seed_gives_the_same_table():
    lists = [["a", "b", "c"], ["b", "c"], ["a", "c"], ["a", "b"]] * 10
    first, second = (
        evaluate_recommender({}, Baskets.from_lists(lists), design="leave_one_out", **QUICK)
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)


def test_every_engine_gives_the_same(engine):
    log = log_of(HAND)
    made = baskets(engine.make(log), customer_col="customer_id", date_col="date")
    options = {"split_date": "2024-02-01", "k": [1, 2], **QUICK}
    pd.testing.assert_frame_equal(
        evaluate_recommender({}, made, **options),
        evaluate_recommender({}, dated(HAND), **options),
    )


def test_the_table_comes_in_the_kind_asked_for():
    found = evaluate_recommender(
        {}, dated(HAND), split_date="2024-02-01", backend="polars", **QUICK
    )
    assert type(found).__module__.startswith("polars")
    assert found["difference"][0] is None


def test_refusals():
    made, plain = dated(HAND), Baskets.from_lists([["a", "b"]] * 9)
    with pytest.raises(DataContractError, match="customers and days"):
        evaluate_recommender({}, plain, split_date="2024-02-01")
    with pytest.raises(ValueError, match="needs split_date"):
        evaluate_recommender({}, made)
    with pytest.raises(NotEnoughDataError, match="0 baskets lie before split_date and 7 from"):
        evaluate_recommender({}, made, split_date="2023-02-01")
    with pytest.raises(NotEnoughDataError, match="no customer known before"):
        evaluate_recommender(
            {}, dated([("ann", 0, "a"), ("bob", 40, "b")]), split_date="2024-02-01"
        )
    with pytest.raises(NotEnoughDataError, match="too few for n_folds=5"):
        evaluate_recommender({}, Baskets.from_lists([["a", "b"]] * 3), design="leave_one_out")
    with pytest.raises(ValueError, match="is the name of a baseline"):
        evaluate_recommender({"popularity": BasketRecommender()}, plain, design="leave_one_out")
    with pytest.raises(TypeError, match="'x' is int"):
        evaluate_recommender({"x": 3}, plain, design="leave_one_out")
    with pytest.raises(TypeError, match="must be a Baskets, got list"):
        evaluate_recommender({}, [["a"]], design="leave_one_out")
    for options, message in (
        ({"design": "random"}, "design must be one of"),
        ({"baseline": "rules"}, "baseline must be one of"),
        ({"k": []}, "at least one number"),
        ({"k": [0]}, "k must be a whole number"),
        ({"n_draws": 0}, "n_draws must be"),
        ({"level": 95}, "did you mean 0.95"),
        ({"design": "leave_one_out", "n_folds": 1}, "n_folds must be"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate_recommender({}, made, **options)
