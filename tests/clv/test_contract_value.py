"""Sums of discounted payments against the closed forms of the sBG in 40 digits, and plain sums."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.clv._contract_maths import log_survival_from
from crmlytics.clv._contract_value import residual


@settings(max_examples=30, deadline=None)
@given(
    alpha=st.floats(0.05, 50.0), beta=st.floats(0.05, 100.0), rate=st.floats(1e-5, 1.0),
    tenure=st.integers(0, 40),
)  # fmt: skip
def test_the_closed_forms(alpha, beta, rate, tenure):
    with mp.workdps(40):
        a, b, z = mp.mpf(alpha), mp.mpf(beta), 1 / (1 + mp.mpf(rate))
        new = mp.hyp2f1(1, b, a + b, z)
        known = (
            (b + tenure) / (a + b + tenure) * mp.hyp2f1(1, b + tenure + 1, a + b + tenure + 1, z)
        )
    found = residual((alpha, beta, 1.0), tenure=0, first=0, rate=rate, periods=np.inf)
    assert abs(found / new - 1) < 1e-10
    found = residual((alpha, beta, 1.0), tenure=tenure, first=1, rate=rate, periods=np.inf)
    assert abs(found / known - 1) < 1e-10


@pytest.mark.parametrize(("alpha", "beta"), [(1.05, 2.0), (1.5, 100.0), (3.0, 3.0)])
def test_undiscounted_lifetimes(alpha, beta):
    found = residual((alpha, beta, 1.0), tenure=0, first=0, rate=0.0, periods=np.inf)
    assert abs(found / ((alpha + beta - 1) / (alpha - 1)) - 1) < 1e-12
    assert residual((1.0, beta, 1.0), tenure=0, first=0, rate=0.0, periods=np.inf) == np.inf


@pytest.mark.parametrize("c", [0.6, 1.3, 1.72])
@pytest.mark.parametrize("periods", [1, 7, 2048, 2049, 5000, 30_000])
@pytest.mark.parametrize("rate", [0.0, 1e-4, 0.05])
def test_long_sums_are_plain_sums(c, periods, rate):
    j = np.arange(periods, dtype=float)
    plain = np.exp(log_survival_from(0.5, 0.8, c, 3.0, 1 + j) - np.log1p(rate) * j).sum()
    found = residual((0.5, 0.8, c), tenure=3.0, first=1, rate=rate, periods=float(periods))
    assert abs(found / plain - 1) < 1e-11
