"""Log-odds are stretched where that helps unseen rows, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from crmlytics.scoring import _calibration, _out_of_fold


def rows(y):
    n = len(y)
    return _out_of_fold.TestRows(np.arange(n), np.arange(n) % 5, y, np.zeros(n), None)


def outcomes(stretch, n=4_000, seed=0):
    rng = np.random.default_rng(seed)
    margin = rng.normal(0, 1.5, n)
    return margin, (rng.random(n) < expit(0.3 + stretch * margin)).astype(float)


def test_a_known_stretch_is_found():
    margin, y = outcomes(0.5, n=20_000)
    found = _calibration.fit(margin, y)
    assert found == pytest.approx((0.3, 0.5), abs=0.05)
    np.testing.assert_allclose(found.apply(np.array([0.0, 1.0])), [found[0], sum(found)])


def test_auto_keeps_what_is_right():
    margin, y = outcomes(1.0)
    good = margin + 0.3
    calibration, unseen = _calibration.decide(good, rows(y), "auto")
    assert calibration == (0.0, 1.0)
    assert unseen is good
    wrong, _ = _calibration.decide(3 * margin, rows(y), "auto")
    assert wrong.stretch == pytest.approx(1 / 3, abs=0.05)
    never, _ = _calibration.decide(3 * margin, rows(y), "never")
    assert never == (0.0, 1.0)


def test_a_backward_score_is_not_turned_round():
    margin, y = outcomes(1.0)
    assert _calibration.fit(-margin, y) == (0.0, 1.0)


def test_one_fold_cannot_judge_a_calibration():
    margin, y = outcomes(0.3)
    single = rows(y)._replace(fold=np.zeros(len(y), int))
    assert _calibration.decide(margin, single, "auto")[0] == (0.0, 1.0)
