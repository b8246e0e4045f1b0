"""Discounted purchases of regular customers, against integrals in 20 digits."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import _cnbd_counts as counts
from crmlytics.clv import _cnbd_discounting as discounting
from tests.clv import cnbd_oracles as oracles
from tests.clv.oracles import relative


@pytest.mark.parametrize(
    ("k", "case"),
    [
        (1, (0.25, 4.4, 0.0, 0.8, 2.4)),
        (2, (4.23, 40.3, 8.4, 1.0, 4.1)),
        (3, (12.8, 54.0, 12.0, 0.6, 6.5)),
        (12, (600.0, 90.0, 3.0, 2.0, 52.0)),  # λ is known well: purchases come by the clock
    ],
)
@pytest.mark.parametrize("rate", [0.0027, 0.8])
def test_for_ever_equals_the_integral(k, case, rate):
    expected = oracles.discounted(rate, *case, k=k)
    assert relative(discounting.for_ever(rate, *case, k=k), expected) < 1e-9


@pytest.mark.parametrize("k", [1, 3, 12])
def test_a_long_horizon_is_for_ever(k):
    rng = np.random.default_rng(k)
    x = np.array([0.0, 1, 5, 50, 500, 5000])
    T = rng.uniform(0.1, 900, 6)
    r, alpha = rng.uniform(0.02, 9, 6) + k * x, rng.uniform(0.01, 99, 6) + T
    case = r, alpha, np.where(x > 0, T * 0.2, 0.0), rng.uniform(0.05, 3, 6), x + 0.5
    for rate in (1e-4, 2.0):
        long = discounting.up_to(
            44.0 / rate, lambda u: counts.expected_count(u, *case, k=k),
            r=r, alpha=alpha, rate=rate, k=k,
        )  # fmt: skip
        # Two unlike methods; each is better than this (2e-10 against finer rules).
        np.testing.assert_allclose(long, discounting.for_ever(rate, *case, k=k), rtol=1e-9)


@pytest.mark.parametrize("k", [2, 12])
def test_a_horizon_against_a_fine_sum(k):
    case = tuple(np.array([one]) for one in (k * 50 + 0.3, 90.0, 3.0, 2.0, 52.0))
    edges = np.linspace(0.0, 52.0, 20_001)
    middle = (edges[1:] + edges[:-1]) / 2
    gained = np.diff(counts.expected_count(edges, *case, k=k))
    found = discounting.up_to(
        52.0, lambda u: counts.expected_count(u, *case, k=k),
        r=case[0], alpha=case[1], rate=0.05, k=k,
    )  # fmt: skip
    # The sum is 1e-8 off at this step, and 6e-10 at a quarter of it.
    assert found[0] == pytest.approx(float(gained @ np.exp(-0.05 * middle)), rel=2e-8)
