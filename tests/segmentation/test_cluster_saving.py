"""Saved clusters predict as before, hold no customer, and refuse what is not theirs."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, UnreadableFileError
from crmlytics.segmentation import CustomerClusters, KPrototypes, LatentClasses


def customers(seed: int = 0, rows: int = 60) -> pd.DataFrame:
    """Two groups, so that the latent classes have something to find soon."""
    rng = np.random.default_rng(seed)
    group = np.arange(rows) % 2
    member = pd.Series((rng.random(rows) < 0.1 + 0.8 * group).tolist(), dtype=object)
    return pd.DataFrame(
        {
            "orders": rng.gamma(1.0, 3.0, rows),
            "money": rng.gamma(2.0, 50.0, rows),
            "channel": np.where(rng.random(rows) < 0.1, "ünïted", np.where(group, "shop", "web")),
            "member": member.where(rng.random(rows) < 0.9),
            "stars": 1 + group + rng.integers(0, 2, rows),
        }
    )


def models(seed: int = 0):
    """Each clustering, unfitted, with the columns it takes."""
    return [
        (CustomerClusters(3, n_bootstraps=0, random_state=seed), ["orders", "money"]),
        (KPrototypes(3, categorical=["channel", "member", "stars"], n_init=2, random_state=seed),
         ["orders", "channel", "money", "member", "stars"]),
        (LatentClasses(2, n_init=2, random_state=seed), ["channel", "member", "stars"]),
    ]  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_what_was_saved_predicts_alike(seed):
    table = customers(seed)
    for model, columns in models(seed):
        model.fit(table[columns])
        again = type(model).from_json(model.to_json())
        assert again.predict(table[columns]).tolist() == model.predict(table[columns]).tolist()
        assert again.to_json() == model.to_json()


def test_tables_and_parameters_come_back(tmp_path):
    for model, columns in models():
        model.fit(customers()[columns])
        model.to_json(tmp_path / "model.json")
        again = type(model).from_json(tmp_path / "model.json")
        for name in ("stability_", "profile_", "prototypes_", "shares_", "table_"):
            if hasattr(model, name):
                # A column of truth values that could have had missing ones is of objects.
                pd.testing.assert_frame_equal(
                    getattr(again, name), getattr(model, name), check_dtype=False
                )
        assert again.get_params() | {"random_state": 0} == model.get_params()
        assert again.feature_names_in_.tolist() == columns
        with pytest.raises(ValueError, match=r"[Ff]eature names|fitted on the columns"):
            again.predict(
                customers().rename(columns={columns[0]: "other"})[["other", *columns[1:]]]
            )


def test_by_hand():
    table = pd.DataFrame({"x": [0.0, 2.0, 10.0, 12.0, 11.0]})
    model = CustomerClusters(2, scale="standard", n_bootstraps=0, random_state=0).fit(table)
    saved = json.loads(model.to_json())
    assert saved["model"] == "CustomerClusters"
    assert saved["features"] == ["x"]
    assert saved["learnt"]["n_clusters_"] == 2
    assert "labels_" not in saved["learnt"]  # they are the customers
    again = CustomerClusters.from_json(model.to_json())
    assert again.predict(pd.DataFrame({"x": [-100.0, 6.5]})).tolist() == [1, 0]


def test_arrays_have_no_names():
    model = CustomerClusters(2, n_bootstraps=0, random_state=0).fit(np.arange(1.0, 41.0)[:, None])
    again = CustomerClusters.from_json(model.to_json())
    assert again.predict([[1.0], [40.0]]).tolist() == model.predict([[1.0], [40.0]]).tolist()


def test_refusals(tmp_path):
    table = customers()
    clusters, prototypes, _ = (model.fit(table[columns]) for model, columns in models())
    with pytest.raises(ValueError, match="clustering must be one of 'KPrototypes'"):
        KPrototypes.from_json(clusters.to_json())
    with pytest.raises(UnreadableFileError, match="no clustering can be read"):
        KPrototypes.from_json(tmp_path / "none.json")
    changed = json.loads(prototypes.to_json())
    del changed["learnt"]["gamma_"]
    with pytest.raises(DataContractError, match="incomplete or was changed by hand"):
        KPrototypes.from_json(json.dumps(changed))
    days = table.assign(channel=[dt.date(2024, 1, 1 + row % 3) for row in range(len(table))])
    dated = KPrototypes(2, categorical=["channel"], columns=["orders", "channel"], random_state=0)
    with pytest.raises(DataContractError, match="'channel' has categories of the type date"):
        dated.fit(days).to_json()
