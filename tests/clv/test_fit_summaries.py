"""The page that a fitted model prints."""

from __future__ import annotations

import pytest

from crmlytics.clv import BetaGeoModel, FitSummary
from tests.clv.models import MODELS


def test_the_page_reads_well():
    model = BetaGeoModel(unit="W").fit(MODELS["BetaGeoModel"].histories())
    summary = model.summary()
    assert isinstance(summary, FitSummary)
    text = str(summary)
    lines = text.splitlines()
    assert lines[0] == "BetaGeoModel (unit W), 800 customers, converged"
    assert lines[1].startswith(f"log-likelihood {model.log_likelihood_:.4f}   AIC ")
    assert lines[2].split() == ["parameter", "estimate", "standard_error", "low_95", "high_95"]
    assert [line.split()[0] for line in lines[3:]] == ["r", "alpha", "a", "b"]
    assert max(map(len, lines)) <= 88


def test_the_criteria_by_hand():
    model = BetaGeoModel(unit="W").fit(MODELS["BetaGeoModel"].histories())
    assert model.aic_ == 2 * 4 - 2 * model.log_likelihood_
    assert model.bic_ == pytest.approx(4 * 6.684611727667927 - 2 * model.log_likelihood_)  # ln 800


def test_given_parameters_say_so():
    text = repr(MODELS["NBDModel"].known().summary())
    assert "the parameters were given, not estimated" in text
