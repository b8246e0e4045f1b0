"""BdW: its own optimum on the published cohorts, the sBG within it, recovery."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import likelihood_ratio_test
from crmlytics.clv.beta_discrete_weibull import BetaDiscreteWeibullModel
from crmlytics.clv.shifted_beta_geometric import ShiftedBetaGeometricModel
from crmlytics.errors import NotEnoughDataError

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.mark.parametrize(
    ("survivors", "params", "value"),
    [
        (HIGH_END, [0.21425, 1.42657, 1.72356], -1605.3142),
        (REGULAR, [0.45561, 0.77933, 1.28345], -1679.6028),
    ],
)
def test_own_optimum(survivors, params, value):
    # Not published anywhere: another optimiser's result on the same counts.
    model = BetaDiscreteWeibullModel.from_survivors(survivors, unit="Y")
    assert model.converged_
    assert model.log_likelihood_ == pytest.approx(value, abs=6e-5)
    assert list(model.params_.values()) == pytest.approx(params, abs=1e-5)


def test_without_drift_it_is_the_sbg():
    bdw = BetaDiscreteWeibullModel.from_params(alpha=0.7, beta=1.2, c=1, unit="M")
    sbg = ShiftedBetaGeometricModel.from_params(alpha=0.7, beta=1.2, unit="M")
    t = np.arange(50)
    np.testing.assert_allclose(bdw.survival(t), sbg.survival(t), rtol=1e-14)
    assert bdw.expected_discounted_lifetime(period_rate=0.01) == pytest.approx(
        sbg.expected_discounted_lifetime(period_rate=0.01), rel=1e-14
    )


def test_by_hand():
    # alpha = 1, beta = 1: S(t) = 1 / (1 + t^c).
    model = BetaDiscreteWeibullModel.from_params(alpha=1, beta=1, c=2, unit="M")
    np.testing.assert_allclose(model.survival([1, 2, 3]), [1 / 2, 1 / 5, 1 / 10], rtol=1e-14)
    frame = pd.DataFrame({"tenure": [2, 3], "churned": [True, False]})
    np.testing.assert_allclose(
        np.exp(model.log_likelihood(frame)), [1 / 2 - 1 / 5, 1 / 10], rtol=1e-14
    )
    # Σ 1 / (1 + t²) from t = 0 is (1 + π coth π) / 2.
    assert model.expected_lifetime() == pytest.approx((1 + np.pi / np.tanh(np.pi)) / 2, rel=1e-12)


def test_the_drift_is_worth_its_parameter():
    sbg = ShiftedBetaGeometricModel.from_survivors(HIGH_END, unit="Y")
    bdw = BetaDiscreteWeibullModel.from_survivors(HIGH_END, unit="Y")
    test = likelihood_ratio_test(sbg, bdw)
    assert test.degrees_of_freedom == 1
    assert test.p_value < 0.001


def test_recovers_the_parameters():
    truth = BetaDiscreteWeibullModel.from_params(alpha=0.6, beta=1.5, c=1.4, unit="M")
    frame = truth.simulate(20_000, T=10, random_state=1)
    model = BetaDiscreteWeibullModel(unit="M").fit(frame)
    for name, value in truth.params_.items():
        assert abs(model.params_[name] - value) < 3.5 * model.standard_errors_[name]
    assert model.survival_table(5)["survival_low"].iloc[1:].notna().all()


def test_three_parameters_need_three_renewals():
    with pytest.raises(NotEnoughDataError, match="at 3 renewals"):
        BetaDiscreteWeibullModel.from_survivors([1000, 800, 700], unit="Y")


def test_saving_keeps_everything():
    model = BetaDiscreteWeibullModel.from_survivors(REGULAR, unit="Y")
    assert BetaDiscreteWeibullModel.from_json(model.to_json()).params_ == model.params_
