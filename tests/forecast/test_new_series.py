"""What the others tell of a young series: planted shape recovered, launches, quantiles."""

from __future__ import annotations

import numpy as np

from crmlytics.forecast.new_series import launch_quantiles, launches, pooled_shape

SHAPE = np.array([0.4, 0.8, 1.2, 1.6])
NAN = np.nan


def test_the_planted_shape_is_recovered():
    rng = np.random.default_rng(0)
    level = rng.gamma(2, 50, (30, 1)) * np.linspace(1, 2, 24)
    sales = level * np.tile(SHAPE, 6) * rng.lognormal(0, 0.1, (30, 24))
    # 30 series of 5 ratios a place: the median's error is near 0.1 / sqrt(100).
    np.testing.assert_allclose(pooled_shape(sales, 4), SHAPE, atol=0.04)
    assert pooled_shape(sales[:9], 4) is None, "nine series are too few"
    assert pooled_shape(sales, 1) is None
    assert pooled_shape(sales[:, :7], 4) is None
    assert pooled_shape(np.where(sales > 0, 0.0, sales), 4) is None


def test_series_that_disagree_share_no_shape():
    rng = np.random.default_rng(1)
    sales = np.stack([np.roll(np.tile(SHAPE, 6), rng.integers(4)) for _ in range(200)])
    assert np.ptp(pooled_shape(sales, 4)) < 0.5 * np.ptp(SHAPE)


def test_launches_by_hand():
    values = np.full((7, 6), NAN)
    values[0] = 100  # was there before the panel began: no launch
    for i in range(1, 6):
        values[i, i:] = i * np.arange(1, 7 - i)
    came = launches(values, 3)
    assert came.shape == (5, 3)
    np.testing.assert_array_equal(came[0], [1, 2, 3])
    np.testing.assert_array_equal(came[4], [5, NAN, NAN])
    np.testing.assert_array_equal(launch_quantiles(came, [0.5])[0], [3, 5, 6])
    older = np.column_stack([came, np.full(5, NAN)])
    assert launch_quantiles(older, [0.5])[0, 3] == 6, "no series is as old: as at the last age"


def test_without_launches_the_level_of_the_others():
    values = np.array([[1.0, 3, 5], [10, 10, 10], [NAN, NAN, NAN]])
    np.testing.assert_array_equal(launches(values, 2), [[4, 4], [10, 10]])


def test_two_values_tell_no_tail():
    # 2 values: quantiles from 1/3 to 2/3 can be told.
    found = launch_quantiles(np.array([[1.0], [3.0]]), [0.1, 0.5, 0.9])
    np.testing.assert_array_equal(found.ravel(), [NAN, 2, NAN])
