"""from_lifetimes: their fitted models predict the same through ours."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from crmlytics.clv.beta_geo import BetaGeoModel
from crmlytics.clv.lifetimes_models import from_lifetimes


@pytest.fixture(scope="module")
def histories():
    model = BetaGeoModel.from_params(r=0.5, alpha=5.0, a=0.8, b=2.5, unit="W")
    table = model.simulate(600, T=52.0, random_state=4)
    return table.assign(monetary_value=np.where(table["frequency"] > 0, 20.0 + table["recency"], 0))


def fitted(name, *columns):
    import lifetimes

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(lifetimes, name)().fit(*columns)


@pytest.mark.parametrize("name", ["BetaGeoFitter", "ModifiedBetaGeoFitter", "ParetoNBDFitter"])
def test_predictions_are_the_same(name, histories):
    columns = histories["frequency"], histories["recency"], histories["T"]
    theirs = fitted(name, *columns)
    ours = from_lifetimes(theirs, unit="W")
    # Their expectation loses digits in 2F1; ordinary customers agree to 1e-6.
    expected = theirs.conditional_expected_number_of_purchases_up_to_time(26.0, *columns)
    assert ours.expected_purchases(histories, t=26.0) == pytest.approx(
        np.asarray(expected, float), rel=1e-6, abs=1e-9
    )
    alive = np.asarray(theirs.conditional_probability_alive(*columns), float)
    assert ours.probability_alive(histories) == pytest.approx(alive, rel=1e-6)


def test_spend_is_the_same(histories):
    bought = histories[histories["frequency"] > 0]
    theirs = fitted("GammaGammaFitter", bought["frequency"], bought["monetary_value"])
    ours = from_lifetimes(theirs, unit="W")
    expected = theirs.conditional_expected_average_profit(
        bought["frequency"], bought["monetary_value"]
    )
    assert ours.expected_spend(bought) == pytest.approx(np.asarray(expected), rel=1e-9)


def test_others_are_refused():
    with pytest.raises(TypeError, match="must be one of BetaGeoFitter"):
        from_lifetimes(object(), unit="W")
    import lifetimes

    with pytest.raises(ValueError, match="was not fitted"):
        from_lifetimes(lifetimes.BetaGeoFitter(), unit="W")
