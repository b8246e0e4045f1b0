"""Fitted models of lifetimes, taken over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics.clv.beta_geo import BetaGeoModel
from crmlytics.clv.gamma_gamma import GammaGammaModel
from crmlytics.clv.modified_beta_geo import ModifiedBetaGeoModel
from crmlytics.clv.pareto_nbd import ParetoNBDModel

if TYPE_CHECKING:
    from crmlytics._core.periods import Unit

#: Their class → ours, and our parameters by their names.
_TWINS: dict[str, tuple[Any, dict[str, str]]] = {
    "BetaGeoFitter": (BetaGeoModel, {"r": "r", "alpha": "alpha", "a": "a", "b": "b"}),
    "ModifiedBetaGeoFitter": (
        ModifiedBetaGeoModel,
        {"r": "r", "alpha": "alpha", "a": "a", "b": "b"},
    ),
    "ParetoNBDFitter": (
        ParetoNBDModel,
        {"r": "r", "alpha": "alpha", "s": "s", "beta": "beta"},
    ),
    "GammaGammaFitter": (GammaGammaModel, {"p": "p", "q": "q", "v": "gamma"}),
}


def from_lifetimes(fitter: Any, *, unit: Unit) -> Any:
    """Take over the parameters of a model that was fitted with lifetimes.

    Parameters
    ----------
    fitter : object
        A fitted ``BetaGeoFitter``, ``ModifiedBetaGeoFitter``, ``ParetoNBDFitter`` or
        ``GammaGammaFitter`` of lifetimes.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of the recency and T that it was fitted on, which lifetimes does not keep.

    Returns
    -------
    model
        Our model of the same kind with the same parameters, ready to predict. Standard errors
        are NaN: lifetimes' covariances are not symmetric.

    Raises
    ------
    TypeError
        If `fitter` is none of these.
    ValueError
        If it was not fitted.

    Notes
    -----
    Parameters fitted with a ``penalizer_coef`` above 0 are not the maximum of the likelihood, and
    a fresh fit will differ. lifetimes is not imported; the class is known by its name.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import from_lifetimes
    >>> class BetaGeoFitter:  # as `from lifetimes import BetaGeoFitter` gives it, fitted
    ...     params_ = pd.Series({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    >>> model = from_lifetimes(BetaGeoFitter(), unit="W")
    >>> round(model.expected_purchases_new_customer(39.0), 4)
    1.1967
    """
    name = type(fitter).__name__
    if name not in _TWINS:
        raise TypeError(f"fitter must be one of {', '.join(_TWINS)} of lifetimes, got {name}")
    if not hasattr(fitter, "params_"):
        raise ValueError(f"the {name} was not fitted: it has no params_")
    model, names = _TWINS[name]
    theirs = {str(key): float(value) for key, value in dict(fitter.params_).items()}
    return model.from_params(**{ours: theirs[key] for key, ours in names.items()}, unit=unit)
