"""LookAlike: hidden seeds are found, chance stays chance, leaks are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.segmentation import LookAlike


def planted(n=1_500, seed=5):
    """A pool in which a fifth is alike; 40 % of those alike are known as seeds."""
    rng = np.random.default_rng(seed)
    alike = rng.random(n) < 0.2
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:05d}" for i in range(n)],
            "visits": rng.poisson(np.where(alike, 9, 4)).astype(float),
            "channel": np.where(rng.random(n) < np.where(alike, 0.7, 0.3), "web", "shop").astype(
                object
            ),
            "noise": rng.normal(size=n),
            "seed": alike & (rng.random(n) < 0.4),
            "alike": alike,
        }
    )


FEATURES = ["visits", "channel", "noise"]


@pytest.mark.parametrize("method", ["propensity", "neighbours"])
def test_those_alike_are_found(method):
    customers = planted()
    found = LookAlike(features=FEATURES, method=method, random_state=0).fit(customers)
    at = found.curve_.set_index("reach")
    assert at.loc[0.2, "lift"] > 2
    assert at.loc[0.2, "low"] > 0.2, "clearly better than at random"
    assert at.loc[1.0, ["recall", "lift"]].tolist() == [1.0, 1.0]
    # The truth: those alike of the pool, who are no seeds, rank high, too.
    pool = found.ranking_.merge(customers, on="customer_id")
    assert not pool["seed"].any()
    assert len(pool) == found.n_pool_
    first = pool.nsmallest(len(pool) // 5, "rank")["alike"].mean()
    assert first > 2 * pool["alike"].mean()
    assert found.ranking_["rank"].is_monotonic_increasing


@pytest.mark.parametrize("method", ["propensity", "neighbours"])
def test_noise_is_worth_no_more_than_chance(method):
    recall = [
        LookAlike(features=["noise"], method=method, random_state=0)
        .fit(planted(600, seed=seed))
        .curve_.set_index("reach")
        .loc[0.5, "recall"]
        for seed in range(8)
    ]
    # 8 · 48 seeds: a standard error of 0.026.
    assert 0.42 < np.mean(recall) < 0.58
    constant = LookAlike(features=["same"], method=method, random_state=0)
    curve = constant.fit(planted(200).assign(same=1.0)).curve_
    assert curve["lift"].tolist() == pytest.approx([1.0] * len(curve))


def test_a_leak_and_an_id_are_named():
    customers = planted()
    leak = customers.assign(got_letter=customers["seed"] * 1.0)
    with pytest.warns(DataQualityWarning, match="1 features tell the seed .* 'got_letter'"):
        found = LookAlike(features=["visits", "got_letter"], random_state=0).fit(leak)
    assert found.column_aucs_["got_letter"] == 1.0
    assert found.column_aucs_["visits"] < 0.95
    named = customers.assign(email=[f"mail{i}" for i in range(len(customers))])
    with pytest.warns(DataQualityWarning, match="another text for nearly every customer"):
        found = LookAlike(features=["visits", "email"], random_state=0).fit(named)
    assert found.dropped_ == ["email"]
    words = customers.assign(code=np.where(customers["seed"], "VIP", "none").astype(object))
    with pytest.warns(DataQualityWarning, match="'code'"):
        LookAlike(features=["visits", "code"], random_state=0).fit(words)


def test_every_engine_and_row_order_gives_the_same_ranking(engine):
    customers = planted(300)
    customers.loc[3, "visits"] = np.nan
    expected = LookAlike(features=FEATURES, random_state=0).fit(customers)
    mixed = customers.drop(columns="alike").sample(frac=1, random_state=1, ignore_index=True)
    found = LookAlike(features=FEATURES, random_state=0).fit(engine.make(mixed))
    assert found.ranking_["customer_id"].tolist() == expected.ranking_["customer_id"].tolist()
    assert found.curve_["recall"].tolist() == expected.curve_["recall"].tolist()


def test_others_are_scored_by_what_was_learnt(engine):
    found = LookAlike(features=FEATURES, random_state=0).fit(planted(400))
    others = pd.DataFrame(
        {"customer_id": ["x", "y"], "visits": [12.0, 1.0], "channel": ["web", "new channel"],
         "noise": [0.0, None]}
    )  # fmt: skip
    score = engine.columns(found.score_customers(engine.make(others)))["score"]
    assert score[0] > score[1]
    with pytest.raises(DataContractError, match="already has the column 'score'"):
        found.score_customers(others.assign(score=1))
    with pytest.raises(NotFittedError):
        LookAlike(features=FEATURES).score_customers(others)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=20, max_size=80))
def test_recall_rises_with_reach_and_ends_at_all(rows):
    frame = pd.DataFrame(rows, columns=["x", "seed"]).assign(customer_id=range(len(rows)))
    frame.loc[:5, "seed"], frame.loc[6:11, "seed"] = True, False
    found = LookAlike(features=["x"], method="neighbours", n_folds=3, random_state=0)
    try:
        curve = found.fit(frame).curve_
    except DataQualityWarning:
        return  # a column that tells all
    assert curve["recall"].is_monotonic_increasing
    assert curve["recall"].iloc[-1] == 1.0
    assert (curve["low"] <= curve["recall"]).all()


def test_bad_input_is_refused():
    customers = planted(200)
    with pytest.raises(NotEnoughDataError, match="3 seeds and 197 others; at least 10"):
        LookAlike(features=["visits"]).fit(customers.assign(seed=[True] * 3 + [False] * 197))
    with pytest.raises(DataContractError, match="1 of 200 values of 'seed' are neither"):
        LookAlike(features=["visits"]).fit(customers.assign(seed=[2] + [0] * 199))
    with pytest.raises(DataContractError, match="1 of 200 values of 'customer_id' are missing or"):
        LookAlike(features=["visits"]).fit(customers.assign(customer_id=[1, 1, *range(2, 200)]))
    with pytest.raises(ValueError, match="features must name"):
        LookAlike(features=[]).fit(customers)
    with pytest.raises(ValueError, match="method must be one of"):
        LookAlike(features=["visits"], method="knn").fit(customers)
    with pytest.raises(DataContractError, match="all 1 features"):
        LookAlike(features=["id2"]).fit(customers.assign(id2=customers["customer_id"]))
    model = LookAlike(features=["visits"], n_folds=3)
    assert clone(model).get_params() == model.get_params()
