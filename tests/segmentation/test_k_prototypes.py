"""KPrototypes: by hand, against kmodes, and whatever the order of the rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import check_estimator

from crmlytics.errors import (
    ColumnNotFoundError,
    ConvergenceWarning,
    DataContractError,
    NotEnoughDataError,
)
from crmlytics.segmentation import KPrototypes
from tests.segmentation.golden.make_k_prototypes import rows

GOLDEN = Path(__file__).parent / "golden" / "k_prototypes.csv"


@pytest.fixture
def table():
    return pd.DataFrame(rows(), columns=["a", "b", "colour", "size"])


def fitted(frame, **options):
    chosen = {"categorical": ["colour", "size"], "random_state": 0} | options
    return KPrototypes(**chosen).fit(frame)


def test_by_hand():
    frame = pd.DataFrame({"x": [0.0, 2.0, 10.0, 12.0], "kind": ["u", "v", "w", "w"]})
    found = KPrototypes(
        2, categorical=["kind"], scale="none", gamma=0.5, random_state=1
    ).fit(frame)  # fmt: skip
    # Means 1 and 11: four squared distances of 1, and one of u, v is not the mode.
    assert found.cost_ == pytest.approx(4.5)
    assert found.prototypes_["x"].tolist() == [1.0, 11.0]
    assert found.prototypes_["kind"].tolist() == ["u", "w"]
    assert found.labels_.tolist() == [0, 0, 1, 1]
    assert found.predict(pd.DataFrame({"x": [3.0, 11.0], "kind": ["new", None]})).tolist() == [0, 1]


def test_the_least_costs_of_kmodes(table, golden):
    for case in pd.read_csv(GOLDEN).itertuples():
        gamma = None if np.isnan(case.gamma) else case.gamma
        found = fitted(table, n_clusters=case.n_clusters, gamma=gamma, scale="none")
        which = f"{case.n_clusters} clusters, gamma {'by rule' if gamma is None else gamma}"
        for what, ours, theirs in (
            ("least cost", found.cost_, case.cost),
            ("cost of a mismatch", found.gamma_, case.gamma_used),
        ):
            golden(
                f"KPrototypes: {what}, {which}",
                ours=ours,
                published=theirs,
                tolerance=1e-9 * theirs,  # both add up 300 floats
                source="kmodes 0.12.2, least of 40 starts by Huang's and Cao's seeding",
            )


def test_planted_groups_come_back(table):
    found = fitted(table, n_clusters=4)
    group = np.arange(len(table)) % 4
    for one in range(4):
        labels = found.labels_[group == one]
        assert np.bincount(labels).max() / len(labels) > 0.9
    assert found.prototypes_["share"].sum() == pytest.approx(1.0)
    assert found.prototypes_["n"].is_monotonic_decreasing
    assert found.cost_ == found.costs_.min()


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(60)), seed=st.integers(0, 5))
def test_the_order_of_the_rows_changes_nothing(order, seed):
    frame = pd.DataFrame(rows(60), columns=["a", "b", "colour", "size"])
    there = fitted(frame, n_clusters=3, random_state=seed)
    back = fitted(frame.iloc[list(order)], n_clusters=3, random_state=seed)
    assert back.cost_ == pytest.approx(there.cost_)
    assert back.labels_.tolist() == there.labels_[list(order)].tolist()
    assert there.predict(frame).tolist() == there.labels_.tolist()


def test_every_engine_alike(engine, table):
    found = fitted(engine.make(table), n_clusters=4)
    assert found.labels_.tolist() == fitted(table, n_clusters=4).labels_.tolist()
    assert found.predict(engine.make(table)).tolist() == found.labels_.tolist()


def test_missing_is_a_category_and_numbers_alone_are_k_means():
    frame = pd.DataFrame({"x": [1.0, 1.0, 1.0, 1.0], "kind": ["u", "u", None, None]})
    found = KPrototypes(2, categorical=["kind"], random_state=0).fit(frame)
    assert found.cost_ == 0.0
    assert found.labels_.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    only = KPrototypes(2, random_state=0).fit([[0.0], [1.0], [9.0], [10.0], [11.0]])
    assert only.labels_.tolist() == [1, 1, 0, 0, 0]


def test_it_is_an_estimator_of_numbers():
    check_estimator(KPrototypes(2, n_init=3, random_state=0), on_skip=None)


def test_only_categories():
    frame = pd.DataFrame({"p": list("aabb"), "q": list("xxyy")})
    assert KPrototypes(2, categorical=["p", "q"], random_state=0).fit(frame).cost_ == 0.0


def test_refusals(table):
    with pytest.raises(ColumnNotFoundError, match="did you mean 'colour'"):
        fitted(table, categorical=["color"])
    with pytest.raises(TypeError, match="list of names"):
        fitted(table, categorical="colour")
    with pytest.raises(TypeError, match="must be a frame"):
        fitted(table.to_numpy())
    with pytest.raises(NotEnoughDataError, match="as many different rows"):
        fitted(table.iloc[[0, 0, 0]], n_clusters=2)
    with pytest.raises(DataContractError, match="looks like an id"):
        fitted(table.assign(customer_id=range(len(table))))
    with pytest.raises(DataContractError, match="1 of 300 values of 'a'"):
        fitted(table.assign(a=table["a"].where(table.index > 0)))
    with pytest.raises(DataContractError, match="fitted on the columns"):
        fitted(table, n_clusters=2).predict(table[["b", "a", "colour", "size"]])
    with pytest.raises(ValueError, match="scale must be one of"):
        fitted(table, scale="log")
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        fitted(table, n_clusters=5, n_init=1, max_iter=1)
