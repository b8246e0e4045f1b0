"""Equal rows are counted once, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.clv import _rows


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)), min_size=1))
def test_weights_are_conserved(rows):
    x, T, w = np.array(rows, float).T
    found, weights = _rows.compressed({"x": x, "T": T}, w)
    plain = {}
    for a, b, weight in rows:
        if weight:
            plain[a, b] = plain.get((a, b), 0) + weight
    got = {}
    for a, b, weight in zip(found["x"], found["T"], weights, strict=True):
        got[a, b] = got.get((a, b), 0) + weight
    assert got == plain


def test_distinct_rows_come_in_order_whatever_the_order_given():
    x = np.array([3.0, 1, 1, 3, 2, 1, 1, 1])
    found, weights = _rows.compressed({"x": x}, np.ones(8))
    assert found["x"].tolist() == [1, 2, 3]
    assert weights.tolist() == [5, 1, 2]


def test_few_equal_rows_are_left_as_they_are():
    x = np.arange(100.0)
    found, _ = _rows.compressed({"x": x}, np.ones(100))
    assert found["x"] is x


def test_many_levels_are_packed():
    rng = np.random.default_rng(0)
    columns = {f"c{i}": np.repeat(rng.random(3000), 2) for i in range(6)}
    found, weights = _rows.compressed(columns, np.ones(6000))
    assert len(weights) == 3000
    assert (weights == 2).all()
    assert len(found["c5"]) == 3000


def test_a_table_of_counts_gives_the_same():
    x = np.array([0.0, 3, 2, 2] * 30)
    table = _rows.per_count(lambda n: np.stack([n**2, n + 1]), x, (1.0, 2.0))
    assert (table == np.stack([x**2, x + 1])).all()
    rows = _rows.per_count(lambda n: n**2, x, (np.ones(120),))
    assert (rows == x**2).all()
    assert (_rows.per_distinct(lambda n, m: n + m, x, x) == 2 * x).all()


def test_batches_are_checked_like_frames():
    with pytest.raises(ValueError, match="1 of 2 values of 'x' are missing"):
        _rows.finite_floats({"x": np.array([1.0, np.nan])})
    with pytest.raises(ValueError, match="'x' must hold numbers"):
        _rows.finite_floats({"x": np.array(["a"], dtype=object)})
