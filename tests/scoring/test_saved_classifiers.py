"""Fitted classifiers come back from disk with the same scores, and nothing else comes with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import DataContractError, UnreadableFileError
from crmlytics.scoring import PropensityClassifier, Scorecard, _boosting
from tests.scoring.test_propensity_classifier import customers, fitted


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    """Thirty trees are written like three hundred."""
    monkeypatch.setattr(_boosting, "_TREES", 30)


def assert_same_scores(back, found):
    new = customers(n=40, seed=8)
    np.testing.assert_array_equal(back.predict_proba(new), found.predict_proba(new))
    np.testing.assert_array_equal(back.contributions(new), found.contributions(new))
    assert back.reasons(new)["text"].tolist() == found.reasons(new)["text"].tolist()
    assert back.predict(new).dtype == found.predict(new).dtype
    pd.testing.assert_frame_equal(back.report_, found.report_)
    pd.testing.assert_frame_equal(back.candidates_, found.candidates_)
    columns = found.preparation_.columns_
    pd.testing.assert_frame_equal(back.preparation_.columns_, columns, check_dtype=False)


@pytest.mark.parametrize("model", ["logistic", "scorecard"])
def test_json_brings_additive_models_back(model, tmp_path):
    found = fitted(model=model, calibrate="sigmoid")
    path = tmp_path / "churn.json"
    text = found.to_json(path)
    for source in (text, path):
        back = PropensityClassifier.from_json(source)
        assert_same_scores(back, found)
        assert back.to_json() == text
    assert not hasattr(back, "out_of_fold_"), "the rows fitted on are not in the file"


def test_json_brings_lightgbm_back():
    pytest.importorskip("lightgbm")
    found = fitted(model="boosting", boosting="lightgbm")
    assert_same_scores(PropensityClassifier.from_json(found.to_json()), found)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_skops_brings_trees_back(tmp_path):
    pytest.importorskip("skops")
    found = fitted(model="boosting")
    path = tmp_path / "churn.skops"
    found.to_skops(path)
    assert_same_scores(PropensityClassifier.from_skops(path), found)
    with pytest.raises(DataContractError, match="use to_skops"):
        found.to_json()


def test_skops_takes_additive_models_too(tmp_path):
    pytest.importorskip("skops")
    found = fitted()
    found.to_skops(tmp_path / "churn.skops")
    assert_same_scores(PropensityClassifier.from_skops(tmp_path / "churn.skops"), found)


def test_a_file_with_anything_else_is_refused(tmp_path):
    skops = pytest.importorskip("skops.io")
    path = tmp_path / "strange.skops"
    skops.dump({"json": "{}", "trees": Scorecard(), "background": np.zeros(1)}, path)
    with pytest.raises(DataContractError, match="no saved model has"):
        PropensityClassifier.from_skops(path)
    skops.dump([1, 2], path)
    with pytest.raises(DataContractError, match="no saved classifier"):
        PropensityClassifier.from_skops(path)
    path.write_text("nothing")
    with pytest.raises(UnreadableFileError):
        PropensityClassifier.from_skops(path)


def test_the_json_of_another_model_is_refused():
    card = Scorecard().fit(customers(n=2_000), "left")
    with pytest.raises(ValueError, match="PropensityClassifier"):
        PropensityClassifier.from_json(card.to_json())
