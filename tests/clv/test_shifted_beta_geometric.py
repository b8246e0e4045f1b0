"""sBG: the published cohorts, a case by hand, tenures as counts, recovery, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv.shifted_beta_geometric import ShiftedBetaGeometricModel
from crmlytics.errors import (
    ColumnNotFoundError,
    ConvergenceWarning,
    DataContractError,
    NotEnoughDataError,
)

COHORTS = "cohorts of Fader, Hardie (2007), JIM 21(1); optimum of an independent optimiser"
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def tenures(survivors):
    """The same cohort, customer by customer."""
    lost = -np.diff(survivors)
    tenure = np.repeat(np.arange(1, len(survivors)), lost)
    last = len(survivors) - 1
    return pd.DataFrame(
        {
            "tenure": np.append(tenure, np.full(survivors[-1], last)),
            "churned": np.append(np.ones(len(tenure), bool), np.zeros(survivors[-1], bool)),
        }
    )


@pytest.mark.parametrize(
    ("name", "survivors", "params", "value"),
    [
        ("high end", HIGH_END, [0.668088, 3.806089], -1611.158),
        ("regular", REGULAR, [0.704077, 1.182042], -1680.265),
    ],
)
def test_published_cohorts(golden, name, survivors, params, value):
    model = ShiftedBetaGeometricModel.from_survivors(survivors, unit="Y")
    assert model.converged_
    golden(f"sBG, {name}: log-likelihood", ours=model.log_likelihood_, published=value,
           tolerance=5e-4, source=COHORTS)  # fmt: skip
    golden(f"sBG, {name}: alpha, beta", ours=list(model.params_.values()), published=params,
           tolerance=1e-5, source=COHORTS)  # fmt: skip


def test_counts_are_customers(engine):
    counted = ShiftedBetaGeometricModel.from_survivors(REGULAR, unit="Y")
    model = ShiftedBetaGeometricModel(unit="Y").fit(engine.make(tenures(REGULAR)))
    assert model.params_ == pytest.approx(counted.params_, rel=1e-9)
    assert model.log_likelihood_ == pytest.approx(counted.log_likelihood_, rel=1e-12)
    assert model.n_customers_ == 1000


def test_flags_may_be_numbers_and_rows_weighted():
    counted = ShiftedBetaGeometricModel.from_survivors(REGULAR, unit="Y")
    frame = pd.DataFrame({"age": [*range(1, 8), 7], "left": [1] * 7 + [0]})
    weights = [*-np.diff(REGULAR), REGULAR[-1]]
    model = ShiftedBetaGeometricModel(unit="Y", tenure_col="age", churned_col="left")
    model.fit(frame, sample_weight=weights)
    assert model.params_ == pytest.approx(counted.params_, rel=1e-9)


def test_several_cohorts_are_fitted_together():
    cut = [REGULAR, REGULAR[:4]]
    model = ShiftedBetaGeometricModel.from_survivors(cut, unit="Y")
    frame = pd.concat([tenures(one) for one in cut])
    assert model.params_ == pytest.approx(
        ShiftedBetaGeometricModel(unit="Y").fit(frame).params_, rel=1e-9
    )
    assert model.n_customers_ == 2000


def test_by_hand():
    # alpha = beta = 1: S(t) = 1 / (t + 1), r_t = t / (t + 1).
    model = ShiftedBetaGeometricModel.from_params(alpha=1, beta=1, unit="M")
    np.testing.assert_allclose(model.survival([0, 1, 3]), [1, 1 / 2, 1 / 4], rtol=1e-14)
    np.testing.assert_allclose(model.retention_rate([1, 3]), [1 / 2, 3 / 4], rtol=1e-14)
    assert model.survival(1) == pytest.approx(0.5)
    assert isinstance(model.survival(1), float)
    frame = pd.DataFrame({"tenure": [2, 2, 0], "churned": [True, False, False]})
    np.testing.assert_allclose(
        np.exp(model.log_likelihood(frame)), [1 / 2 - 1 / 3, 1 / 3, 1.0], rtol=1e-14
    )
    np.testing.assert_allclose(model.probability_alive(frame, t=3), [0, 1 / 2, 1 / 4], rtol=1e-14)
    assert model.expected_lifetime(horizon=3) == pytest.approx(1 + 1 / 2 + 1 / 3)
    # DEL = Σ z^t / (t + 1) = -ln(1 - z) / z.
    z = 1 / 1.1
    found = model.expected_discounted_lifetime(period_rate=0.1)
    assert found == pytest.approx(-np.log1p(-z) / z, rel=1e-12)
    residual = model.expected_residual_lifetime(frame, period_rate=0.1)
    # After 0 renewals the payment at once is missing: (DEL - 1) / z.
    np.testing.assert_allclose(residual[[0, 2]], [0.0, (found - 1) / z], rtol=1e-12)
    with pytest.raises(ValueError, match="infinite"):
        model.expected_lifetime()


def test_undiscounted_lifetime():
    model = ShiftedBetaGeometricModel.from_params(alpha=3, beta=4, unit="M")
    assert model.expected_lifetime() == pytest.approx((3 + 4 - 1) / (3 - 1), rel=1e-12)


def test_recovers_the_parameters():
    truth = ShiftedBetaGeometricModel.from_params(alpha=0.7, beta=1.2, unit="M")
    frame = truth.simulate(20_000, T=np.tile([6, 12], 10_000), random_state=1)
    assert frame["churned"].dtype == bool
    model = ShiftedBetaGeometricModel(unit="M").fit(frame)
    for name, value in truth.params_.items():
        assert abs(model.params_[name] - value) < 3.5 * model.standard_errors_[name]
    left = 1 - (frame["churned"] & (frame["tenure"] <= 6)).mean()
    assert left == pytest.approx(truth.survival(6), abs=0.012)  # 3.5 standard errors


def test_the_band_holds_the_curve():
    model = ShiftedBetaGeometricModel.from_survivors(HIGH_END, unit="Y")
    table = model.survival_table(12, level=0.9)
    assert table["period"].tolist() == list(range(13))
    np.testing.assert_allclose(table["survival"], model.survival(np.arange(13)), rtol=1e-12)
    later = table.iloc[1:]
    for name in ("survival", "retention_rate"):
        assert (later[f"{name}_low"] < later[name]).all()
        assert (later[name] < later[f"{name}_high"]).all()
    # At the first renewal the error is at most that of a share of 1000.
    half = (table["survival_high"] - table["survival_low"])[1] / 2
    assert half <= 1.645 * np.sqrt(0.851 * 0.149 / 1000) * 1.02
    known = ShiftedBetaGeometricModel.from_params(**model.params_, unit="Y")
    assert known.survival_table(3)["survival_low"].iloc[1:].isna().all()


def test_equal_customers_are_a_diagnosis():
    with pytest.warns(ConvergenceWarning, match="customers do not differ in their chance to leave"):
        ShiftedBetaGeometricModel.from_survivors([10000, 8000, 6400, 5120, 4096], unit="Y")


@pytest.mark.parametrize(
    ("survivors", "error", "says"),
    [
        ([1000, 900, 950], DataContractError, "never rise"),
        ([1000, -1], DataContractError, "at least 0"),
        ([1000], NotEnoughDataError, "1 number"),
        ([], NotEnoughDataError, "empty"),
        ([1000, 1000, 1000], NotEnoughDataError, "no customer has churned"),
        ([1000, 900], NotEnoughDataError, "at 2 renewals"),
    ],
)
def test_impossible_counts_are_refused(survivors, error, says):
    with pytest.raises(error, match=says):
        ShiftedBetaGeometricModel.from_survivors(survivors, unit="Y")


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ({"tenure": [1.5, 2], "churned": [1, 0]}, "no whole number"),
        ({"tenure": [0, 2], "churned": [1, 0]}, "first renewal has 1"),
        ({"tenure": [1, 2], "churned": [2, 0]}, "neither true nor false"),
        ({"tenure": [1, None], "churned": [1, 0]}, "missing"),
        ({"tenure": [1, 2], "churned": ["yes", "no"]}, "must hold numbers"),
    ],
)
def test_impossible_tenures_are_refused(frame, says):
    with pytest.raises(DataContractError, match=says):
        ShiftedBetaGeometricModel(unit="M").fit(pd.DataFrame(frame))


def test_a_missing_column_is_named():
    with pytest.raises(ColumnNotFoundError, match="did you mean 'Tenure'"):
        ShiftedBetaGeometricModel(unit="M").fit(pd.DataFrame({"Tenure": [1], "churned": [1]}))


def test_saving_keeps_everything():
    model = ShiftedBetaGeometricModel.from_survivors(HIGH_END, unit="Y")
    again = ShiftedBetaGeometricModel.from_json(model.to_json())
    assert again.params_ == model.params_
    assert again.survival(12) == model.survival(12)
    assert "1,000 customers, converged" in repr(model.summary())


def test_arguments_are_checked():
    model = ShiftedBetaGeometricModel.from_params(alpha=1, beta=1, unit="M")
    with pytest.raises(ValueError, match="t must be whole numbers"):
        model.survival(1.5)
    with pytest.raises(ValueError, match="t must be whole numbers of at least 1"):
        model.retention_rate(0)
    with pytest.raises(ValueError, match="period_rate"):
        model.expected_discounted_lifetime(period_rate=-0.1)
