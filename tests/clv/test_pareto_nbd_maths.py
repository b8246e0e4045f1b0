"""Likelihood, life and expectations against mpmath, also where doubles give up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from crmlytics.clv import _pareto_nbd_maths as maths
from tests.clv import pareto_nbd_oracles as oracle

powers = st.floats(-2, 2).map(lambda power: 10**power)
scales = st.floats(-3, 4).map(lambda power: 10**power)
dropouts = st.one_of(st.just(1.0), powers, st.sampled_from([1 - 1e-9, 1 + 1e-9, 1 + 1e-5]))
parameter_sets = st.tuples(powers, scales, dropouts, scales)


@st.composite
def histories(draw):
    """x to 5000; the last purchase at the end, a moment before it, or anywhere."""
    x = draw(st.sampled_from([0, 1, 2, 5, 40, 400, 5000]))
    T = 10 ** draw(st.floats(-1, 3))
    share = draw(st.one_of(st.sampled_from([1e-6, 0.5, 1 - 1e-9, 1.0]), st.floats(0.01, 1)))
    return x, (T * share if x else 0.0), T


def arrays(history):
    return tuple(np.array([float(one)]) for one in history)


DELICATE = [
    ((0.5, 10, 1, 10), (2, 30, 38.86)),  # s = 1
    ((0.55, 10.58, 0.61, 11.67), (132, 200, 200)),  # t_x = T
    ((10.465, 0.00799, 3.05, 2.82), (400, 5, 6)),  # a tiny P(alive)
    ((0.55, 10.58, 0.61, 11.67), (0, 0, 0)),  # a new customer
]


def check_history(parameters, history):
    found, slopes = maths.value_and_slopes(parameters, *arrays(history))
    assert np.isfinite(slopes).all()
    expected = oracle.log_likelihood(parameters, *history)
    # Of log-likelihoods up to 1e5 in size a relative 1e-10 is 1e-5 at worst, mostly 1e-13.
    assert found[0] == pytest.approx(expected, rel=1e-10, abs=1e-10)
    for t in (0.0, history[2] / 3 + 1):
        alive = float(maths.log_alive(parameters, *arrays(history), t)[0])
        exact = oracle.log_alive(parameters, *history, t)
        assert alive == pytest.approx(exact, rel=1e-8, abs=1e-300)
        if exact > -700:
            assert math.exp(alive) == pytest.approx(math.exp(exact), rel=1e-8)


@settings(max_examples=60, deadline=None)
@given(parameter_sets, histories())
@example(*DELICATE[0])
@example(*DELICATE[1])
@example(*DELICATE[2])
@example(*DELICATE[3])
def test_likelihood_and_life_agree_with_mpmath(parameters, history):
    check_history(parameters, history)


@pytest.mark.parametrize(("parameters", "history"), DELICATE)
def test_oracle_agrees_with_the_closed_form(parameters, history):
    closed = oracle.log_likelihood_closed(parameters, *history)
    # A double: the oracle's result rounded.
    assert oracle.log_likelihood(parameters, *history) == pytest.approx(
        closed, rel=1e-13, abs=1e-13
    )


@settings(max_examples=100, deadline=None)
@given(parameter_sets, histories(), st.floats(-9, 3))
@example(*DELICATE[2], -9.0)
def test_expectation_agrees_with_mpmath(parameters, history, power):
    t = max(history[2], 1.0) * 10**power  # from nearly nothing to 1000 T
    r, alpha, s, beta = parameters
    x, _, T = history
    found = float(maths.expected_purchases(parameters, *arrays(history), t)[0])
    time_left = oracle.mean_time(s, beta + T, t)
    exact = oracle.log_alive(parameters, *history) + float(
        oracle.mp.log((r + x) / (alpha + T) * time_left)
    )
    assert np.isfinite(found)
    if exact > -690:
        assert found == pytest.approx(math.exp(exact), rel=1e-8)


@settings(max_examples=100, deadline=None)
@given(parameter_sets, histories())
def test_slopes_are_derivatives(parameters, history):
    step = 1e-5
    value, slopes = maths.value_and_slopes(parameters, *arrays(history))
    for i in range(4):
        up, down = (
            maths.value_and_slopes(
                tuple(v * math.exp(sign * step * (i == j)) for j, v in enumerate(parameters)),
                *arrays(history),
            )[0][0]
            for sign in (1, -1)
        )
        # Noise of the difference: rounding of the value over the step, and the step squared.
        noise = 2e-15 * abs(value[0]) / step + 1e-8 * (1 + history[0])
        assert slopes[i, 0] == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-7 + noise)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(*[st.floats(-6, 6).map(lambda power: 10**power)] * 4),
    histories(),
    st.sampled_from([0.0, 1e-12, 1.0, 1e6]),
)
def test_nothing_is_nan_or_infinite(parameters, history, t):
    value, slopes = maths.value_and_slopes(parameters, *arrays(history))
    assert np.isfinite(value).all()
    assert np.isfinite(slopes).all()
    assert np.isfinite(maths.log_alive(parameters, *arrays(history), t)).all()
    assert np.isfinite(maths.expected_purchases(parameters, *arrays(history), t)).all()


def test_individual_parameters_equal_single_ones():
    rng = np.random.default_rng(1)
    n = 50
    x, T = rng.poisson(2, n).astype(float), rng.uniform(5, 40, n)
    t_x = np.where(x > 0, T * rng.random(n), 0.0)
    parameters = (0.6, rng.gamma(4, 3, n), 0.7, rng.gamma(4, 3, n))
    value, slopes = maths.value_and_slopes(parameters, x, t_x, T)
    for i in range(n):
        own = (0.6, parameters[1][i], 0.7, parameters[3][i])
        alone = maths.value_and_slopes(own, x[i : i + 1], t_x[i : i + 1], T[i : i + 1])
        assert value[i] == pytest.approx(alone[0][0], rel=1e-12)
        assert slopes[:, i] == pytest.approx(alone[1][:, 0], rel=1e-10, abs=1e-12)


def test_expected_ever_needs_dropout():
    x, t_x, T = arrays((2, 30, 38))
    limit = maths.expected_ever((0.5, 10.0, 2.5, 10.0), x, t_x, T)
    far = maths.expected_purchases((0.5, 10.0, 2.5, 10.0), x, t_x, T, 1e12)
    assert limit[0] == pytest.approx(far[0], rel=1e-9)
    assert maths.expected_ever((0.5, 10.0, 1.0, 10.0), x, t_x, T)[0] == np.inf


@pytest.mark.parametrize("r", [0.01, 0.7, 29.9, 30.1, 1e3, 1e6, 1e12])
@pytest.mark.parametrize("x", [0, 1, 7, 5000])
def test_rising_factorials(r, x):
    with oracle.mp.workdps(40):
        exact = float(oracle.mp.loggamma(r + oracle.mp.mpf(x)) - oracle.mp.loggamma(r))
    assert maths.log_rising(r, x) == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_gammaln_alone_would_lose_digits():
    r = 1e9
    assert abs(gammaln(r + 1) - gammaln(r) - math.log(r)) > 1e-7
    assert maths.log_rising(r, 1.0) == pytest.approx(math.log(r), rel=1e-14)
