"""Purchases ahead of a regular customer who is alive, against formulas in 60 digits."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlytics.clv import _cnbd_counts as counts
from crmlytics.clv import _purchase_counts as plain
from tests.clv import cnbd_oracles as oracles
from tests.clv.oracles import relative

positive = st.floats(2e-2, 30.0)


@st.composite
def cases(draw):
    """(t, r, alpha, silence, a, b) after x purchases in T, and k."""
    k = draw(st.sampled_from([1, 2, 3, 6]))
    x = draw(st.one_of(st.just(0), st.integers(0, 50), st.integers(0, 5000)))
    T = draw(st.floats(0.1, 1000.0))
    silence = T * draw(st.one_of(st.just(0.0), st.floats(1e-6, 1.0))) if x else 0.0
    a = draw(st.one_of(positive, st.just(1.0), st.just(1.0 + 1e-9)))
    t = T * 10.0 ** draw(st.floats(-6.0, 3.0))
    alpha = draw(st.floats(1e-2, 1000.0)) + T
    return (t, draw(positive) + k * x, alpha, silence, a, draw(positive) + x), k


@settings(max_examples=12, deadline=None)
@given(case=cases())
@example(case=((30.0, 0.11, 3.24, 0.0, 0.31, 0.5), 2))  # a + b < 1
@example(case=((9000.0, 6000.0, 349.0, 268.0, 1.0, 500.0), 12))
def test_expected_count_to_60_digits(case):
    given_, k = case
    expected = oracles.expected_count(*given_, k=k)
    if expected > 1e-20:  # below, the oracle's own digits end
        # Observed: 2e-14 in 80 random sets, k up to 12.
        assert relative(counts.expected_count(*given_, k=k), expected) < 1e-10
    assert np.isfinite(counts.expected_count(*given_, k=k))


@settings(max_examples=10, deadline=None)
@given(case=cases())
@example(case=((9000.0, 6000.0, 349.0, 268.0, 1.0, 500.0), 12))
def test_survival_to_60_digits(case):
    given_, k = case
    expected = oracles.still_alive(*given_, k=k)
    if expected > 1e-20:
        assert relative(counts.still_alive(*given_, k=k), expected) < 1e-10


@settings(max_examples=40, deadline=None)
@given(case=cases(), n=st.integers(0, 12))
def test_probability_of_a_count_to_60_digits(case, n):
    (t, r, alpha, silence, a, b), k = case

    def reached(n):
        """P(n purchases would come), for n of at least 1."""
        terms = [mp.rf(r, j) / mp.factorial(j) * (mp.mpf(silence) / alpha) ** j for j in range(k)]
        z = mp.mpf(t) / (mp.mpf(alpha) + t)
        tails = [mp.betainc(n * k - j, mp.mpf(r) + j, 0, z, regularized=True) for j in range(k)]
        return mp.fsum(w * tail for w, tail in zip(terms, tails, strict=True)) / mp.fsum(terms)

    def at_least(n):
        return mp.beta(a, mp.mpf(b) + n - 1) / mp.beta(a, b) * reached(n) if n else mp.mpf(1)

    with mp.workdps(120):  # the difference of two tails cancels
        expected = at_least(n) - at_least(n + 1)
        some = at_least(1) if n == 0 else None
    found = counts.count_probabilities(t, r, alpha, silence, a, b, float(n), k=k)
    if expected > 1e-290:
        assert relative(found, expected) < 1e-8
    if some is not None and some > 1e-290:
        found = -np.expm1(counts.no_purchase(t, r, alpha, silence, k=k))
        assert relative(found, some) < 1e-8


def test_one_event_per_purchase_is_the_plain_model():
    rng = np.random.default_rng(1)
    t, r, alpha, a, b = rng.uniform(0.2, 9.0, (5, 200))
    silence = rng.uniform(0.0, alpha)
    for ours, theirs in (
        (counts.expected_count, plain.expected_count),
        (counts.still_alive, plain.still_alive),
    ):
        np.testing.assert_allclose(
            ours(t, r, alpha, silence, a, b, k=1), theirs(t, r, alpha, a, b), rtol=2e-11
        )
    np.testing.assert_allclose(
        counts.no_purchase(t, r, alpha, silence, k=1), plain.no_purchase(t, r, alpha), rtol=1e-12
    )


def test_the_expectation_is_the_sum_over_counts():
    case = (12.0, 6.5, 20.0, 3.0, 0.8, 3.0)
    n = np.arange(120.0)
    p = counts.count_probabilities(*case, n, k=3)
    assert p.sum() == pytest.approx(1.0, rel=1e-12)
    assert p @ n == pytest.approx(float(counts.expected_count(*case, k=3)), rel=1e-11)


def test_no_time_brings_nothing():
    case = (0.0, 6.5, 20.0, 3.0, 0.8, 3.0)
    assert counts.expected_count(*case, k=3) == 0
    assert counts.still_alive(*case, k=3) == 1
    assert counts.count_probabilities(*case, np.array([0.0, 1.0]), k=3).tolist() == [1, 0]
    assert counts.no_purchase(*case[:4], k=3) == 0
