"""Adjusted p-values: against scipy, with undefined ones left alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crmlytics._core.multiplicity import benjamini_hochberg


def test_three_by_hand():
    assert benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(12).tolist() == [0.03, 0.04, 0.04]


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20), st.integers(0, 5))
def test_as_scipy_does_it(p, undefined):
    found = benjamini_hochberg(np.array(p + [np.nan] * undefined))
    assert np.allclose(found[: len(p)], stats.false_discovery_control(p))
    assert np.isnan(found[len(p) :]).all()
