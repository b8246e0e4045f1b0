"""Simulated futures at opportunities have the distribution of the formulas."""

from __future__ import annotations

import numpy as np

from crmlytics.clv import BetaGeoBetaBinomialModel
from crmlytics.clv import _beta_geo_beta_binomial_draws as draws

N = 40_000
PARAMETERS = (1.2, 0.75, 0.66, 2.8)


def test_paths_have_the_distribution_of_the_formulas():
    names = ("alpha", "beta", "gamma", "delta")
    known = BetaGeoBetaBinomialModel.from_params(
        **dict(zip(names, PARAMETERS, strict=True)), unit="Y"
    )
    rows = {"x": np.full(N, 3.0), "t_x": np.full(N, 4.0), "T": np.full(N, 6.0)}
    one = {name: values[:1] for name, values in rows.items()}
    ends = (0.0, 1.0, 3.0, 8.0)
    times = np.array(ends)[:, None] * np.ones(N)
    path = known._draw_path(np.random.default_rng(2), PARAMETERS, rows, times)
    assert (path[0] == 0).all()
    assert (np.diff(path, axis=0) >= 0).all()
    assert (np.diff(path, axis=0) <= np.diff(times, axis=0)).all()
    for found, t in zip(path, ends, strict=True):
        for n in range(int(t) + 1):
            chance = known._probabilities(PARAMETERS, one, np.array([t]), np.array([float(n)]))[0]
            share, error = (found == n).mean(), np.sqrt(max(chance * (1 - chance), 0.0) / N)
            # 4.5 standard errors: one in 150,000 by chance, and the seed is fixed.
            assert abs(share - chance) < 4.5 * error + 1e-9


def test_dropout_ends_a_path():
    # Use is all but sure while alive.
    rng = np.random.default_rng(3)
    rows = {"x": np.full(N, 6.0), "t_x": np.full(N, 6.0), "T": np.full(N, 6.0)}
    times = np.array([[2.0], [4.0], [9.0]]) * np.ones(N)
    path = draws.paths(rng, (1e9, 1e-3, 1.0, 1.0), rows, times)
    bought = np.diff(path, axis=0, prepend=0.0)
    # Whoever misses an opportunity is gone: later parts of the time are empty.
    missed = path[0] < 2
    assert missed.any()
    assert (bought[1:, missed] == 0).all()


def test_draws_of_parameters_give_a_row_each():
    rng = np.random.default_rng(13)
    rows = {"x": np.array([0.0, 3.0]), "t_x": np.array([0.0, 5.0]), "T": np.array([6.0, 6.0])}
    parameters = tuple(one * np.exp(0.1 * rng.standard_normal((5, 1))) for one in PARAMETERS)
    times = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert draws.paths(rng, parameters, rows, times).shape == (2, 5, 2)
    assert draws.futures(rng, parameters, rows, times[0]).shape == (5, 2)
