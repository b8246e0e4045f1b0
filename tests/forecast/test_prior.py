"""penalised: the posterior mode of a normal model, and no prior at all."""

from __future__ import annotations

import numpy as np

from crmlytics.forecast._prior import Prior, penalised


def test_it_is_the_posterior_of_a_normal_model():
    parameters = np.array([[[0.2, 0.5]], [[0.9, 0.8]]])  # two parameters, one candidate, two series
    squares, n = np.array([[4.0, 9.0]]), np.array([10, 20])
    prior = Prior(centre=(0.3, 0.9), sd=(0.1, 0.05))
    density = -n / 2 * np.log(squares) - 0.5 * (
        ((parameters[0] - 0.3) / 0.1) ** 2 + ((parameters[1] - 0.9) / 0.05) ** 2
    )
    ours = penalised(squares, parameters, prior, n)
    np.testing.assert_allclose(-n / 2 * np.log(ours), density, rtol=1e-9)


def test_no_prior_is_least_squares():
    squares = np.array([[4.0, 9.0]])
    parameters = np.zeros((1, 1, 2))
    np.testing.assert_allclose(
        penalised(squares, parameters, None, np.array([5, 5])), squares, rtol=1e-9
    )
