"""Shrunk correlations and scales: the published formula by loops, gaps, what is no correlation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast._error_covariance import error_scales, shrunk_correlation

NAN = np.nan


def by_loops(residuals):
    """Schaefer and Strimmer's appendix, with their standard deviations of n - 1."""
    p, n = residuals.shape
    x = (residuals - residuals.mean(axis=1, keepdims=True)) / residuals.std(
        axis=1, ddof=1, keepdims=True
    )
    r, spread = np.eye(p), 0.0
    for i in range(p):
        for j in range(p):
            if i != j:
                w = x[i] * x[j]
                r[i, j] = n / (n - 1) * w.mean()
                spread += n / (n - 1) ** 3 * ((w - w.mean()) ** 2).sum()
    share = min(1.0, spread / ((r**2).sum() - p))
    return (1 - share) * r + share * np.eye(p)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), p=st.integers(2, 8), n=st.integers(4, 30))
def test_the_published_formula(seed, p, n):
    rng = np.random.default_rng(seed)
    residuals = rng.normal(size=(p, n)) + rng.normal(size=n)
    np.testing.assert_allclose(shrunk_correlation(residuals), by_loops(residuals), atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), gaps=st.floats(0, 0.8))
def test_gaps_leave_a_matrix_of_correlations(seed, gaps):
    rng = np.random.default_rng(seed)
    residuals = rng.normal(size=(7, 9)) + 2 * rng.normal(size=9)
    residuals[rng.random((7, 9)) < gaps] = NAN
    found = shrunk_correlation(residuals)
    np.testing.assert_array_equal(np.diag(found), 1.0)
    assert np.linalg.eigvalsh(found)[0] > 0
    np.testing.assert_allclose(found, found.T)


def test_series_without_movement_correlate_with_none():
    found = shrunk_correlation(np.array([[1.0, 1, 1, 1], [1, 2, 3, 5], [2, 3, 5, 8]]))
    assert found[0].tolist() == [1, 0, 0]
    assert shrunk_correlation(np.full((3, 5), NAN)).tolist() == np.eye(3).tolist()


def test_scales_by_hand():
    residuals = np.array([[2.0, -2, 2, -2], [1, -1, 1, NAN], [NAN, NAN, 3, 3], [0, 0, 0, 0]])
    scales = error_scales(residuals, np.array([2.0, 1, 1, 1]))
    assert scales.own.tolist() == [True, True, False, True]
    # Means of squares 4, 1 and 0; per leaf 2, 1 and 0, so 1 for the leaf with two residuals.
    assert scales.variance[:3].tolist() == pytest.approx([4, 1, 1])
    assert 0 < scales.variance[3] < 1e-8
    assert error_scales(np.full((2, 3), NAN), np.array([2.0, 1])).variance.tolist() == [2, 1]
