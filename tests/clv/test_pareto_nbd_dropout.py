"""Integrals over the unknown moment of dropout."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from crmlytics.clv._pareto_nbd_dropout import dropout_times, gauss_legendre, log_decay_integral


def test_by_hand():
    # ∫₀³ (1+u)⁻¹ (1+u)⁻¹ du = 3/4; with p = 0, q = 3, b = 2: ∫₀² (1+u/2)⁻³ du = 3/4.
    assert np.exp(
        log_decay_integral([1.0, 0.0], [1.0, 9.0], [1.0, 3.0], [1.0, 2.0], [3.0, 2.0])
    ) == (pytest.approx([0.75, 0.75], rel=1e-13))


def test_nothing_between():
    assert log_decay_integral(3.0, 1.0, 2.0, 4.0, [0.0]) == -np.inf
    times = dropout_times(3.0, 1.0, 2.0, 4.0, [0.0])
    assert [float(one[0]) for one in times[1:]] == [0.0] * 4


@pytest.mark.parametrize(
    "given",
    [
        (2.5, 3.0, 1.6, 40.0, 10.0),
        (0.4, 0.1, 1.1, 90.0, 50.0),
        (80.0, 30.0, 2.0, 0.5, 20.0),
        (0.3, 20.0, 6.0, 0.01, 500.0),
    ],
)
def test_means_against_adaptive_quadrature(given):
    p, a, q, b, h = given

    def integral(feature=lambda _: 1.0):
        def f(y):
            u = min(a, b) * np.expm1(y)
            return feature(u) * (1 + u / a) ** -p * (1 + u / b) ** -q * min(a, b) * np.exp(y)

        end = np.log1p(h / min(a, b))
        return quad(
            f, 0, end, epsabs=0, epsrel=1e-11, limit=200, points=end * np.geomspace(0.01, 0.5, 7)
        )[0]

    found = dropout_times(*(np.array([v]) for v in given))
    whole = integral()
    # 1e-10: what the adaptive rule promises.
    assert np.exp(found.log_integral[0]) == pytest.approx(whole, rel=1e-10)
    for mean, feature in zip(
        found[1:],
        (
            lambda u: np.log1p(u / a),
            lambda u: np.log1p(u / b),
            lambda u: u / (a + u),
            lambda u: u / (b + u),
        ),
        strict=True,
    ):
        assert mean[0] == pytest.approx(integral(feature) / whole, rel=1e-9)


def test_batches_change_nothing():
    rng = np.random.default_rng(5)
    n = 9000  # several batches of every rule
    given = [rng.gamma(1, 9, n), rng.gamma(1, 9, n) + 0.01, rng.gamma(1, 2, n) + 1]
    given += [rng.gamma(1, 9, n) + 0.01, rng.gamma(0.5, 90, n)]
    together = dropout_times(*given)
    some = rng.choice(n, 40, replace=False)
    for i in some:
        alone = dropout_times(*(one[i : i + 1] for one in given))
        # Sums over nodes are added in another order; long rows get another number of panels.
        assert [float(v[0]) for v in alone] == pytest.approx(
            [float(v[i]) for v in together], rel=1e-11
        )


def test_shapes_broadcast():
    table = dropout_times(np.full((3, 1), 2.0), 1.0, 2.0, np.ones(4), 5.0)
    assert table.log_integral.shape == table.mean_log_a.shape == (3, 4)


def test_nodes_of_panels():
    x, weight = gauss_legendre(5, 3)
    assert len(x) == 15
    assert weight @ x**9 == pytest.approx(0.1, rel=1e-14)
