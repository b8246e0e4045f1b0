"""The searches: known minima, for many functions at once, ties and what is not finite."""

from __future__ import annotations

import numpy as np

from crmlytics.forecast._search import compass, golden_section


def test_golden_section_finds_every_minimum():
    wanted = np.linspace(0.1, 0.9, 50)
    found = golden_section(lambda p: (p[0] - wanted) ** 4 + 1, np.linspace(0, 1, 9), 50)
    np.testing.assert_allclose(found, wanted, atol=0.02)
    found = golden_section(lambda p: np.abs(p[0] - wanted), np.linspace(0, 1, 9), 50)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_golden_section_stays_on_the_border():
    found = golden_section(lambda p: p[0] * np.ones(3), np.linspace(0.1, 1, 9), 3)
    np.testing.assert_allclose(found, 0.1)


def test_compass_finds_every_minimum_within_the_box():
    rng = np.random.default_rng(0)
    wanted = rng.uniform(0.2, 0.8, (3, 40))
    wanted[0, 0] = 2.0  # outside: the border is best

    def loss(p):
        return ((p - wanted[:, None]) ** 2).sum(axis=0) + 1

    starts = np.array([[0.5, 0.5, 0.5], [0.2, 0.2, 0.8]])
    found = compass(
        loss, starts, 40, lower=(0, 0, 0), upper=(1, 1, 1), steps=(0.1, 0.1, 0.1), rounds=60
    )
    np.testing.assert_allclose(found, np.minimum(wanted, 1.0), atol=2e-3)


def test_what_is_not_finite_is_never_best():
    def loss(p):
        return np.where(p[0] > 0.4, np.nan, 1 - p[0])

    found = compass(
        loss, np.array([[0.1], [0.9]]), 2, lower=(0,), upper=(1,), steps=(0.1,), rounds=30
    )
    np.testing.assert_allclose(found, 0.4, atol=1e-3)
