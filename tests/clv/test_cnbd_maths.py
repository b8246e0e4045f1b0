"""The likelihood of CNBD-k against its formula in 60 digits."""

from __future__ import annotations

import mpmath as mp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_expit

from crmlytics.clv import _beta_geo_maths as plain
from crmlytics.clv import _cnbd_maths as maths
from tests.clv import cnbd_oracles as oracles

positive = st.floats(1e-2, 50.0)


@settings(max_examples=150, deadline=None)
@given(
    x=st.one_of(st.integers(0, 20), st.integers(0, 5000)),
    share=st.one_of(st.just(1.0), st.floats(1e-6, 1.0)),
    T=st.floats(1e-6, 1000.0), r=positive, alpha=st.floats(1e-2, 1000.0),
    a=st.one_of(st.just(1.0), positive), b=positive, k=st.integers(1, 12),
    first=st.integers(0, 1),
)  # fmt: skip
def test_likelihood_and_survival_to_60_digits(x, share, T, r, alpha, a, b, k, first):
    t_x = share * T if x else 0.0
    row = (np.array([float(x)]), np.array([t_x]), np.array([T]))
    with mp.workdps(oracles.DIGITS):
        alive, gone = oracles.log_terms(x, t_x, T, r, alpha, a, b, k=k, first=first)
        exact = mp.log(mp.exp(alive) + (mp.exp(gone) if gone != -mp.inf else 0))
        survival = -mp.log1p(mp.exp(gone - alive)) if gone != -mp.inf else mp.mpf(0)
    value, slopes = maths.value_and_slopes((r, alpha, a, b), *row, k=k, first=first)
    # A logarithm near 0 is the sum of terms near 1e6: absolute there.
    assert abs(float(value[0] - exact)) < 1e-9 * max(1.0, abs(float(exact)))
    assert np.isfinite(slopes).all()
    odds = maths.log_odds_gone((r, alpha, a, b), *row, k=k, first=first)
    assert abs(float(log_expit(-odds)[0] - survival)) < 1e-9 * max(1.0, abs(float(survival)))


def _rows(n=300):
    rng = np.random.default_rng(3)
    x = rng.integers(0, 9, n).astype(float)
    T = rng.uniform(1, 40, n)
    return x, np.where(x > 0, T * rng.choice([1.0, 0.3, 0.9], n), 0.0), T


def test_slopes_are_the_derivatives_of_the_likelihood():
    logs = np.log([0.6, 3.0, 0.7, 2.0])
    for k, first in ((1, 0), (2, 1), (5, 0), (12, 1)):
        _, slopes = maths.value_and_slopes(tuple(np.exp(logs)), *_rows(), k=k, first=first)
        for i, step in enumerate(np.eye(4) * 1e-5):
            up, _ = maths.value_and_slopes(tuple(np.exp(logs + step)), *_rows(), k=k, first=first)
            low, _ = maths.value_and_slopes(tuple(np.exp(logs - step)), *_rows(), k=k, first=first)
            # The rule is exact to the square of the step; rounding of values near 1000 adds 1e-8.
            np.testing.assert_allclose((up - low) / 2e-5, slopes[i], rtol=1e-6, atol=1e-6)


def test_one_event_per_purchase_is_the_plain_model():
    for first in (0, 1):
        ours = maths.value_and_slopes((0.6, 3.0, 0.7, 2.0), *_rows(), k=1, first=first)
        theirs = plain.value_and_slopes((0.6, 3.0, 0.7, 2.0), *_rows(), first=first)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)


def test_the_shares_of_hidden_events_add_up():
    shares = maths.log_hidden_shares(np.array([0.3, 60_000.0]), np.array([-0.1, -3.0]), 12)
    np.testing.assert_allclose(np.exp(shares).sum(axis=0), 1.0, rtol=1e-12)
    (only,) = maths.log_hidden_shares(np.array([2.0]), np.array([-1.0]), 1)
    assert only.tolist() == [0.0]
