"""bootstrap_interval: known distributions, scipy, dependent rows, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.evaluation import bootstrap_interval


def test_by_hand():
    # Of two rows 0 and 1 the mean of a resample is 0, 1/2, 1/2 or 1.
    found = bootstrap_interval([0, 1], n_resamples=4000, random_state=0)
    assert (found.estimate, found.low, found.high, found.n) == (0.5, 0.0, 1.0, 2)
    assert found.standard_error == pytest.approx(np.sqrt(1 / 8), rel=0.05)  # 4000 draws


def test_scipy_agrees():
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).gamma(2.0, 3.0, 80)
    drawn = bootstrap((values,), np.mean, method="percentile", n_resamples=4000)
    theirs = drawn.confidence_interval
    ours = bootstrap_interval(values, n_resamples=4000, random_state=3)
    # Two sets of 4,000 draws: their quantiles differ by about 2 % of the width, theirs unseeded.
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.12 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.12 * width)


def test_a_ratio_draws_pairs():
    actual = np.random.default_rng(4).gamma(2.0, 3.0, 50)
    found = bootstrap_interval(
        np.column_stack([0.3 * actual, actual]), statistic="ratio", random_state=0
    )
    assert (found.low, found.high) == (pytest.approx(0.3), pytest.approx(0.3))


def test_blocks_keep_dependent_rows_together():
    rng = np.random.default_rng(5)
    walk = np.zeros(600)
    for t in range(1, 600):
        walk[t] = 0.8 * walk[t - 1] + rng.normal()
    alone = bootstrap_interval(walk, random_state=0).standard_error
    blocks = bootstrap_interval(walk, block_length=30, random_state=0).standard_error
    # The mean's standard error is 1 / (0.2 sqrt(600)) = 0.204; independent rows would give 0.068.
    assert alone == pytest.approx(0.068, abs=0.015)
    assert 0.14 < blocks < 0.25  # blocks of 30 cut some of the dependence off


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=30),
    statistic=st.sampled_from(["mean", "median"]),
    block=st.integers(1, 2),
)
def test_the_named_statistics_are_the_callables(values, statistic, block):
    options = {"n_resamples": 50, "block_length": block, "random_state": 7}
    function = {"mean": np.mean, "median": np.median}[statistic]
    found = bootstrap_interval(values, statistic=statistic, **options)
    np.testing.assert_allclose(
        found, bootstrap_interval(values, statistic=function, **options), rtol=1e-9, atol=1e-6
    )
    assert min(values) - 1e-6 <= found.low <= found.high <= max(values) + 1e-6


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="4 rows are fewer than the 6"):
        bootstrap_interval([1, 2, 3, 4], block_length=3)
    with pytest.raises(DataContractError, match="1 of 3 values"):
        bootstrap_interval([1, 2, np.nan])
    with pytest.raises(ValueError, match="needs 2 column"):
        bootstrap_interval([1, 2, 3], statistic="ratio")
    with pytest.raises(ValueError, match="did you mean 'median'"):
        bootstrap_interval([1, 2, 3], statistic="medain")
