"""The simplest candidate within one standard error of the best, on paired losses."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.scoring import _out_of_fold, _selection


def rows(y, group=None):
    n = len(y)
    return _out_of_fold.TestRows(np.arange(n), np.zeros(n, int), np.asarray(y, float), np.zeros(n),
                                 group)  # fmt: skip


def test_by_hand():
    y = np.array([1, 0, 1, 0])
    good = np.array([2.0, -2.0, 2.0, -2.0])
    found = _selection.compare({"logistic": good, "scorecard": good / 2}, rows(y))
    assert found["model"].tolist() == ["scorecard", "logistic"]
    assert found["log_loss"].tolist() == pytest.approx([np.log1p(np.exp(-1)), np.log1p(np.exp(-2))])
    # All rows are equally far behind: the difference is certain, and the scorecard is not equal.
    assert found["se"].tolist() == pytest.approx([0.0, 0.0], abs=1e-12)
    assert found["chosen"].tolist() == [False, True]


def test_a_difference_within_its_error_goes_to_the_simpler():
    y = np.array([1, 0, 1, 0, 1, 0])
    best = np.array([2.0, -2.0, 2.0, -2.0, 2.0, -2.0])
    simple = best + np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])
    found = _selection.compare({"boosting": best, "scorecard": simple}, rows(y))
    assert 0 < found["behind"].iloc[0] < found["se"].iloc[0]
    assert found["chosen"].tolist() == [True, False]


def test_losses_are_those_of_scikit_learn_and_never_infinite():
    from sklearn.metrics import log_loss

    y, margin = np.array([1.0, 0.0, 0.0]), np.array([0.3, -2.0, 1.0])
    ours = _out_of_fold.log_losses(margin, y).mean()
    assert ours == pytest.approx(log_loss(y, 1 / (1 + np.exp(-margin))), abs=1e-12)
    assert _out_of_fold.log_losses(np.array([-np.inf]), np.array([1.0]))[0] < 14


def test_rows_of_a_group_are_one_observation():
    d = np.random.default_rng(0).normal(size=50)
    alone = _out_of_fold.gain(d, None)
    assert alone.se == pytest.approx(d.std(ddof=1) / np.sqrt(50))
    tripled = _out_of_fold.gain(np.tile(d, 3), np.tile(np.arange(50), 3))
    assert tripled == pytest.approx(alone)
