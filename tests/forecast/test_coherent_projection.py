"""The projection: the textbook's form with inverses, dense and diagonal, degenerate weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from crmlytics.forecast._coherent_projection import Projection

S = np.array([[1.0, 1, 1], [1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), dense=st.booleans())
def test_the_form_with_inverses(seed, dense):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(5, 5)) + 3 * np.eye(5)
    weight = root @ root.T if dense else rng.uniform(0.1, 10, 5)
    inverse = np.linalg.inv(weight if dense else np.diag(weight))
    base = rng.normal(size=(5, 4))
    expected = np.linalg.solve(S.T @ inverse @ S, S.T @ inverse @ base)
    projection = Projection(sparse.csr_array(S), weight)
    np.testing.assert_allclose(projection.leaves(base), expected, atol=1e-8)
    np.testing.assert_allclose(projection.transform() @ base, expected, atol=1e-8)


def test_a_leaf_without_error_is_kept():
    projection = Projection(sparse.csr_array(S), np.array([3.0, 2, 0, 1, 1]))
    leaves = projection.leaves(np.array([[10.0], [7], [4], [4], [4]]))
    assert leaves[0, 0] == pytest.approx(4)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), dense=st.booleans())
def test_non_negative_leaves_are_the_optimum(seed, dense):
    """Karush, Kuhn and Tucker: no leaf at zero would lower the distance, none above could."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(5, 5)) + 3 * np.eye(5)
    weight = root @ root.T if dense else rng.uniform(0.1, 10, 5)
    inverse = np.linalg.inv(weight if dense else np.diag(weight))
    base = rng.normal(size=(5, 1)) * 10
    leaves = Projection(sparse.csr_array(S), weight).non_negative_leaves(base)
    gradient = S.T @ inverse @ (S @ leaves - base)
    assert (leaves >= 0).all()
    assert (gradient > -1e-6).all()
    assert np.abs(gradient[leaves > 0]).max(initial=0) < 1e-6
