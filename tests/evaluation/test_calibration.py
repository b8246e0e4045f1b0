"""Calibration: by hand, against statsmodels, the floor, published numbers, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import ConvergenceWarning, NotEnoughDataError
from crmlytics.evaluation import (
    brier_decomposition,
    calibration_slope,
    calibration_table,
    expected_calibration_error,
)

Y, P = [0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.7, 0.7, 0.7]
PAGE = "reference page churn_and_leads 8"


def test_six_customers_by_hand():
    table = calibration_table(Y, P, n_bins=2)
    assert table["observed"].tolist() == pytest.approx([1 / 3, 2 / 3])
    assert table["difference"].tolist() == pytest.approx([1 / 3 - 0.1, 2 / 3 - 0.7])
    # Wilson for 1 of 3, from its formula: .0615 to .7923.
    assert table["low"].iloc[0] == pytest.approx(0.0615, abs=5e-5)
    assert table["high"].iloc[0] == pytest.approx(0.7923, abs=5e-5)
    error = expected_calibration_error(Y, P, n_bins=2, random_state=1)
    assert error.ece == pytest.approx((3 * (1 / 3 - 0.1) + 3 * (0.7 - 2 / 3)) / 6)
    # Murphy: reliability (.2333² + .0333²)/2, resolution 1/36, uncertainty 1/4.
    found = brier_decomposition(Y, P)
    assert found.reliability == pytest.approx((0.7**2 / 9 + 0.1**2 / 9) / 2)
    assert found.resolution == pytest.approx(1 / 36)
    assert found.rest == pytest.approx(0, abs=1e-12)
    assert found.score == pytest.approx((2 * 0.01 + 0.81 + 0.49 + 2 * 0.09) / 6)


rows = st.lists(st.tuples(st.booleans(), st.integers(0, 100)), min_size=1, max_size=60)


@given(rows=rows, n_bins=st.integers(1, 12))
def test_the_parts_of_the_brier_score_add_up(rows, n_bins):
    y, p = zip(*rows, strict=True)
    found = brier_decomposition(y, np.array(p) / 100, n_bins=n_bins)
    total = found.reliability - found.resolution + found.uncertainty + found.rest
    assert total == pytest.approx(found.score)
    assert found.low <= found.score <= found.high or len(y) == 1


@given(rows=rows, n_bins=st.integers(1, 12))
def test_the_order_of_the_rows_does_not_matter(rows, n_bins):
    y, p = (np.array(each) for each in zip(*rows, strict=True))
    table = calibration_table(y, p / 100, n_bins=n_bins)
    back = calibration_table(y[::-1], p[::-1] / 100, n_bins=n_bins)
    pd.testing.assert_frame_equal(table, back)
    assert table["n"].sum() == len(y)


def test_right_probabilities_lie_under_the_floor_as_often_as_it_says():
    rng = np.random.default_rng(3)
    below = 0
    for seed in range(60):
        p = rng.beta(1, 3, 800)
        y = rng.random(800) < p
        found = expected_calibration_error(y, p, level=0.8, n_simulations=200, random_state=seed)
        below += found.ece <= found.floor
    assert 0.8 * 60 - 3 * np.sqrt(60 * 0.16) < below <= 60  # three standard errors


def test_the_normal_limit_gives_the_same_floor(monkeypatch):
    from crmlytics.evaluation import calibration

    p = np.random.default_rng(4).beta(1, 3, 5_000)
    exact = expected_calibration_error(p > 0.5, p, n_simulations=2_000, random_state=1)
    monkeypatch.setattr(calibration, "_MOST_DRAWS", 1)
    limit = expected_calibration_error(p > 0.5, p, n_simulations=2_000, random_state=1)
    assert limit.ece == exact.ece
    # Two estimates from 2,000 draws differ by about 3 % of the mean's, 4 % of the quantile's.
    assert limit.floor_mean == pytest.approx(exact.floor_mean, rel=0.03)
    assert limit.floor == pytest.approx(exact.floor, rel=0.04)


def test_statsmodels_finds_the_same_slope(scores, golden):
    import statsmodels.api as sm

    p = scores["score"].clip(1e-6, 1 - 1e-6).to_numpy()
    logit = np.log(p / (1 - p))
    fitted = sm.GLM(scores["y"], sm.add_constant(logit), family=sm.families.Binomial()).fit(
        tol=1e-12
    )
    large = sm.GLM(scores["y"], np.ones(len(p)), family=sm.families.Binomial(), offset=logit).fit(
        tol=1e-12
    )
    found = calibration_slope(scores["y"], scores["score"])
    source = "statsmodels GLM, binomial, in the same test"
    for what, ours, theirs in (
        ("intercept", found.intercept, fitted.params.iloc[0]),
        ("slope", found.slope, fitted.params.iloc[1]),
        ("its standard error", found.standard_error, fitted.bse.iloc[1]),
        ("in the large", found.in_the_large, large.params.iloc[0]),
        ("in the large, low", found.in_the_large_low, large.conf_int().iloc[0, 0]),
    ):
        golden(f"calibration slope of invented scores: {what}", ours=ours,
               published=float(theirs), source=source, tolerance=1e-7)  # fmt: skip


@pytest.mark.data
def test_telco(telco_scores, golden):
    slope = calibration_slope(*telco_scores)
    golden("Telco, spline logistic: calibration slope", ours=slope.slope, published=0.983,
           source=PAGE, tolerance=1e-3)  # fmt: skip
    golden("Telco, spline logistic: its standard error", ours=slope.standard_error,
           published=0.027, source=PAGE, tolerance=5e-4)  # fmt: skip
    error = expected_calibration_error(*telco_scores, n_simulations=400, random_state=1)
    golden("Telco, spline logistic: ECE (ties cut there, kept here)", ours=error.ece,
           published=0.0070, source=PAGE, tolerance=5e-4)  # fmt: skip
    golden("Telco: ECE of perfect calibration, mean", ours=error.floor_mean, published=0.0098,
           source=PAGE, tolerance=5e-4)  # fmt: skip
    golden("Telco: ECE of perfect calibration, 95 % point", ours=error.floor, published=0.0140,
           source=PAGE, tolerance=1e-3)  # fmt: skip
    golden("Telco, spline logistic: Brier score", ours=brier_decomposition(*telco_scores).score,
           published=0.1332, source="reference page churn_and_leads 7", tolerance=5e-5)  # fmt: skip


def test_a_constant_has_one_bin_and_no_slope():
    y, p = [0, 1, 0, 0], [0.25] * 4
    assert calibration_table(y, p)["n"].tolist() == [4]
    found = calibration_slope(y, p)
    assert np.isnan([found.slope, found.low, found.high]).all()
    assert found.in_the_large == pytest.approx(0, abs=1e-12)
    assert expected_calibration_error(y, p, random_state=0).ece == pytest.approx(0)


def test_separated_outcomes_are_told():
    with pytest.warns(ConvergenceWarning, match="separated"):
        found = calibration_slope([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    assert np.isnan(found.slope)


def test_certainties_are_moved_and_counted():
    found = calibration_slope([0, 1, 1, 0, 1, 0], [0.0, 1.0, 0.4, 0.6, 1.0, 1.0])
    assert found.n_clipped == 4
    assert np.isfinite(found.slope)


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="none of the"):
        calibration_slope([0, 0], [0.1, 0.2])
    with pytest.raises(ValueError, match="n_bins"):
        calibration_table(Y, P, n_bins=0)
    with pytest.raises(ValueError, match=r"did you mean 0\.95"):
        calibration_table(Y, P, level=95)
