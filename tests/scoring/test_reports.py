"""The report of unseen rows agrees with scikit-learn, and calibration has its floor beside it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from crmlytics.scoring import _reports
from tests.scoring.test_propensity_classifier import fitted


def test_measures_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    p = expit(rng.normal(size=3_000))
    y = (rng.random(3_000) < p).astype(int)
    table = _reports.report(y, p, None, seed=0).set_index("measure")
    assert table.loc["auc", "value"] == pytest.approx(roc_auc_score(y, p))
    assert table.loc["log_loss", "value"] == pytest.approx(log_loss(y, p))
    assert table.loc["brier", "value"] == pytest.approx(brier_score_loss(y, p))
    top = np.sort(p)[-300]
    assert table.loc["lift_top_10", "value"] == pytest.approx(y[p >= top].mean() / y.mean())
    held = table.drop(index="calibration_error")
    assert ((held["low"] < held["value"]) & (held["value"] < held["high"])).all()
    # These scores are calibrated by their making.
    assert table.loc["calibration_error", "value"] < table.loc["calibration_error", "floor"]
    assert table.loc["calibration_slope", "low"] < 1 < table.loc["calibration_slope", "high"]


def test_the_report_is_of_unseen_rows():
    found = fitted()
    seen = found.out_of_fold_
    area = found.report_.set_index("measure").loc["auc", "value"]
    assert area == pytest.approx(roc_auc_score(seen["outcome"], seen["probability"]))
    assert found.report_["n"].unique().tolist() == [600]
