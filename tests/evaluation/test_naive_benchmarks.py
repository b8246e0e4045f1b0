"""naive2: hand cases, the competition's own benchmark, the loop oracle, laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.evaluation import mase_scale, naive2
from tests.evaluation.oracles import naive2_oracle

NAN = math.nan


def test_by_hand():
    # Trend by hand (2 x 2 average of 8, 4, 8, 4, ...) is 6 everywhere: indices 8/6 and 4/6.
    series = [8, 4] * 10
    np.testing.assert_allclose(naive2(series, season_length=2, horizon=3), [8, 4, 8])
    # The last value is of season A: it is deseasonalised before it is carried forward.
    later = naive2([*series, 8.8], season_length=2, horizon=2)
    np.testing.assert_allclose(later, [4.4, 8.8], rtol=0.01)


def test_a_short_or_aseasonal_series_keeps_its_last_value():
    assert naive2([8, 4, 8, 4, 8], season_length=2, horizon=2).tolist() == [8, 8]
    assert naive2([1, 2, 3, 4, 5, 6, 7], season_length=1, horizon=2).tolist() == [7, 7]
    assert naive2([5] * 9, season_length=2, horizon=2).tolist() == [5, 5]


def test_gaps_zeros_and_nothing():
    series = [NAN, NAN, *[8, 4] * 5, NAN, *[4, 8] * 5, 4, NAN]
    # The gap at the end is of the season of 8.
    np.testing.assert_allclose(naive2(series, season_length=2, horizon=2), [4, 8], rtol=0.15)
    assert naive2([0, 0, 9, 0, 0, 9, 0, 0, 9], season_length=3, horizon=3).tolist() == [9, 9, 9]
    assert np.isnan(naive2([[NAN, NAN]], season_length=2, horizon=2)).all()
    assert naive2(np.empty((0, 5)), season_length=2, horizon=2).shape == (0, 2)


panels = st.integers(1, 4).flatmap(
    lambda rows: st.integers(1, 22).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(1, 40), min_size=n, max_size=n), min_size=rows, max_size=rows
        )
    )
)


@settings(max_examples=80, deadline=None)
@given(panel=panels, m=st.integers(1, 5), front=st.integers(0, 4))
def test_all_series_at_once_equal_the_loops(panel, m, front):
    padded = np.pad(np.array(panel, float), ((0, 0), (front, 0)), constant_values=NAN)
    found = naive2(padded, season_length=m, horizon=4)
    for row, series in zip(found, panel, strict=True):
        np.testing.assert_allclose(row, naive2_oracle(series, m, 4), rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-12, 1e9])
def test_the_unit_of_money_does_not_matter(factor):
    values = np.random.default_rng(0).gamma(2, 1, (20, 40)) + np.tile([1, 3, 2, 5], 10)
    kept = naive2(values, season_length=4, horizon=5)
    np.testing.assert_allclose(naive2(values * factor, season_length=4, horizon=5), kept * factor)


def test_refusals():
    with pytest.raises(DataContractError, match="1 of 3 values of train are infinite"):
        naive2([1, np.inf, 2], season_length=1, horizon=1)
    with pytest.raises(ValueError, match="3 dimensions"):
        naive2(np.zeros((2, 2, 2)), season_length=1, horizon=1)
    with pytest.raises(ValueError, match="horizon"):
        naive2([1, 2], season_length=1, horizon=0)


@pytest.mark.data
def test_m3_monthly(m3_monthly, golden):
    train, actual, _ = m3_monthly
    forecast = naive2(train, season_length=12, horizon=18)
    error = np.abs(actual - forecast)
    golden(
        "M3 monthly, Naive2 as defined by the M4 competition: sMAPE, MASE, seasonal series in %",
        ours=[
            float((200 * error / (actual + forecast)).mean(axis=1).mean()),
            float((error.mean(axis=1) / mase_scale(train, season_length=12)).mean()),
            100 * float((np.ptp(forecast, axis=1) > 0).mean()),
        ],
        published=[16.764, 1.0383, 54.5],
        source="reference page forecast 1",
        tolerance=0.05,
    )
    golden(
        "M3 monthly, Naive2: MASE",
        ours=round(float((error.mean(axis=1) / mase_scale(train, season_length=12)).mean()), 4),
        published=1.0383,
        source="reference page forecast 1",
    )
