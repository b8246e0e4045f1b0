"""Simulated futures of regular customers have the distribution of the formulas."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import BetaGeoCNBDModel, ModifiedBetaGeoCNBDModel
from crmlytics.clv import _cnbd_draws as draws

N = 40_000
TIMES = (4.0, 9.0, 26.0)


@pytest.mark.parametrize("model", [BetaGeoCNBDModel, ModifiedBetaGeoCNBDModel])
@pytest.mark.parametrize(("k", "history"), [(1, (3, 30.0)), (3, (3, 30.0)), (3, (0, 0.0))])
def test_paths_have_the_distribution_of_the_formulas(model, k, history):
    known = model.from_params(k=k, r=0.8, alpha=6.0, a=0.7, b=2.0, unit="W")
    x, t_x = history
    rows = {"x": np.full(N, float(x)), "t_x": np.full(N, t_x), "T": np.full(N, 39.0)}
    one = {name: values[:1] for name, values in rows.items()}
    parameters = known._row_parameters(rows)
    times = np.array(TIMES)[:, None] * np.ones(N)
    path = known._draw_path(np.random.default_rng(k), parameters, rows, times)
    assert (np.diff(path, axis=0) >= 0).all()
    for found, t in zip(path, TIMES, strict=True):
        for n in range(4):
            chance = known._probabilities(parameters, one, np.array([t]), np.array([float(n)]))[0]
            share, error = (found == n).mean(), np.sqrt(chance * (1 - chance) / N)
            # 4.5 standard errors: one in 150,000 by chance, and the seed is fixed.
            assert abs(share - chance) < 4.5 * error + 1e-12


def test_regular_customers_are_regular_along_a_path():
    # Nobody drops out and the rate is all but known: λ = 6 events, k = 6, so one purchase a week;
    # its number in 20 weeks varies as 1/6 of a Poisson, and parts of the time hang together.
    rows = {"x": np.zeros(N), "t_x": np.zeros(N), "T": np.zeros(N)}
    parameters = (6e6, 1e6, 1e-9, 1e9)
    times = np.array([[10.0], [20.0]]) * np.ones(N)
    path = draws.paths(np.random.default_rng(1), parameters, rows, times, k=6, first=0)
    # floor(N / 6) of Poisson(120): mean (120 - 5/2) / 6, variance (120 + 35/12) / 36.
    assert path[1].mean() == pytest.approx((120 - 2.5) / 6, abs=4 * np.sqrt(3.41 / N))
    assert path[1].var() == pytest.approx((120 + 35 / 12) / 36, rel=0.03)


def test_draws_of_parameters_give_a_row_each():
    rng = np.random.default_rng(13)
    rows = {"x": np.array([0.0, 3.0]), "t_x": np.array([0.0, 9.0]), "T": np.array([9.0, 9.0])}
    parameters = tuple(v * np.exp(0.1 * rng.standard_normal((5, 1))) for v in (0.8, 6.0, 0.7, 2.0))
    times = np.array([[2.0, 3.0], [4.0, 9.0], [5.0, 30.0]])
    path = draws.paths(rng, parameters, rows, times, k=3, first=1)
    assert path.shape == (3, 5, 2)
    assert draws.futures(rng, parameters, rows, times[0], k=3, first=1).shape == (5, 2)
