"""compare_models: CDNOW's likelihoods, arithmetic, every engine."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel
from crmlytics.clv.beta_discrete_weibull import BetaDiscreteWeibullModel
from crmlytics.clv.model_comparison import compare_models
from crmlytics.clv.shifted_beta_geometric import ShiftedBetaGeometricModel
from crmlytics.errors import ConvergenceWarning, NotEnoughDataError
from tests.clv.cdnow_log import read_summary

TRUTH = ModifiedBetaGeoModel.from_params(r=0.9, alpha=4.0, a=0.8, b=2.5, unit="W")


@pytest.mark.data
def test_cdnow(data_dir):
    frame = read_summary(data_dir)
    kinds = (NBDModel, BetaGeoModel, ModifiedBetaGeoModel)
    table = compare_models(frame, [kind(unit="W").fit(frame) for kind in kinds])
    assert table["model"].tolist() == ["ModifiedBetaGeoModel", "BetaGeoModel", "NBDModel"]
    np.testing.assert_allclose(
        table["log_likelihood"], [-9582.1357, -9582.4292, -9763.6576], atol=6e-5
    )
    assert table["n"].tolist() == [2357] * 3


def test_every_engine(engine):
    frame = TRUTH.simulate(500, T=30, random_state=1)[["frequency", "recency", "T"]]
    models = {"dropout": ModifiedBetaGeoModel(unit="W").fit(frame), "none": NBDModel(unit="W")}
    models["none"].fit(frame)
    found = engine.columns(compare_models(engine.make(frame), models))
    assert found["model"] == ["dropout", "none"]
    assert found["parameters"] == [4, 2]
    assert found["converged"] == [True, True]
    for i, model in enumerate(models.values()):
        assert found["log_likelihood"][i] == pytest.approx(model.log_likelihood_, rel=1e-12)
        assert found["aic"][i] == pytest.approx(model.aic_, rel=1e-12)
        assert found["bic"][i] == pytest.approx(model.bic_, rel=1e-12)
    assert found["aic_difference"][0] == 0
    assert sum(found["akaike_weight"]) == pytest.approx(1)


def test_others_than_those_fitted_on():
    model = NBDModel(unit="W").fit(TRUTH.simulate(300, T=30, random_state=1))
    other = TRUTH.simulate(100, T=30, random_state=2)
    table = compare_models(other, model)
    assert table["log_likelihood"][0] == pytest.approx(model.log_likelihood(other).sum())
    assert table["n"][0] == 100


def test_contracts_compare_too():
    frame = BetaDiscreteWeibullModel.from_params(alpha=0.6, beta=1.5, c=1.8, unit="M").simulate(
        3000, T=9, random_state=1
    )
    models = [kind(unit="M").fit(frame) for kind in (ShiftedBetaGeometricModel,
                                                     BetaDiscreteWeibullModel)]  # fmt: skip
    table = compare_models(frame, models)
    assert table["model"][0] == "BetaDiscreteWeibullModel"


def test_a_fit_that_ran_off_is_marked():
    frame = NBDModel.from_params(r=2.0, alpha=4.0, unit="W").simulate(400, T=30, random_state=1)
    with pytest.warns(ConvergenceWarning):
        model = BetaGeoModel(unit="W").fit(frame)
    assert compare_models(frame, model)["converged"].tolist() == [False]


def test_an_empty_frame_is_refused():
    frame = TRUTH.simulate(5, T=30, random_state=1)
    with pytest.raises(NotEnoughDataError, match="empty"):
        compare_models(frame.head(0), TRUTH)
