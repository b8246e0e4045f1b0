"""Estimated parameters: their errors, printed, saved, and known from elsewhere."""

from __future__ import annotations

import abc
import math
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, saving
from crmlytics.clv._covariates import Design
from crmlytics.clv.fit_summaries import FitSummary
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

_SAVED = saving.Format("crmlytics.clv", "model")


class FittedParameters(BaseEstimator, abc.ABC):
    """Positive parameters (and coefficients of covariates) with their covariance."""

    _parameters: ClassVar[tuple[str, ...]] = ()

    unit: str
    params_: dict[str, float]
    covariance_: Floats
    log_likelihood_: float
    n_customers_: float
    converged_: bool
    gradient_norm_: float
    diagnosis_: str

    # ------------------------------------------------------------------ hooks

    def _design(self) -> Design:
        """Unknowns of the fit; models with covariates add their effects."""
        return Design(self._parameters, ())

    def _extra(self) -> dict[str, Any]:
        """Fitted attributes besides the parameters, to be saved with them."""
        return {}

    @abc.abstractmethod
    def _check_options(self) -> None:
        """Refuse values of the constructor that cannot be."""

    # ----------------------------------------------------------- the unknowns

    def _remember(self, point: Floats, covariance: Floats) -> None:
        """Keep unknowns and their covariance in natural parameters (delta method)."""
        n_logs = len(self._parameters)
        natural = np.array(point)
        natural[:n_logs] = np.exp(natural[:n_logs])
        self.params_ = dict(zip(self._design().names, natural.tolist(), strict=True))
        slope = np.where(np.arange(len(point)) < n_logs, natural, 1.0)
        self.covariance_ = covariance * np.outer(slope, slope)

    def _point(self) -> Floats:
        """Fitted unknowns: logarithms of the parameters, then coefficients."""
        check_is_fitted(self, "params_")
        values = np.array(list(self.params_.values()))
        values[: len(self._parameters)] = np.log(values[: len(self._parameters)])
        return values

    def _point_covariance(self) -> Floats:
        """Covariance of the unknowns; 0 where nothing is known about the error."""
        values = np.array(list(self.params_.values()))
        slope = np.where(np.arange(len(values)) < len(self._parameters), values, 1.0)
        return np.asarray(np.nan_to_num(self.covariance_ / np.outer(slope, slope), nan=0.0))

    def _draw_points(self, rng: np.random.Generator, n_draws: int) -> Floats:
        """Draws of the unknowns around the estimate, of shape (n_unknowns, n_draws)."""
        spread, axes = np.linalg.eigh(self._point_covariance())
        root = axes * np.sqrt(np.maximum(spread, 0.0))
        noise = root @ rng.standard_normal((len(root), n_draws))
        return np.asarray(self._point()[:, None] + noise)

    def _row_parameters(self, rows: Rows) -> tuple[Any, ...]:
        return self._design().row_parameters(self._point(), rows)

    # ---------------------------------------------------------------- results

    @property
    def standard_errors_(self) -> dict[str, float]:
        """Standard error of each parameter: roots of the diagonal of ``covariance_``."""
        check_is_fitted(self, "params_")
        return dict(zip(self.params_, np.sqrt(np.diag(self.covariance_)).tolist(), strict=True))

    @property
    def confidence_intervals_(self) -> dict[str, tuple[float, float]]:
        """95 % interval of each parameter; of the logarithm, so that the ends are positive."""
        from scipy.special import ndtri

        half = float(ndtri(0.975)) * np.sqrt(np.diag(self.covariance_))
        result = {}
        for i, (name, value) in enumerate(self.params_.items()):
            if i < len(self._parameters):
                ratio = math.exp(half[i] / value) if half[i] < 700 * value else math.inf
                ratio = math.nan if math.isnan(half[i]) else ratio
                result[name] = (value / ratio, value * ratio)
            else:
                result[name] = (value - float(half[i]), value + float(half[i]))
        return result

    @property
    def aic_(self) -> float:
        """Akaike's criterion, 2 k - 2 ln L for k parameters."""
        check_is_fitted(self, "params_")
        return 2.0 * self._n_estimated() - 2.0 * self.log_likelihood_

    @property
    def bic_(self) -> float:
        """Schwarz's criterion, k ln n - 2 ln L for n customers."""
        check_is_fitted(self, "params_")
        known = self.n_customers_ > 0
        size = math.log(self.n_customers_) if known else math.nan
        return self._n_estimated() * size - 2.0 * self.log_likelihood_

    def _n_estimated(self) -> int:
        """Estimated parameters; models that also choose a whole number count it here."""
        return len(self.params_)

    def summary(self) -> FitSummary:
        """Parameters with errors and intervals, the fit, and a diagnosis, on one page."""
        import pandas as pd
        from scipy.special import ndtr

        check_is_fitted(self, "params_")
        estimate = np.array(list(self.params_.values()))
        error = np.array(list(self.standard_errors_.values()))
        ends = np.array(list(self.confidence_intervals_.values()))
        is_effect = np.arange(len(estimate)) >= len(self._parameters)
        z = np.where(is_effect, estimate / error, np.nan)
        table = pd.DataFrame(
            {
                "parameter": list(self.params_),
                "estimate": estimate,
                "standard_error": error,
                "low_95": ends[:, 0],
                "high_95": ends[:, 1],
                "z": z,
                "p_value": 2.0 * ndtr(-np.abs(z)),
            }
        )
        return FitSummary(
            model=type(self).__name__,
            unit=self.unit,
            n_customers=self.n_customers_,
            log_likelihood=self.log_likelihood_,
            aic=self.aic_,
            bic=self.bic_,
            converged=self.converged_,
            diagnosis=self.diagnosis_,
            parameters=table,
        )

    # ---------------------------------------------------------- known and saved

    @classmethod
    def _from_params(
        cls,
        parameters: Mapping[str, float],
        *,
        coefficients: Mapping[str, float] | None = None,
        covariance: object = None,
        **options: Any,
    ) -> Self:
        """Build a fitted model from known parameters; `options` are those of the constructor."""
        model = cls(**options)
        model._check_options()
        known = {name: checks.number(name, value, above=0) for name, value in parameters.items()}
        names = model._design().names
        given = {str(name): float(value) for name, value in (coefficients or {}).items()}
        if set(given) != set(names[len(known) :]):
            raise ValueError(
                f"coefficients must name {list(names[len(known) :])}, got {sorted(given)}"
            )
        model.params_ = {name: {**known, **given}[name] for name in names}
        size = (len(names), len(names))
        matrix = np.full(size, np.nan) if covariance is None else np.array(covariance, float)
        if matrix.shape != size:
            raise ValueError(f"covariance must have the shape {size}, got {matrix.shape}")
        model.covariance_ = matrix
        model.log_likelihood_ = math.nan
        model.n_customers_ = 0.0
        model.gradient_norm_ = math.nan
        model.converged_ = True
        model.diagnosis_ = "the parameters were given, not estimated"
        return model

    def to_json(self, path: str | Path | None = None) -> str:
        """Save the fitted model as JSON.

        Parameters
        ----------
        path : str or Path, optional
            File to write; without it only the text is returned.

        Returns
        -------
        str
            The JSON: schema, version of the library, options, parameters and covariance to the
            last digit. No customer is in it.
        """
        check_is_fitted(self, "params_")
        content = {
            "options": self.get_params(),
            "parameters": self.params_,
            "covariance": self.covariance_,
            "log_likelihood": self.log_likelihood_,
            "n_customers": self.n_customers_,
            "converged": self.converged_,
            "gradient_norm": self.gradient_norm_,
            "diagnosis": self.diagnosis_,
            "extra": self._extra(),
        }
        return saving.dump(_SAVED, type(self).__name__, content, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Read a model that `to_json` saved.

        Parameters
        ----------
        source : str or Path
            The JSON text, or the path of its file.

        Returns
        -------
        model
            Fitted as it was saved.

        Raises
        ------
        DataContractError
            If the JSON is damaged, of another schema or of another model's.
        UnreadableFileError
            If there is no such file.
        """
        content = saving.load(_SAVED, cls.__name__, source)
        try:
            options = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in content["options"].items()
            }
            model = cls(**options)
            model.params_ = {str(key): float(one) for key, one in content["parameters"].items()}
            model.covariance_ = np.array(content["covariance"], dtype=np.float64)
            model.log_likelihood_ = float(content["log_likelihood"])
            model.n_customers_ = float(content["n_customers"])
            model.converged_ = bool(content["converged"])
            model.gradient_norm_ = float(content["gradient_norm"])
            model.diagnosis_ = str(content["diagnosis"])
            for name, value in content["extra"].items():
                if name.endswith("_"):  # learnt attributes only: nothing that can be called
                    setattr(model, name, value)
        except (KeyError, TypeError, AttributeError) as error:
            raise DataContractError(f"the saved model lacks or misnames {error}") from error
        model._check_options()
        return model
