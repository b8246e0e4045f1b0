"""Draws have the mean and the spread that the probabilities say."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast._deal_draws import Shocks, Stock, draw_revenue

NO_SHOCKS = Shocks(0.0, 0.0)
NOBODY = Stock(np.empty((0, 2)), np.empty(0), np.empty(0, np.int64))


def draws(stock, arriving=NOBODY, *, n_arrivals=0.0, shocks=NO_SHOCKS, value_sigma=0.0, n=20_000):
    return draw_revenue(
        np.random.default_rng(0), stock, arriving, n_arrivals=n_arrivals, shocks=shocks,
        value_sigma=value_sigma, n_owners=2, n_draws=n,
    )  # fmt: skip


def test_open_deals_are_won_in_one_period_or_none():
    stock = Stock(np.array([[0.3, 0.2], [0.0, 1.0]]), np.array([100.0, 10.0]), np.array([0, 1]))
    found = draws(stock)
    assert found.shape == (20_000, 2, 2)
    first = found[:, :, 0] / 100
    assert set(first.sum(axis=1)) <= {0.0, 1.0}, "never twice"
    # Three standard errors of a share of 20,000.
    np.testing.assert_allclose(first.mean(axis=0), [0.3, 0.2], atol=0.01)
    np.testing.assert_allclose(found[:, :, 1].mean(axis=0), [0.0, 10.0], atol=1e-6)


def test_new_deals_are_poisson_and_keep_their_owner():
    arriving = Stock(np.array([[0.1, 0.3], [0.1, 0.1]]), np.array([2.0, 4.0]), np.array([0, 1]))
    found = draws(NOBODY._replace(won=np.empty((0, 2))), arriving, n_arrivals=50.0)
    counts = found / np.array([2.0, 4.0])
    expected = 25.0 * np.array([[0.1, 0.1], [0.3, 0.1]])
    np.testing.assert_allclose(counts.mean(axis=0), expected, rtol=0.03)
    np.testing.assert_allclose(counts.var(axis=0), expected, rtol=0.06)


def test_shocks_widen_and_keep_the_mean():
    stock = Stock(np.full((200, 1), 0.2), np.ones(200), np.zeros(200, np.int64))
    calm = draws(stock).sum(axis=(1, 2))
    shaken = draws(stock, shocks=Shocks(0.04, 0.0)).sum(axis=(1, 2))
    assert calm.mean() == pytest.approx(40.0, rel=0.01)
    assert shaken.mean() == pytest.approx(40.0, rel=0.02)
    assert calm.std() == pytest.approx(np.sqrt(200 * 0.2 * 0.8), rel=0.03)
    assert shaken.std() > 1.5 * calm.std()


def test_the_spread_of_values_keeps_their_mean():
    stock = Stock(np.ones((1, 1)), np.array([100.0]), np.zeros(1, np.int64))
    found = draws(stock, value_sigma=0.3).sum(axis=(1, 2))
    assert found.mean() == pytest.approx(100.0, rel=0.02)
    assert np.log(found).std() == pytest.approx(0.3, rel=0.03)


def test_the_same_seed_gives_the_same_draws():
    stock = Stock(np.full((5, 2), 0.2), np.arange(5.0), np.zeros(5, np.int64))
    assert (draws(stock, n=100) == draws(stock, n=100)).all()
