"""Small trees, added slowly: what they learn, a level against missing among it."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.scoring import _boosting, _tree_codes
from crmlytics.scoring._features import Feature
from crmlytics.scoring._out_of_fold import log_losses


def features(n=900, seed=0):
    """A category of one level whose absence tells the outcome, and a number."""
    rng = np.random.default_rng(seed)
    missing = rng.random(n) < 0.3
    x = rng.normal(size=n)
    x[rng.random(n) < 0.2] = np.nan
    y = (rng.random(n) < np.where(missing, 0.1, 0.6)).astype(float)
    held = Feature("matters", "matters", np.where(missing, 2, 0).astype(np.int32), ("career",))
    return [held, Feature("x", "x", x)], y


def test_the_matrix_by_hand():
    found = _tree_codes.matrix([Feature("a", "a", np.array([0, 1, 2], np.int32), ("x",)),
                                Feature("b", "b", np.array([1.5, np.nan, 2.0]))])  # fmt: skip
    np.testing.assert_array_equal(found, [[0, 1.5], [1, np.nan], [2, 2.0]])
    assert _tree_codes.categories(features()[0]).tolist() == [True, False]


@pytest.mark.parametrize("kind", ["sklearn", "lightgbm"])
def test_a_level_against_missing_is_learnt(kind):
    if kind == "lightgbm":
        pytest.importorskip("lightgbm")
    held, y = features()
    model = _boosting.fit(held, y, kind=kind, n_threads=1, seed=0)
    rate = np.where(held[0].values == 2, 0.1, 0.6)
    best = log_losses(np.log(rate / (1 - rate)), y).mean()
    assert log_losses(model.margin(held), y).mean() < best
    parts = model.contributions(held)
    assert (parts[held[0].values == 2, 0] < 0).all()
    assert (parts[held[0].values == 0, 0] > 0).all()
