"""Parameters that run off: found, held, and put into words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel
from crmlytics.clv._boundaries import covariance, in_words
from crmlytics.errors import ConvergenceWarning


def test_no_dropout_is_said_and_the_rest_is_the_nbd():
    frame = NBDModel.from_params(r=0.6, alpha=8, unit="W").simulate(1500, T=40, random_state=2)
    frame["recency"] = np.where(frame["frequency"] > 0, frame["T"], 0.0)
    for model in (BetaGeoModel, ModifiedBetaGeoModel):
        with pytest.warns(ConvergenceWarning, match="no dropout is visible in these data"):
            fitted = model(unit="W").fit(frame)
        baseline = NBDModel(unit="W").fit(frame)
        assert not fitted.converged_
        assert fitted.log_likelihood_ == pytest.approx(baseline.log_likelihood_, abs=0.01)
        assert fitted.params_["r"] == pytest.approx(baseline.params_["r"], rel=1e-3)
        # What can be told has its error, what cannot has none.
        assert fitted.standard_errors_["r"] == pytest.approx(
            baseline.standard_errors_["r"], rel=1e-2
        )
        assert np.isnan(fitted.standard_errors_["a"])
        np.testing.assert_allclose(
            fitted.expected_purchases(frame, t=40), baseline.expected_purchases(frame, t=40),
            rtol=1e-2,
        )  # fmt: skip


def test_equal_customers_do_not_differ():
    frame = pd.DataFrame({"frequency": [2] * 50, "recency": [5.0] * 50, "T": [20.0] * 50})
    with pytest.warns(ConvergenceWarning, match="do not differ in their purchase rate"):
        model = NBDModel(unit="W").fit(frame)
    # Poisson: 2 in 20 weeks.
    assert model.params_["r"] / model.params_["alpha"] == pytest.approx(0.1, rel=1e-4)
    assert all(np.isnan(error) for error in model.standard_errors_.values())
    low, high = model.confidence_intervals_["r"]
    assert np.isnan(low)
    assert np.isnan(high)


def test_a_dropout_probability_common_to_all():
    truth = ModifiedBetaGeoModel.from_params(r=1, alpha=8, a=3000, b=7000, unit="W")
    frame = truth.simulate(3000, T=np.linspace(20, 50, 3000), random_state=3)
    with pytest.warns(ConvergenceWarning, match="do not differ in their dropout probability"):
        model = BetaGeoModel(unit="W").fit(frame)
    assert "no dropout" not in model.diagnosis_


def test_words_are_chosen_by_the_first_sentence_that_fits():
    sentences = {("a low", "b high"): "both", ("a low",): "one", ("r high",): "even"}
    assert in_words({"a": {"low"}, "b": {"low", "high"}}, sentences) == "both"
    assert in_words({"a": {"low"}, "r": {"high"}}, sentences) == "one; even"
    assert in_words({"b": {"low"}}, sentences) == "these data do not determine b"
    assert in_words({}, sentences) == ""


def test_a_parameter_held_has_no_variance():
    found = covariance(np.diag([4.0, 0.0, 2.0]), [1])
    np.testing.assert_allclose(np.diag(found), [0.25, np.nan, 0.5])
    assert np.isnan(covariance(np.zeros((2, 2)), [])).all()
