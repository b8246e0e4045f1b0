"""loyalty_index: hand cases on every engine, the index follows from its parts, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import percentileofscore, zscore

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.retention import loyalty_index

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["d", "b", "c", "a"],
        "recency_days": [3, 40, 10, 200],
        "frequency": [9, 2, 2, 1],
    }
)
ASKED = {"weights": {"recency_days": 1, "frequency": 3}, "lower_is_better": ["recency_days"]}


def test_the_index_by_hand(engine):
    found = engine.columns(loyalty_index(engine.make(CUSTOMERS), **ASKED))
    assert found == {
        "customer_id": ["d", "b", "c", "a"],
        "recency_days_score": [87.5, 37.5, 62.5, 12.5],
        "frequency_score": [87.5, 50.0, 50.0, 12.5],
        "loyalty_index": [87.5, (37.5 + 150) / 4, (62.5 + 150) / 4, 12.5],
    }


def test_scores_are_those_of_scipy(golden):
    values = np.random.default_rng(1).integers(0, 9, 50).astype(float)
    customers = pd.DataFrame({"customer_id": range(50), "visits": values})
    asked = {"weights": {"visits": 2.0}}
    golden("percentile scores of 50 customers with ties", tolerance=1e-12,
           ours=loyalty_index(customers, **asked)["visits_score"].tolist(),
           published=[float(percentileofscore(values, one, "mean")) for one in values],
           source="scipy.stats.percentileofscore, kind='mean'")  # fmt: skip
    golden("z scores of 50 customers", tolerance=1e-12,
           ours=loyalty_index(customers, method="z", **asked)["visits_score"].tolist(),
           published=zscore(values).tolist(), source="scipy.stats.zscore")  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 9), st.floats(-1e6, 1e6)), min_size=1, max_size=30),
    weights=st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)),
    method=st.sampled_from(["percentile", "z"]),
)
def test_the_index_is_the_weighted_mean_of_its_parts(rows, weights, method):
    x, y = np.array(rows, float).T
    customers = pd.DataFrame({"customer_id": np.arange(len(x)), "x": x, "y": y})
    asked = {"method": method, "weights": dict(zip("xy", weights, strict=True))}
    found = loyalty_index(customers, lower_is_better=["y"], **asked)
    parts = found[["x_score", "y_score"]].to_numpy() @ np.array(weights) / sum(weights)
    assert found["loyalty_index"].to_numpy() == pytest.approx(parts, abs=1e-9)
    centre = 50.0 if method == "percentile" else 0.0
    assert found["loyalty_index"].mean() == pytest.approx(centre, abs=1e-6)
    if method == "percentile":
        assert found["loyalty_index"].between(0.0, 100.0).all()
    scaled = asked | {"weights": {name: 7 * value for name, value in asked["weights"].items()}}
    again = loyalty_index(customers, lower_is_better="y", **scaled)
    assert again["loyalty_index"].to_numpy() == pytest.approx(found["loyalty_index"].to_numpy())


def test_equal_customers_have_equal_scores():
    same = CUSTOMERS.assign(frequency=5)
    for method, score in (("percentile", 50.0), ("z", 0.0)):
        found = loyalty_index(same, weights={"frequency": 1}, method=method)
        assert set(found["loyalty_index"]) == {score}


def test_wrong_parameters_are_named():
    with pytest.raises(ValueError, match="at least 1 component"):
        loyalty_index(CUSTOMERS, weights={})
    for weight in (0, -1, float("nan"), "much"):
        with pytest.raises(ValueError, match="the weight of 'frequency'"):
            loyalty_index(CUSTOMERS, weights={"frequency": weight})
    with pytest.raises(ValueError, match="lower_is_better names no component"):
        loyalty_index(CUSTOMERS, weights={"frequency": 1}, lower_is_better=["recency_days"])
    with pytest.raises(ValueError, match="method"):
        loyalty_index(CUSTOMERS, weights={"frequency": 1}, method="rank")
    with pytest.raises(ColumnNotFoundError, match="did you mean 'frequency'"):
        loyalty_index(CUSTOMERS, weights={"frequenzy": 1})


def test_wrong_data_are_refused():
    missing = CUSTOMERS.assign(frequency=[1.0, None, 2.0, 3.0])
    with pytest.raises(DataContractError, match="1 of 4 values of 'frequency' are missing"):
        loyalty_index(missing, weights={"frequency": 1})
    with pytest.raises(DataContractError, match="3 of 4 rows repeat a customer"):
        loyalty_index(CUSTOMERS.assign(customer_id=1), weights={"frequency": 1})
