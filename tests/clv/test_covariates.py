"""Covariates: recovered, on the scale of their columns, and refused where they say nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, likelihood_ratio_test, score_customers
from crmlytics.errors import DataContractError

SIDES = {"covariates_purchase": ("age", "shop"), "covariates_dropout": ("shop",)}
TRUTH = {"purchase[age]": 0.02, "purchase[shop]": -0.4, "dropout_a[shop]": 0.5,
         "dropout_b[shop]": -0.3}  # fmt: skip


@pytest.fixture(scope="module", params=[BetaGeoModel, ModifiedBetaGeoModel])
def model(request):
    return request.param


@pytest.fixture(scope="module")
def known(model):
    return model.from_params(r=0.8, alpha=20.0, a=0.8, b=2.5, unit="W", coefficients=TRUTH, **SIDES)


def people(n, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"age": rng.normal(50, 10, n), "shop": rng.integers(0, 2, n) * 1.0})


@pytest.fixture(scope="module")
def histories(known):
    return known.simulate(
        6000, T=np.linspace(30, 60, 6000), random_state=1, covariates=people(6000, 0)
    )


@pytest.fixture(scope="module")
def fitted(model, histories):
    return model(unit="W", **SIDES).fit(histories)


def test_the_truth_lies_within_the_errors(known, fitted):
    truth = known._point()
    off = fitted._point() - truth
    squares = off @ np.linalg.solve(fitted._point_covariance(), off)
    assert squares < 26.1  # 99.9 % of chi-squared with 8 degrees of freedom
    assert list(fitted.params_) == ["r", "alpha", "a", "b", *TRUTH]
    assert fitted.converged_


def test_the_gradient_with_coefficients(fitted, histories):
    rows, design, point = fitted._read(histories), fitted._design(), fitted._point()
    weights = np.ones(len(histories))

    def total(at):
        value, slopes = fitted._value_and_slopes(design.row_parameters(at, rows), rows)
        return value.sum(), design.total_gradient(slopes, weights, rows)

    point = point + 0.01
    _, gradient = total(point)
    for i in range(len(point)):
        step = np.zeros(len(point))
        step[i] = 1e-6
        difference = (total(point + step)[0] - total(point - step)[0]) / 2e-6
        # Totals near 1e5 leave 1e-5 of rounding over the step.
        assert difference == pytest.approx(gradient[i], rel=1e-5, abs=1e-3)


def test_a_fit_without_standardising_is_the_same(fitted, histories):
    # Ages in decades from 50: another origin and scale, the same model.
    other = histories.assign(age=(histories["age"] - 50) / 10)
    again = type(fitted)(unit="W", **SIDES).fit(other)
    assert again.log_likelihood_ == pytest.approx(fitted.log_likelihood_, rel=1e-11)
    assert again.params_["purchase[age]"] == pytest.approx(
        10 * fitted.params_["purchase[age]"], rel=1e-5
    )
    assert again.standard_errors_["purchase[age]"] == pytest.approx(
        10 * fitted.standard_errors_["purchase[age]"], rel=1e-4
    )
    np.testing.assert_allclose(
        again.expected_purchases(other, t=9), fitted.expected_purchases(histories, t=9), rtol=1e-5
    )


def test_they_are_worth_it(fitted, histories):
    without = type(fitted)(unit="W").fit(histories)
    test = likelihood_ratio_test(without, fitted)
    assert test.degrees_of_freedom == 4
    assert test.p_value < 1e-6
    table = fitted.summary().parameters
    assert table["z"].notna().tolist() == [False] * 4 + [True] * 4
    assert "p_value" in repr(fitted.summary())


def test_a_customer_has_the_parameters_of_their_covariates(known, model):
    alpha = 20.0 * np.exp(-(0.02 * 30 - 0.4))
    alone = model.from_params(
        r=0.8, alpha=alpha, a=0.8 * np.exp(0.5), b=2.5 * np.exp(-0.3), unit="W"
    )
    frame = pd.DataFrame(
        {"frequency": [2], "recency": [9.0], "T": [20.0], "age": [30.0], "shop": [1.0]}
    )
    for method, options in (
        ("expected_purchases", {"t": 9}),
        ("probability_alive", {"t": 4}),
        ("probability_of_purchase", {"t": 9}),
        ("purchase_probabilities", {"t": 9, "n_max": 4}),
        ("expected_residual_transactions", {"discount_rate": 0.01}),
        ("log_likelihood", {}),
    ):
        np.testing.assert_allclose(
            getattr(known, method)(frame, **options),
            getattr(alone, method)(frame, **options),
            rtol=1e-10,
        )
    both = {"age": 30.0, "shop": 1.0}
    assert known.expected_purchases_new_customer(9, covariates=both) == pytest.approx(
        alone.expected_purchases_new_customer(9), rel=1e-12
    )
    np.testing.assert_allclose(
        known.alive_path([2.0], ages=[1.0, 5.0], covariates=both),
        alone.alive_path([2.0], ages=[1.0, 5.0]),
    )


def test_intervals_saving_and_scoring_know_them(fitted, histories):
    some = histories.head(40)
    drawn = fitted.draw_purchases(some, t=10.0, n_draws=20_000, random_state=1)
    expected = fitted.expected_purchases(some, t=10.0)
    error = drawn.std(axis=0) / np.sqrt(20_000)
    # Parameters drawn around the estimate move the mean a little beyond the sampling error.
    assert (np.abs(drawn.mean(axis=0) - expected) < 4.5 * error + 0.01 * expected).all()
    low, high = fitted.predictive_interval(some, t=10.0, random_state=1)
    assert ((low <= expected) & (expected <= high + 1)).all()
    again = type(fitted).from_json(fitted.to_json())
    np.testing.assert_allclose(again.expected_purchases(some, t=10.0), expected, rtol=1e-15)
    scored = score_customers(some, fitted, t=10.0)
    np.testing.assert_allclose(scored["expected_purchases"], expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"shop": 1.0}, SIDES, "names 'shop', which is constant"),
        ({}, {"covariates_purchase": ("age", "age2")}, "one is a sum of multiples"),
        ({"age": np.inf}, SIDES, "of 'age' are missing or infinite"),
    ],
)
def test_covariates_that_say_nothing_are_refused(model, histories, change, options, message):
    frame = histories.assign(age2=3.0 * histories["age"] + 2.0).assign(**change)
    with pytest.raises(DataContractError, match=message):
        model(unit="W", **options).fit(frame)


def test_wrong_names_are_refused(model, histories, known):
    with pytest.raises(TypeError, match="must be a sequence of column names"):
        model(unit="W", covariates_purchase="age").fit(histories)
    with pytest.raises(ValueError, match="names a column twice"):
        model(unit="W", covariates_purchase=("age", "age")).fit(histories)
    with pytest.raises(ValueError, match=r"covariates must give values of \['age', 'shop'\]"):
        known.expected_purchases_new_customer(3)
    with pytest.raises(ValueError, match="coefficients must name"):
        model.from_params(r=1, alpha=1, a=1, b=1, unit="W", **SIDES)
    with pytest.raises(ValueError, match="covariates must have 5 rows"):
        known.simulate(5, T=9, covariates=people(4, 0))
