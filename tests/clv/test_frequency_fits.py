"""frequency_fit_table: a case by hand, sums, simulated customers, every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel
from crmlytics.clv.frequency_fits import frequency_fit_table
from tests.clv.models import MODELS


def test_by_hand(engine):
    # r = alpha = 1: P(X(t) = n) = t^n / (1 + t)^(n + 1).
    frame = pd.DataFrame({"frequency": [0, 2, 5], "recency": [0.0, 1, 1], "T": [1.0, 1.0, 3.0]})
    model = NBDModel.from_params(r=1, alpha=1, unit="Y")
    found = engine.columns(frequency_fit_table(engine.make(frame), {"mine": model}, n_max=2))
    assert found["model"] == ["mine"] * 3
    assert found["frequency"] == [0, 1, 2]
    assert found["or_more"] == [False, False, True]
    assert found["actual"] == [1, 0, 2]
    expected = [2 / 2 + 1 / 4, 2 / 4 + 3 / 16, 2 / 4 + 9 / 16]
    assert found["expected"] == pytest.approx(expected)
    assert found["residual"][1] == pytest.approx(-np.sqrt(expected[1]))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_expected_customers_are_as_many_and_near_the_simulated(name):
    example = MODELS[name]
    frame = example.histories(3000)
    table = frequency_fit_table(frame, example.known())
    assert table["actual"].sum() == 3000
    assert table["expected"].sum() == pytest.approx(3000, rel=1e-12)
    assert (table["residual"].abs() < 4).all()


def test_compressed_ages_do_not_matter():
    model = ModifiedBetaGeoModel.from_params(r=0.9, alpha=4, a=0.8, b=2.5, unit="W")
    frame = model.simulate(200, T=np.repeat([10.0, 20.0], 100), random_state=1)
    table = frequency_fit_table(frame, model, n_max=3)
    plain = 100 * sum(model.purchase_probabilities_new_customer(T, n_max=2) for T in (10, 20))
    np.testing.assert_allclose(table["expected"][:3], plain, rtol=1e-12)


def test_covariates_belong_to_the_customer():
    model = BetaGeoModel.from_params(
        r=0.5, alpha=6, a=0.9, b=1.6, unit="W", covariates_purchase=["age"],
        coefficients={"purchase[age]": 0.7},
    )  # fmt: skip
    frame = pd.DataFrame({"frequency": [0, 1], "recency": [0.0, 2], "T": [9.0, 9], "age": [0, 1.0]})
    table = frequency_fit_table(frame, model, n_max=1)
    none = [
        model.purchase_probabilities_new_customer(9, n_max=0, covariates={"age": age})[0]
        for age in (0, 1)
    ]
    assert table["expected"][0] == pytest.approx(sum(none))


def test_options_are_checked():
    model = NBDModel.from_params(r=1, alpha=1, unit="Y")
    frame = model.simulate(3, T=1, random_state=1)
    with pytest.raises(ValueError, match="n_max"):
        frequency_fit_table(frame, model, n_max=0)
    with pytest.raises(ValueError, match="several of one class"):
        frequency_fit_table(frame, [model, model])
    with pytest.raises(ValueError, match="empty"):
        frequency_fit_table(frame, [])
