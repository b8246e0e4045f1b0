"""Maximising: surfaces whose maximum is known, and surfaces that have none."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import BetaGeoModel, _maximum_likelihood, _parametric
from crmlytics.clv._maximum_likelihood import maximise


def bowl(curvature, centre):
    curvature, centre = np.asarray(curvature, float), np.asarray(centre, float)

    def objective(point):
        away = point - centre
        return -0.5 * away @ curvature @ away, -curvature @ away

    return objective


def test_a_bowl_is_solved_exactly():
    curvature = [[4.0, 1.0], [1.0, 0.01 + 0.25]]
    found = maximise(bowl(curvature, [3.0, -2.0]), [np.zeros(2)], n=1.0)
    np.testing.assert_allclose(found.point, [3.0, -2.0], atol=1e-9)
    np.testing.assert_allclose(found.hessian, curvature, rtol=1e-8)
    assert found.converged
    assert found.value == pytest.approx(0.0, abs=1e-15)


def test_a_plane_is_no_maximum():
    found = maximise(lambda point: (point[0], np.array([1.0])), [np.zeros(1)], n=1.0)
    assert not found.converged
    assert found.point[0] == _maximum_likelihood.BOUND


def test_another_start_is_tried_where_the_best_leads_nowhere():
    # A flat shelf at height 0 near 5, a peak of height 1 at -3.
    def objective(point):
        x = point[0]
        peak = np.exp(-0.5 * (x + 3.0) ** 2)
        shelf = 0.5 / (1.0 + np.exp(-20.0 * (x - 1.0)))
        slope = 20.0 * shelf * (1.0 - shelf / 0.5)
        return peak + shelf, np.array([-(x + 3.0) * peak + slope])

    found = maximise(objective, [np.array([5.0]), np.array([-4.5])], n=1.0)
    assert found.converged
    assert found.point[0] == pytest.approx(-3.0, abs=1e-3)


def test_a_first_fit_on_a_sample_changes_nothing(monkeypatch):
    truth = BetaGeoModel.from_params(r=0.5, alpha=5, a=0.8, b=2.5, unit="W")
    frame = truth.simulate(20_000, T=np.linspace(20, 50, 20_000), random_state=1)
    with_pilot = BetaGeoModel(unit="W").fit(frame)
    monkeypatch.setattr(_parametric, "_PILOT_ROWS", 10**9)
    without = BetaGeoModel(unit="W").fit(frame)
    assert list(with_pilot.params_.values()) == pytest.approx(
        list(without.params_.values()), rel=1e-7
    )
    np.testing.assert_allclose(with_pilot.covariance_, without.covariance_, rtol=1e-5)
