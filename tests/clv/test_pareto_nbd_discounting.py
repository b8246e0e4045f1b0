"""Discounted time against the closed form and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlytics.clv._pareto_nbd_discounting import discounted_time
from tests.clv import pareto_nbd_oracles as oracle


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.just(1.0), st.floats(-2, 2).map(lambda power: 10**power)),
    st.floats(-2, 4).map(lambda power: 10**power),
    st.floats(-6, 1).map(lambda power: 10**power),
    st.one_of(st.none(), st.floats(-2, 4).map(lambda power: 10**power)),
)
@example(0.4081095, 88.3748048, 0.0027, None)
@example(2.0, 3.0, 1e-6, None)
def test_agrees_with_mpmath(s, b, rate, horizon):
    exact = oracle.discounted_time(s, b, rate, horizon)
    found = discounted_time(s, np.array([b]), rate, np.inf if horizon is None else horizon)
    assert found[0] == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("s", [0.3, 1.0, 1.7, 40.0])
def test_without_discount_it_is_the_mean_time(s):
    exact = float(oracle.mean_time(s, 12.0, 300.0))
    assert discounted_time(s, np.array([12.0]), 0.0, 300.0)[0] == pytest.approx(exact, rel=1e-12)


def test_forever_without_discount():
    assert discounted_time(3.0, np.array([12.0]), 0.0)[0] == pytest.approx(6.0, rel=1e-12)


def test_no_horizon_no_value():
    assert discounted_time(0.5, np.array([12.0]), 0.01, 0.0)[0] == 0.0
