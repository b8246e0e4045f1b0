"""Discounted purchases against integrals in 30 digits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel
from crmlytics.clv._residual import by_parts
from tests.clv import oracles


@pytest.mark.parametrize("seed", range(8))
def test_discounted_purchases(seed):
    horizon = (None, 52.0, 0.01)[seed % 3]
    rng = np.random.default_rng(seed)
    model, first = ((BetaGeoModel, 0), (ModifiedBetaGeoModel, 1))[seed % 2]
    r, alpha, a, b, T, rate = np.exp(
        rng.uniform(np.log([0.05, 0.3, 0.05, 0.1, 1, 1e-5]), np.log([10, 100, 10, 20, 400, 1]))
    )
    x = (0, 1, 40, 2000)[seed // 2]
    known = model.from_params(r=r, alpha=alpha, a=a, b=b, unit="W")
    frame = pd.DataFrame({"frequency": [x], "recency": [0.9 * T if x else 0.0], "T": [T]})
    found = known.expected_residual_transactions(frame, discount_rate=rate, horizon=horizon)
    alive = known.probability_alive(frame)[0]
    expected = oracles.discounted(
        alive, horizon or np.inf, r + x, alpha + T, a, b + x + first, rate
    )
    assert oracles.relative(found[0], expected) < 1e-9


def test_a_constant_rate_by_hand():
    # C(u) = 2u: the integral of 2 e^(-u/10) is 20 (1 - e^(-H/10)).
    start = np.array([1.0, 50.0])
    forever = by_parts(lambda u: 2 * u, start=start, rate=0.1, horizon=None)
    np.testing.assert_allclose(forever, 20.0, rtol=1e-12)
    five = by_parts(lambda u: 2 * u, start=start, rate=0.1, horizon=5.0)
    np.testing.assert_allclose(five, 20 * -np.expm1(-0.5), rtol=1e-12)
    np.testing.assert_allclose(by_parts(lambda u: 2 * u, start=start, rate=0.0, horizon=5.0), 10)
