"""Ratios of gamma functions against 60 digits."""

from __future__ import annotations

import mpmath as mp
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.clv import _gamma_ratios as ratios
from tests.clv.oracles import relative

sizes = st.floats(-2.0, 7.0).map(lambda power: 10.0**power)


@settings(max_examples=200, deadline=None)
@given(a=st.floats(1e-2, 1e3), b=sizes, n=sizes)
def test_growth_of_a_beta_function(a, b, n):
    with mp.workdps(60):
        parts = [mp.mpf(one) for one in (b + mp.mpf(n), mp.mpf(a) + b, b, mp.mpf(a) + b + n)]
        signs = (1, 1, -1, -1)
        exact = mp.fsum(s * mp.loggamma(one) for s, one in zip(signs, parts, strict=True))
        assert abs(float(ratios.log_beta_growth(a, b, n) - exact)) < 1e-11 * max(1, -float(exact))


@settings(max_examples=200, deadline=None)
@given(n=st.one_of(st.integers(0, 100).map(float), sizes), r=sizes, part=st.floats(-9.0, 3.0))
def test_negative_binomial(n, r, part):
    odds = 10.0**part
    with mp.workdps(60):
        m, s, o = mp.mpf(n), mp.mpf(r), mp.mpf(odds)
        exact = (
            mp.loggamma(s + m) - mp.loggamma(s) - mp.loggamma(m + 1)
            - s * mp.log1p(o) + m * mp.log(o / (1 + o))
        )  # fmt: skip
        found = ratios.log_negative_binomial(n, r, odds)
        # Relative where the probability underflows anyhow.
        assert abs(float(found - exact)) < 1e-12 * max(10.0, -float(exact))


def test_stirling_rest_at_both_ends():
    for x in (1e-3, 0.5, 11.999, 12.0, 1e9):
        with mp.workdps(60):
            y = mp.mpf(x)
            exact = mp.loggamma(y) - (y - 0.5) * mp.log(y) + y - mp.log(2 * mp.pi) / 2
            assert relative(ratios.stirling_rest(x), exact) < 1e-12
