"""The global model: it learns what series share, sees nothing of the future, knows no scale."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast import boosting

OPTIONS = {"season_length": 4, "horizon": 3, "library": "sklearn"}


def panel(n_series=80, n=48, seed=0):
    """Each season repeats the last one but grows by a tenth; series differ in size and shape."""
    rng = np.random.default_rng(seed)
    shape = rng.gamma(20, 0.05, (n_series, 4))
    size = rng.lognormal(3, 2, (n_series, 1))
    growth = 1.1 ** (np.arange(n) // 4)
    return size * np.tile(shape, n // 4) * growth * rng.lognormal(0, 0.02, (n_series, n))


def learnt(values, told=None, **options):
    rng = np.random.default_rng(5)
    told = values if told is None else told
    return boosting.learn_and_predict(values, told, random_state=rng, **(OPTIONS | options))


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch):
    monkeypatch.setattr(boosting, "_TREES", 40)


def test_it_learns_what_all_series_do():
    values = panel()
    found = learnt(values[:, :45])
    error = np.abs(found / values[:, 45:] - 1)
    naive = np.abs(values[:, 41:44] / values[:, 45:] - 1)  # 9 % behind, every time
    assert np.median(error) < 0.6 * np.median(naive)


def test_the_level_is_the_mean_of_a_season_and_targets_are_absent_past_the_end():
    values = panel(3, 12)
    level = boosting._level(values, 4)
    np.testing.assert_allclose(level[:, 11], values[:, 8:].mean(axis=1))
    pairs = boosting._moments(values, 4)
    assert pairs[:, 1].max() <= 10, "the last column has no target"
    assert pairs[:, 1].min() >= 6, "a season and a half came before"


def test_moments_fall_on_every_place_of_the_season():
    pairs = boosting._moments(np.ones((1, 120)), 12)
    assert len(set(pairs[:, 1] % 12)) == 12


def test_what_comes_later_does_not_matter():
    values = panel()
    later = np.hstack([values, 1e6 * np.ones((80, 5))])
    np.testing.assert_array_equal(learnt(values), learnt(later[:, :48]))


def test_scale_does_not_matter():
    values = panel()
    size = 2.0 ** np.random.default_rng(1).integers(-30, 30, (80, 1))
    np.testing.assert_allclose(learnt(values * size), learnt(values) * size, rtol=1e-9)


def test_young_and_empty_series_are_left_alone():
    values = panel()
    told = np.full((3, 48), np.nan)
    told[1, 43:] = 5.0  # a season and a quarter
    told[2] = values[0]
    found = learnt(values, told)
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2]).all()
    assert np.isnan(learnt(told[:1], told)).all()
    assert np.isnan(learnt(values[:1, :12], values[:1, :12])).all(), "too few rows to learn from"


def test_more_rows_than_the_cap_are_drawn(monkeypatch):
    monkeypatch.setattr(boosting, "MOST_ROWS", 600)
    values = panel()
    assert np.isfinite(learnt(values)).all()


def test_lightgbm_where_it_is_named():
    pytest.importorskip("lightgbm")
    values = panel()
    found = learnt(values[:, :45], library="lightgbm")
    assert np.median(np.abs(found / values[:, 45:] - 1)) < 0.1
