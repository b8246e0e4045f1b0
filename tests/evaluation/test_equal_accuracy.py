"""diebold_mariano: a hand case, statsmodels' robust variance, size, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.evaluation import diebold_mariano

ACTUAL = [12, 15, 11, 18, 14, 16, 13, 19]
OURS = [12, 14, 12, 17, 14, 15, 13, 18]
LAST = [10, 12, 15, 11, 18, 14, 16, 13]


def test_by_hand():
    test = diebold_mariano(ACTUAL, OURS, other=LAST, horizon=1)
    # Differences -2, -2, -3, -6, -4, -1, -3, -5: mean -13/4, sum of squares 19.5, correction 7/8.
    assert test.difference == -3.25
    assert test.statistic == pytest.approx(-3.25 / math.sqrt(19.5 / 64) * math.sqrt(7 / 8))
    assert test.n == 8
    assert test.low < -3.25 < test.high < 0


@pytest.mark.parametrize("horizon", [1, 2, 4])
@pytest.mark.parametrize("loss", ["absolute", "squared"])
def test_statsmodels_robust_variance(horizon, loss):
    """The statistic before its correction is the t of a mean with a HAC variance, equal weights."""
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    actual, ours, other = rng.normal(size=(3, 60)).cumsum(axis=1)
    power = {"absolute": 1, "squared": 2}[loss]
    d = np.abs(actual - ours) ** power - np.abs(actual - other) ** power
    fit = sm.OLS(d, np.ones(60)).fit(
        cov_type="HAC",
        cov_kwds={"maxlags": horizon - 1, "kernel": "uniform", "use_correction": False},
    )
    h, n = horizon, 60
    factor = math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    test = diebold_mariano(actual, ours, other=other, horizon=horizon, loss=loss)
    assert test.statistic == pytest.approx(fit.tvalues[0] * factor, rel=1e-9)


def test_where_equal_weights_give_no_variance_bartletts_do():
    d = np.tile([1.0, -1.0], 10) + 0.05
    test = diebold_mariano(np.zeros(20), np.abs(d + 2), other=np.full(20, 2.0), horizon=2)
    assert test.difference == pytest.approx(0.05)
    assert math.isfinite(test.statistic)


def test_the_test_keeps_its_size():
    """Of two equally bad forecasters 5 % are called different: 400 draws, three errors wide."""
    rng = np.random.default_rng(6)
    rejected = 0
    for _ in range(400):
        shocks = rng.normal(size=(3, 42))
        actual, ours, other = shocks[:, 1:] + 0.9 * shocks[:, :-1]  # errors of 2 steps ahead
        rejected += diebold_mariano(actual, ours, other=other, horizon=2).p_value < 0.05
    assert 0.017 < rejected / 400 < 0.083


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), horizon=st.integers(1, 4), factor=st.floats(1e-6, 1e6))
def test_the_sign_turns_and_the_unit_does_not_matter(seed, horizon, factor):
    actual, ours, other = np.random.default_rng(seed).normal(size=(3, 20))
    one = diebold_mariano(actual, ours, other=other, horizon=horizon)
    two = diebold_mariano(actual * factor, other * factor, other=ours * factor, horizon=horizon)
    assert two.statistic == pytest.approx(-one.statistic, rel=1e-9)
    assert two.p_value == pytest.approx(one.p_value, rel=1e-9)


def test_equal_forecasts_have_no_statistic():
    test = diebold_mariano(ACTUAL, OURS, other=OURS, horizon=1)
    assert test.difference == 0
    assert math.isnan(test.statistic)
    assert math.isnan(test.p_value)


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="horizon=7 needs at least 9"):
        diebold_mariano(ACTUAL, OURS, other=LAST, horizon=7)
    with pytest.raises(DataContractError, match="shapes"):
        diebold_mariano(ACTUAL, OURS[:5], other=LAST, horizon=1)
    with pytest.raises(DataContractError, match="1 values"):
        diebold_mariano([np.nan, *ACTUAL[1:]], OURS, other=LAST, horizon=1)
    with pytest.raises(ValueError, match="loss must be one of"):
        diebold_mariano(ACTUAL, OURS, other=LAST, horizon=1, loss="cubic")
