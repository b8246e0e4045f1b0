"""The bootstrap draws whole groups, and the same ones for every column."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket._recommender_resampling import interval, resampled_means


def test_means_and_spread_of_independent_cases():
    rng = np.random.default_rng(0)
    hit = (rng.random(2_000) < 0.3).astype(float)
    values = np.column_stack([hit, 1 - hit])
    found = resampled_means(values, np.arange(2_000), n_draws=2_000, rng=rng)
    assert found.means == pytest.approx(values.mean(axis=0))
    # The standard error of a share; 2,000 draws tell it to about 2 %.
    assert found.draws[:, 0].std() == pytest.approx(np.sqrt(hit.var() / 2_000), rel=0.08)
    # Paired columns: what one gains the other loses, in each draw.
    assert found.draws.sum(axis=1) == pytest.approx(np.ones(2_000))


def test_groups_move_together():
    values = np.repeat([[1.0], [0.0]], 50, axis=0)
    group = np.repeat([7, 3], 50)
    found = resampled_means(values, group, n_draws=200, rng=np.random.default_rng(1))
    assert set(found.draws.ravel()) == {0.0, 0.5, 1.0}


def test_interval_by_hand():
    low, high = interval(np.arange(101.0)[:, None], 0.9)
    assert (low.item(), high.item()) == pytest.approx((5.0, 95.0))
