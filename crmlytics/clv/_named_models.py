"""One fitted model, several, or several under names of the caller's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from crmlytics.clv._parametric import ParametricModel

Model = TypeVar("Model", bound="ParametricModel")


def named_models(models: Model | Sequence[Model] | Mapping[str, Model]) -> dict[str, Model]:
    """Fitted models by name: the caller's, or that of the class."""
    if isinstance(models, Mapping):
        named = {str(name): model for name, model in models.items()}
    else:
        listed = list(models) if isinstance(models, Sequence) else [models]
        names = [type(model).__name__ for model in listed]
        if len(set(names)) < len(names):
            raise ValueError(
                "models holds several of one class; name them in a dict, such as "
                "{'with covariates': first, 'without': second}"
            )
        named = dict(zip(names, listed, strict=True))
    if not named:
        raise ValueError("models is empty; give at least one fitted model")
    for model in named.values():
        check_is_fitted(model, "params_")
    return named
