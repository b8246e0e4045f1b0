"""Simulated customers have the moments of the formulas."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import _pareto_nbd_counts as counts
from crmlytics.clv import _pareto_nbd_draws as draws
from crmlytics.clv import _pareto_nbd_maths as maths

PARAMETERS = (0.8, 6.0, 1.4, 20.0)
N = 60_000


def test_histories_have_the_expected_counts():
    rng = np.random.default_rng(11)
    parameters = tuple(np.full(N, one) for one in PARAMETERS)
    drawn = draws.histories(rng, parameters, np.full(N, 40.0))
    x, t_x, T = drawn["x"], drawn["t_x"], drawn["T"]
    nothing = np.zeros(1)
    chance = counts.count_probabilities(PARAMETERS, nothing, nothing, nothing, 40.0, np.arange(4))
    error = np.sqrt(chance * (1 - chance) / N)
    # 4.5 standard errors: one in 150,000 by chance, and the seed is fixed.
    assert (np.abs(np.bincount(x, minlength=4)[:4] / N - chance) < 4.5 * error).all()
    assert ((x == 0) == (t_x == 0)).all()
    assert (t_x <= T).all()
    now = np.exp(maths.log_alive(PARAMETERS, x.astype(float), t_x, T, 0.0))
    off = drawn["alive"] - now
    assert abs(off.mean()) < 4.5 * off.std() / np.sqrt(N)
    # P(alive) is right for every kind of customer, not only on average.
    busy = x >= 5
    assert abs(off[busy].mean()) < 4.5 * off[busy].std() / np.sqrt(busy.sum())


def test_futures_have_the_distribution_of_the_formulas():
    rng = np.random.default_rng(12)
    rows = {"x": np.full(N, 3.0), "t_x": np.full(N, 30.0), "T": np.full(N, 39.0)}
    drawn = draws.futures(rng, PARAMETERS, rows, np.full(N, 26.0))
    one = tuple(values[:1] for values in rows.values())
    chance = counts.count_probabilities(PARAMETERS, *one, 26.0, np.arange(6))
    found = np.bincount(drawn.astype(int), minlength=6)[:6] / N
    assert (np.abs(found - chance) < 4.5 * np.sqrt(chance * (1 - chance) / N)).all()
    expected = maths.expected_purchases(PARAMETERS, *one, 26.0)[0]
    assert abs(drawn.mean() - expected) < 4.5 * drawn.std() / np.sqrt(N)


def test_paths_climb_to_the_same_distribution():
    rng = np.random.default_rng(15)
    rows = {"x": np.full(N, 3.0), "t_x": np.full(N, 30.0), "T": np.full(N, 39.0)}
    times = np.array([[4.0], [26.0]]) * np.ones(N)
    drawn = draws.paths(rng, PARAMETERS, rows, times)
    assert (np.diff(drawn, axis=0) >= 0).all()
    one = tuple(values[:1] for values in rows.values())
    for found, t in zip(drawn, (4.0, 26.0), strict=True):
        expected = maths.expected_purchases(PARAMETERS, *one, t)[0]
        assert abs(found.mean() - expected) < 4.5 * found.std() / np.sqrt(N)


def test_draws_of_parameters_give_a_row_each():
    rng = np.random.default_rng(13)
    rows = {"x": np.array([0.0, 3.0]), "t_x": np.array([0.0, 9.0]), "T": np.array([9.0, 9.0])}
    parameters = tuple(one * np.exp(0.1 * rng.standard_normal((5, 1))) for one in PARAMETERS)
    assert draws.futures(rng, parameters, rows, np.array([4.0, 4.0])).shape == (5, 2)


def test_unvisited_corners_do_not_warn():
    rng = np.random.default_rng(14)
    parameters = tuple(np.full(500, one) for one in (1e-3, 1.0, 1e-3, 1e6))
    drawn = draws.histories(rng, parameters, np.full(500, 10.0))
    assert np.isfinite(drawn["t_x"]).all()
    assert pytest.approx(drawn["alive"].mean(), abs=0.05) == 1.0
