"""What every model of this package is: complete, clonable, and fitted the same with a pilot."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import numpy as np
import pytest
from sklearn.base import clone

import crmlytics.clv as package
from crmlytics.clv import GammaGammaModel, ModifiedBetaGeoModel, _parametric
from crmlytics.clv._parametric import ParametricModel
from crmlytics.clv._purchase_rows import PurchaseModel


def models() -> list[type[ParametricModel]]:
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    ]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, ParametricModel)
    }
    return sorted((k for k in kinds if not inspect.isabstract(k)), key=lambda k: k.__name__)


def test_the_public_models_are_complete():
    public = {
        kind
        for name in package.__all__
        if inspect.isclass(kind := getattr(package, name)) and issubclass(kind, ParametricModel)
    }
    assert public <= set(models())
    assert len(models()) >= len(public) > 5


@pytest.mark.parametrize("kind", models(), ids=lambda kind: kind.__name__)
def test_a_clone_has_the_same_options(kind):
    model = kind(unit="D", penalty=2.0)
    again = clone(model)
    assert again is not model
    assert again.get_params() == model.get_params()
    assert again.set_params(penalty=0.5).penalty == 0.5


@pytest.mark.parametrize("kind", [ParametricModel, PurchaseModel])
def test_a_model_that_lacks_hooks_cannot_be_made(kind):
    with pytest.raises(TypeError, match="abstract method"):
        kind()


def test_a_pilot_changes_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    known = ModifiedBetaGeoModel.from_params(r=0.9, alpha=4.0, a=0.8, b=2.5, unit="W")
    histories = known.simulate(2000, T=rng.uniform(20, 30, 2000), random_state=1)
    spend = GammaGammaModel.from_params(p=6.0, q=4.0, gamma=15.0).simulate(
        2000, frequency=3, random_state=1
    )
    for model, frame in ((ModifiedBetaGeoModel(unit="W"), histories), (GammaGammaModel(), spend)):
        whole = clone(model).fit(frame)
        with monkeypatch.context() as patch:
            patch.setattr(_parametric, "_PILOT_ROWS", 200)
            piloted = clone(model).fit(frame)
        assert piloted.params_ == pytest.approx(whole.params_, rel=1e-6)
        assert piloted.log_likelihood_ == pytest.approx(whole.log_likelihood_, rel=1e-12)


def test_a_pilot_that_leads_nowhere_is_forgotten(monkeypatch):
    spend = GammaGammaModel.from_params(p=6.0, q=4.0, gamma=15.0).simulate(
        2000, frequency=3, random_state=1
    )
    whole = GammaGammaModel().fit(spend)
    monkeypatch.setattr(_parametric, "_PILOT_ROWS", 2)  # two rows tell no three parameters
    assert GammaGammaModel().fit(spend).params_ == pytest.approx(whole.params_, rel=1e-6)
