"""Leaks are found by what they tell, and nothing honest is accused."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from crmlytics.scoring import _leaks
from crmlytics.scoring._raw_columns import raw_column


def evidence(values, y):
    column = raw_column("c", np.asarray(values))
    return _leaks.evidence(column, np.asarray(y, float), _leaks.deal_folds(len(y)))


def test_the_area_is_that_of_the_out_of_fold_rates():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 6, 500)
    y = (rng.random(500) < 0.1 + 0.1 * level).astype(float)
    fold = _leaks.deal_folds(500)
    rate = np.empty(500)
    for i in range(500):  # slow and obvious
        others = (level == level[i]) & (fold != fold[i])
        rate[i] = (y[others].sum() + y.mean()) / (others.sum() + 1)
    texts = np.array([f"l{i}" for i in level], object)
    assert evidence(texts, y).auc == pytest.approx(roc_auc_score(y, rate), abs=1e-12)


def test_pure_levels_by_hand():
    y = np.array([1] * 40 + [0] * 40 + [1, 0] * 60)
    texts = np.array(["won"] * 40 + ["lost"] * 40 + ["open"] * 120, object)
    assert evidence(texts, y).pure_share == pytest.approx(0.4)
    small = np.array(["won"] * 29 + ["open"] * 171, object)
    assert evidence(small, y).pure_share == 0.0, "29 rows are no proof"


def test_where_events_are_rare_a_low_rate_is_no_proof():
    rng = np.random.default_rng(1)
    y = (rng.random(5_000) < 0.03).astype(float)
    found = evidence(rng.choice(["a", "b"], 5_000).astype(object), y)
    assert found.pure_share == 0.0
    assert not found.is_alarming


def test_noise_is_no_leak_even_with_many_levels():
    rng = np.random.default_rng(2)
    y = (rng.random(3_000) < 0.3).astype(float)
    texts = np.array([f"t{i}" for i in rng.integers(0, 1_500, 3_000)], object)
    assert abs(evidence(texts, y).auc - 0.5) < 0.05
    assert abs(evidence(rng.normal(size=3_000), y).auc - 0.5) < 0.05


def test_hints_are_words_not_parts_of_words():
    assert _leaks.hints("Last Notable Activity", None) == ["last"]
    assert _leaks.hints("ReasonCode", None) == ["reason"]
    assert _leaks.hints("Lasting impression", None) == []
    assert _leaks.hints("Upgraded Plan", "upgraded") == ["upgraded"]
    for honest in ("Total Time Spent on Website", "Lead Source", "tenure", "occupation"):
        assert _leaks.hints(honest, "Converted") == []
