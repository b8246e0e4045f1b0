"""mase_scale and the errors on arrays: hand cases, loops, scaling, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.evaluation import forecast_errors as errors
from crmlytics.evaluation import mase_scale
from tests.evaluation import oracles

NAN = math.nan


def test_scale_by_hand():
    train = [[NAN, 1, 4, 3, 8], [2, 2, 2, 2, 2], [NAN, NAN, NAN, 3, 5], [1, NAN, 4, 3, NAN]]
    # 2 and 4 at lag 2; no change; two values only, so lag 1; |4 - 1| at lag 2.
    np.testing.assert_array_equal(mase_scale(train, season_length=2), [3, NAN, 2, 3])
    assert np.isnan(mase_scale([[7.0], [NAN]], season_length=4)).all()


def test_smape_by_hand():
    actual = np.array([[100.0, 0.0, NAN], [0.0, NAN, NAN], [NAN, NAN, NAN]])
    forecast = np.array([[50.0, 0.0, 3.0], [7.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    # 50 / 150 and 0 / 0; 7 / 7; nothing.
    np.testing.assert_allclose(errors.smape(actual, forecast), [100 / 3, 200, NAN])


def test_pinball_and_interval_score_by_hand():
    actual = np.array([10.0, 10.0])
    np.testing.assert_allclose(errors.pinball(actual, np.array([8.0, 14.0]), 0.9), [1.8, 0.4])
    low, high = np.array([9.0, 12.0]), np.array([11.0, 15.0])
    np.testing.assert_allclose(errors.interval_score(actual, low, high, 0.8), [2, 3 + 10 * 2])


def test_the_interval_score_is_the_two_pinball_losses():
    """Gneiting and Raftery (2007): interval score = (2 / a) (sum of the losses of both ends)."""
    actual, low, high = np.random.default_rng(0).normal(size=(3, 200))
    low, high = np.minimum(low, high), np.maximum(low, high)
    losses = errors.pinball(actual, low, 0.1) + errors.pinball(actual, high, 0.9)
    np.testing.assert_allclose(errors.interval_score(actual, low, high, 0.8), 10 * losses)


@settings(max_examples=60, deadline=None)
@given(train=st.lists(st.integers(0, 20), min_size=1, max_size=20), m=st.integers(1, 6))
def test_scale_is_the_loops(train, m):
    expected = oracles.scale_oracle(train, m)
    found = mase_scale(train, season_length=m)[0]
    assert np.isnan(found) if expected is None else found == pytest.approx(expected, rel=1e-12)


def test_refusals():
    with pytest.raises(DataContractError, match="infinite"):
        mase_scale([1.0, np.inf], season_length=1)
    with pytest.raises(ValueError, match="season_length"):
        mase_scale([1.0, 2.0], season_length=0)
