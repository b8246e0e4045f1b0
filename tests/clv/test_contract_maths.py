"""The probabilities under contract against 50 digits, and the gradient against differences."""

from __future__ import annotations

import mpmath as mp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.clv import _contract_maths as maths


def log_ratio(alpha, beta, c, t, before):
    with mp.workdps(50):
        alpha, beta, c = map(mp.mpf, (alpha, beta, c))
        return mp.log(
            mp.beta(alpha, beta + mp.mpf(t) ** c) / mp.beta(alpha, beta + mp.mpf(before) ** c)
        )


@settings(max_examples=60, deadline=None)
@given(
    alpha=st.floats(1e-3, 1e4), beta=st.floats(1e-3, 1e4), c=st.floats(0.3, 3.0),
    t=st.integers(1, 500),
)  # fmt: skip
def test_survival_and_renewal_are_those_of_mpmath(alpha, beta, c, t):
    exact = log_ratio(alpha, beta, c, t, 0)
    assert abs(float(maths.log_survival(alpha, beta, c, t)) - exact) <= 1e-8 * abs(exact)
    exact = log_ratio(alpha, beta, c, t, t - 1)
    assert abs(float(maths.log_renewal(alpha, beta, c, t)) - exact) <= 1e-8 * abs(exact)
    later = maths.log_survival_from(alpha, beta, c, t, 7)
    exact = log_ratio(alpha, beta, c, t + 7, t)
    assert abs(float(later) - exact) <= 1e-8 * abs(exact)


def test_the_gradient_is_that_of_differences():
    tenure, churned = np.array([1.0, 3, 5, 0, 7]), np.array([1.0, 1, 0, 0, 1])
    at, step = np.log([0.7, 2.0, 1.4]), 1e-6
    _, slopes = maths.value_and_slopes(tuple(np.exp(at)), tenure, churned)
    for i in range(3):
        move = step * np.eye(3)[i]
        up, down = (
            maths.value_and_slopes(tuple(np.exp(at + s * move)), tenure, churned)[0]
            for s in (1, -1)
        )
        np.testing.assert_allclose(slopes[i], (up - down) / (2 * step), rtol=1e-6, atol=1e-7)


def test_all_customers_are_somewhere():
    t = np.arange(1.0, 40.0)
    parameters = (0.7, 1.2, 1.3)
    lost, _ = maths.value_and_slopes(parameters, t, np.ones(len(t)))
    left, _ = maths.value_and_slopes(parameters, t[-1:], np.zeros(1))
    assert abs(np.exp(lost).sum() + np.exp(left[0]) - 1.0) < 1e-13
