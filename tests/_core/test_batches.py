"""map_batches: one numpy kernel, the same answer from every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics._core.batches import map_batches
from crmlytics.errors import ColumnNotFoundError, DataContractError
from tests.support.engines import columns


def logistic(batch):
    """A kernel as a model has it: array in, arrays out, with a text beside the number."""
    score = 1 / (1 + np.exp(-batch["x"] * batch["n"]))
    return {
        "score": score,
        "twice": batch["n"] * 2,
        "tier": np.where(score > 0.5, "high", "low").astype(object),
    }


OUTPUTS = {"score": "float", "twice": "int", "tier": "text"}


@pytest.fixture
def table():
    rng = np.random.default_rng(3)
    n = 1_003
    return pd.DataFrame(
        {
            "customer": [f"c{i:04d}" for i in rng.permutation(n)],
            "x": rng.normal(size=n),
            "n": rng.integers(0, 5, n),
        }
    )


@pytest.mark.parametrize("batch_rows", [100, 5_000])
def test_every_engine_computes_the_same(engine, table, batch_rows):
    scored = map_batches(
        engine.make(table), logistic, inputs=["x", "n"], outputs=OUTPUTS, batch_rows=batch_rows
    )
    found = pd.DataFrame(engine.columns(scored)).sort_values("customer", ignore_index=True)
    expected = table.assign(**logistic({name: table[name].to_numpy() for name in ("x", "n")}))
    expected = expected.sort_values("customer", ignore_index=True)
    assert list(found) == ["customer", "x", "n", "score", "twice", "tier"]
    # The kernel is the same numpy code on the same numbers: equal to the last digit.
    for name in found:
        assert found[name].tolist() == expected[name].tolist(), name


def test_the_result_can_be_used_twice(engine, table):
    scored = map_batches(engine.make(table), logistic, inputs=["x", "n"], outputs=OUTPUTS)
    assert engine.columns(scored) == engine.columns(scored)


def test_an_empty_frame_gets_the_columns(engine, table):
    frame = engine.make(table.iloc[:0])
    scored = map_batches(frame, logistic, inputs=["x", "n"], outputs=OUTPUTS)
    assert list(engine.columns(scored)) == ["customer", "x", "n", "score", "twice", "tier"]


@settings(max_examples=25, deadline=None)
@given(batch_rows=st.integers(1, 60), n=st.integers(1, 50))
def test_where_batches_begin_does_not_matter(batch_rows, n):
    frame = pd.DataFrame({"x": np.linspace(-3, 3, n), "n": np.arange(n)}, index=range(7, n + 7))
    whole = map_batches(frame, logistic, inputs=["x", "n"], outputs=OUTPUTS)
    parts = map_batches(frame, logistic, inputs=["x", "n"], outputs=OUTPUTS, batch_rows=batch_rows)
    assert columns(whole) == columns(parts)


def test_wrong_calls_are_refused(table):
    with pytest.raises(ColumnNotFoundError, match="is not a column"):
        map_batches(table, logistic, inputs=["y"], outputs=OUTPUTS)
    with pytest.raises(DataContractError, match="bears the name"):
        map_batches(table, logistic, inputs=["x", "n"], outputs={"customer": "float"})
    with pytest.raises(DataContractError, match="must return 1003 values of 'score'"):
        map_batches(
            table, lambda _: {"score": np.ones(2)}, inputs=["x"], outputs={"score": "float"}
        )
