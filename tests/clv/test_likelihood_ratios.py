"""The likelihood-ratio test: by hand, under the null, and between models that are not nested."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel, likelihood_ratio_test
from tests.clv.models import MODELS


@pytest.fixture(scope="module")
def fits():
    frame = MODELS["BetaGeoModel"].histories()
    return {model: model(unit="W").fit(frame) for model in (BetaGeoModel, NBDModel)}


def test_by_hand(fits):
    test = likelihood_ratio_test(fits[NBDModel], fits[BetaGeoModel])
    gain = fits[BetaGeoModel].log_likelihood_ - fits[NBDModel].log_likelihood_
    assert test.statistic == 2 * gain
    assert test.degrees_of_freedom == 2
    # With two degrees of freedom the tail of chi-squared is e^(-x/2).
    assert test.p_value == pytest.approx(np.exp(-gain))


def test_a_covariate_without_effect_is_rejected_as_often_as_it_should_be():
    rng, p_values = np.random.default_rng(3), []
    for _ in range(12):
        frame = MODELS["BetaGeoModel"].known().simulate(800, T=30, random_state=rng)
        frame["z"] = rng.normal(size=800)
        without = BetaGeoModel(unit="W").fit(frame)
        with_z = BetaGeoModel(unit="W", covariates_purchase=("z",)).fit(frame)
        p_values.append(likelihood_ratio_test(without, with_z).p_value)
    # Uniform p-values: 12 of them average 0.5 with a deviation of 0.083.
    assert abs(np.mean(p_values) - 0.5) < 3.5 * 0.083


@pytest.mark.parametrize("other", ["rows", "unit", "order", "given"])
def test_what_is_not_nested_is_refused(fits, other):
    restricted, full = fits[NBDModel], fits[BetaGeoModel]
    frame = MODELS["BetaGeoModel"].histories()
    if other == "rows":
        restricted = NBDModel(unit="W").fit(frame.head(700))
    if other == "unit":
        restricted = NBDModel(unit="D").fit(frame)
    if other == "order":
        restricted, full = full, restricted
    if other == "given":
        full = MODELS["BetaGeoModel"].known()
    with pytest.raises(ValueError, match=r"same customers|more parameters|was given"):
        likelihood_ratio_test(restricted, full)


def test_a_full_model_that_fits_worse_is_refused(fits):
    frame = MODELS["BetaGeoModel"].histories()
    other = frame.assign(T=frame["T"] + 40)
    with pytest.raises(ValueError, match="lower log-likelihood"):
        likelihood_ratio_test(fits[NBDModel], ModifiedBetaGeoModel(unit="W").fit(other))
