"""The sums of the likelihood against the sums of its rows, and the rows against mpmath."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.clv import _gamma_gamma_maths as maths

parameters = st.tuples(*[st.floats(0.05, 200.0)] * 2, st.floats(1e-3, 1e6))


@settings(max_examples=40, deadline=None)
@given(at=parameters, x=st.integers(1, 5000), m=st.floats(1e-3, 1e6))
def test_the_density_is_that_of_mpmath(at, x, m):
    value, _ = maths.value_and_slopes(at, np.array([float(x)]), np.array([m]))
    with mp.workdps(40):
        p, q, gamma, m = map(mp.mpf, (*at, m))
        exact = (
            mp.loggamma(p * x + q) - mp.loggamma(p * x) - mp.loggamma(q) + q * mp.log(gamma)
            + (p * x - 1) * mp.log(m) + p * x * mp.log(x) - (p * x + q) * mp.log(gamma + x * m)
        )  # fmt: skip
        # Terms of up to 1e7 cancel; on the log scale 1e-9 is 1e-9 of the density.
        assert abs(value[0] - exact) <= 1e-8 * max(1, abs(exact))


def test_the_gradient_is_that_of_differences():
    x, m = np.array([1.0, 4.0, 90.0, 0.0]), np.array([3.0, 50.0, 20.0, 0.0])
    at, step = np.log([2.0, 3.0, 10.0]), 1e-6
    _, slopes = maths.value_and_slopes(tuple(np.exp(at)), x, m)
    for i in range(3):
        move = step * np.eye(3)[i]
        up, down = (maths.value_and_slopes(tuple(np.exp(at + s * move)), x, m)[0] for s in (1, -1))
        np.testing.assert_allclose(slopes[i], (up - down) / (2 * step), rtol=1e-6, atol=1e-7)


def test_the_total_of_one_row_by_hand():
    # p = q = gamma = 1: f(m | x=1) = 1 / (1 + m)^2, whose slope in ln gamma is (m - 1) / (m + 1).
    total = maths.total_likelihood(np.array([1.0]), np.array([3.0]), np.array([2.0]))
    value, gradient = total((1.0, 1.0, 1.0))
    assert value == pytest.approx(2 * np.log(1 / 16), rel=1e-14)
    assert gradient[2] == pytest.approx(2 * 2 / 4, rel=1e-14)


@settings(max_examples=40, deadline=None)
@given(
    at=parameters,
    rows=st.lists(
        st.tuples(st.integers(1, 5000), st.floats(1e-3, 1e6), st.floats(0.1, 50.0)), min_size=1,
        max_size=30,
    ),
)  # fmt: skip
def test_totals_are_the_sums_of_the_rows(at, rows):
    x, m, weights = np.array(rows, dtype=float).T
    value, slopes = maths.value_and_slopes(at, x, m)
    total, gradient = maths.total_likelihood(x, m, weights)(at)
    # The parts that cancel: some p x ln(xm) of up to 200 * 5000 * 22 per row.
    reach = float(weights @ ((at[0] * x + at[1]) * 25.0 + 50.0))
    assert total == pytest.approx(float(value @ weights), abs=1e-13 * reach, rel=1e-12)
    np.testing.assert_allclose(gradient, slopes @ weights, atol=1e-12 * reach, rtol=1e-10)


def test_totals_of_many_rows_do_not_depend_on_their_pieces():
    rng = np.random.default_rng(1)
    n = 2 * maths._BLOCK_ROWS + 17
    x, m, weights = rng.integers(1, 9, n) * 1.0, rng.gamma(3.0, 10.0, n), rng.uniform(0, 2, n)
    at = (6.0, 4.0, 15.0)
    value, slopes = maths.value_and_slopes(at, x, m)
    total, gradient = maths.total_likelihood(x, m, weights)(at)
    assert total == pytest.approx(float(value @ weights), rel=1e-12)
    np.testing.assert_allclose(gradient, slopes @ weights, rtol=1e-8, atol=1e-6)
