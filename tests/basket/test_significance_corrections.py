"""Corrections against statsmodels, and the laws they keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from crmlytics.basket._significance_corrections import CORRECTIONS, log_adjusted

OTHER = {"bh": "fdr_bh", "by": "fdr_by", "holm": "holm", "bonferroni": "bonferroni"}


def adjusted(p, correction, tests=None):
    n = len(p)
    log_tests = np.log(np.full(n, float(n)) if tests is None else np.asarray(tests, float))
    return np.exp(log_adjusted(np.log(p), log_tests, correction, log_total=np.log(n)))


def test_by_hand():
    p = np.array([0.01, 0.04, 0.03])
    assert adjusted(p, "bonferroni") == pytest.approx([0.03, 0.12, 0.09])
    assert adjusted(p, "holm") == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted(p, "bh") == pytest.approx([0.03, 0.04, 0.04])
    assert adjusted(p, "by") == pytest.approx(np.array([0.03, 0.04, 0.04]) * 11 / 6)
    assert adjusted(p, None) == pytest.approx(p)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=40), st.sampled_from(CORRECTIONS))
def test_equal_weights_are_those_of_statsmodels(p, correction):
    expected = multipletests(p, method=OTHER[correction])[1]
    np.testing.assert_allclose(adjusted(np.array(p), correction), expected, rtol=1e-9)


def test_beyond_floats():
    found = log_adjusted(np.array([-2000.0, -1.0]), np.log([2.0, 2.0]), "bh", log_total=np.log(2))
    assert found[0] == pytest.approx(-2000 + np.log(2))


def test_weights_share_the_error():
    # Two lengths with half of the error each: 2 rules of the first, 20 of the second.
    p, tests = np.array([0.001, 0.001]), [4, 40]
    assert adjusted(p, "bonferroni", tests) == pytest.approx([0.004, 0.04])
    assert adjusted(p, "bh", tests) == pytest.approx([0.004, 0.02])
    # Once the first is rejected, a quarter of the error is free.
    assert adjusted(p, "holm", tests) == pytest.approx([0.004, 0.04 * 0.75])


def test_many_tests():
    log_p = np.array([-50.0])
    found = log_adjusted(log_p, np.array([60.0]) * 0 + 30.0, "by", log_total=30.0)
    harmonic = 30.0 + np.euler_gamma
    assert found[0] == pytest.approx(-20.0 + np.log(harmonic))
    assert len(log_adjusted(np.empty(0), np.empty(0), "bh", log_total=0.0)) == 0
