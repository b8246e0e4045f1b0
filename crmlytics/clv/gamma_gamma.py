"""Gamma-Gamma: how much a customer spends per purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from crmlytics._core import checks, notices
from crmlytics.clv import _gamma_gamma_maths as maths
from crmlytics.clv._rows import read_weights
from crmlytics.clv._spend_forecasts import SpendForecasts
from crmlytics.clv._spend_independence import IndependenceCheck, independence
from crmlytics.errors import ConvergenceWarning, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from crmlytics.clv._covariates import Design
    from crmlytics.clv._maximum_likelihood import Objective, Optimum

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class GammaGammaModel(SpendForecasts):
    r"""Gamma-Gamma: spend per purchase, of customers who differ in their mean spend.

    Parameters
    ----------
    unit : {"D", "W", "M", "Q", "Y"}, optional
        Unit of time of the summary. The model has no time in it: the unit is only kept with the
        saved model.
    penalty : float
        Precision of a normal prior on the logarithms of the parameters around a moment-based
        start, added to the total log-likelihood, so that it fades as customers are added; 0 for
        maximum likelihood.
    frequency_col, monetary_col : str
        Names of the columns: repeat purchases and mean spend per repeat purchase, as
        `crmlytics.customers.purchase_summary` makes them with ``amount_col``.

    Attributes
    ----------
    params_ : dict of float
        ``p``, ``q`` and ``gamma`` (in the currency).
    covariance_ : ndarray
        Covariance of the estimates in the order of ``params_``; NaN for a parameter that runs off.
    standard_errors_, confidence_intervals_ : dict
        Errors and 95 % intervals of ``params_``.
    log_likelihood_, aic_, bic_ : float
        How well the model fits; BIC counts customers with repeat purchases.
    n_customers_ : float
        Customers fitted on, those with repeat purchases: the sum of their weights.
    population_mean_ : float
        Mean spend of all customers to come, NaN where it is infinite (q ≤ 1).
    independence_check_ : IndependenceCheck
        Correlation of frequency with spend, which the model assumes to be 0.
    converged_ : bool
        Whether a maximum was found inside the range of the parameters.
    gradient_norm_ : float
        Largest component of the gradient of the mean log-likelihood in ln(parameters).
    diagnosis_ : str
        Empty, or in words what runs off or what is doubtful.

    Notes
    -----
    A customer's purchases are worth Gamma(p, rate ν), and ν ~ Gamma(q, rate γ) over customers. A
    customer with x repeat purchases of the mean spend m contributes

    .. math::

        f(m | x) = \frac{\Gamma(px+q)}{\Gamma(px) \Gamma(q)}
            \frac{\gamma^q m^{px-1} x^{px}}{(\gamma + xm)^{px+q}}, \qquad
        E(M | m, x) = \frac{p (\gamma + xm)}{px + q - 1},

    so that the more purchases are known, the less the mean of the population
    :math:`p\gamma / (q - 1)` counts. Customers without repeat purchases, whose spend is null or 0,
    are left out of the fit and expected to spend the population mean, which is infinite if
    q ≤ 1: ``diagnosis_`` says so, and their expected spend is NaN.

    References
    ----------
    Colombo, R. and Jiang, W. (1999). A stochastic RFM model. Journal of Interactive Marketing
    13(3), 2-12.
    Fader, P. S. and Hardie, B. G. S. (2013). The Gamma-Gamma Model of Monetary Value. Technical
    note.
    Bonett, D. G. and Wright, T. A. (2000). Sample size requirements for estimating Pearson,
    Kendall and Spearman correlations. Psychometrika 65, 23-28.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import GammaGammaModel
    >>> model = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> customers = pd.DataFrame({"frequency": [3, 0], "monetary_value": [50.0, None]})
    >>> model.expected_spend(customers).round(2)
    array([48.12, 35.22])
    >>> spend = model.simulate(2000, frequency=4, random_state=1)
    >>> fitted = GammaGammaModel().fit(spend)
    >>> fitted.converged_
    True
    """

    _parameters = ("p", "q", "gamma")
    _scaling = (0, 0, 1)
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("q high", "gamma high"): (
            "customers do not differ in their mean spend: q, gamma → ∞ at a fixed ratio"
        ),
        ("q high",): "customers do not differ in their mean spend: q → ∞",
        ("gamma high",): "customers do not differ in their mean spend: gamma → ∞",
        ("p high", "gamma low"): (
            "each customer spends the same every time: p → ∞, gamma → 0 at a fixed product"
        ),
        ("p high",): "each customer spends the same every time: p → ∞",
        ("gamma low",): "each customer spends the same every time: gamma → 0",
        ("p low",): "single purchases differ beyond measure: p → 0",
        ("q low",): "customers' mean spend differs beyond measure: q → 0",
    }

    independence_check_: IndependenceCheck

    def __init__(
        self,
        *,
        unit: str | None = None,
        penalty: float = 0.0,
        frequency_col: str = "frequency",
        monetary_col: str = "monetary_value",
    ) -> None:
        self.unit = unit  # type: ignore[assignment]  # the only model without time
        self.penalty = penalty
        self.frequency_col = frequency_col
        self.monetary_col = monetary_col

    @classmethod
    def from_params(
        cls,
        *,
        p: float,
        q: float,
        gamma: float,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        p, q, gamma : float
            Parameters, `gamma` in the currency.
        covariance : array-like, optional
            Covariance of p, q and gamma; without it they are taken as known exactly.
        **options
            Options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        return cls._from_params({"p": p, "q": q, "gamma": gamma}, covariance=covariance, **options)

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
        """
        model = super().from_json(source)
        if hasattr(model, "independence_check_"):
            model.independence_check_ = IndependenceCheck(*model.independence_check_)
        return model

    def fit(self, X: Any, y: object = None, sample_weight: object = None) -> Self:  # noqa: ARG002
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        X : frame
            One row per customer, from any engine; other columns are ignored. Spend may be null
            or 0 where the frequency is 0: these customers are left out.
        y : None
            Ignored; scikit-learn's signature.
        sample_weight : array-like of shape (n_rows,), optional
            Number of customers that each row stands for.

        Returns
        -------
        self
            The fitted model.

        Raises
        ------
        DataContractError
            If customers with repeat purchases have no positive spend, with their number.
        NotEnoughDataError
            If no two customers differ in their spend.

        Warns
        -----
        ConvergenceWarning
            If no maximum was found, or parameters run off to 0 or infinity: ``diagnosis_`` says
            which and what it means.
        """
        self._check_options()
        rows = self._read(X)
        weights = read_weights(sample_weight, len(rows["x"]))
        bought = (rows["x"] > 0) & (weights > 0)
        some = {name: values[bought] for name, values in rows.items()}
        self._learn(some, weights[bought])
        if not self.converged_:
            notices.warn(f"{type(self).__name__}: {self.diagnosis_}", ConvergenceWarning)
        return self

    # ------------------------------------------------------------------ hooks

    def _check_options(self) -> None:
        if self.unit is not None:
            checks.word("unit", self.unit, self._units)
        checks.number("penalty", self.penalty, at_least=0)

    def _learn(self, rows: Rows, weights: Floats) -> None:
        super()._learn(rows, weights)
        self.independence_check_ = independence(rows["x"], rows["m"], weights)

    def _check_fit(self, rows: Rows, weights: Floats) -> None:
        m = rows["m"]
        if len(m) and np.ptp(m) > 1e-9 * m.max():
            return
        n, needed = float(weights.sum()), "at least 2 with unequal mean spend are needed"
        if not len(m):
            raise NotEnoughDataError(f"no customer has a repeat purchase; {needed}")
        if n <= 1:
            raise NotEnoughDataError(f"only 1 customer has repeat purchases; {needed}")
        raise NotEnoughDataError(
            f"all {n:,.10g} customers with repeat purchases have the same mean spend, "
            f"{m[0]:.10g}: nothing is to be estimated, expect that of everyone"
        )

    def _scale_of(self, rows: Rows, weights: Floats) -> float:
        return float(np.average(rows["m"], weights=weights))

    def _rescaled(self, rows: Rows, scale: float) -> Rows:
        return {"x": rows["x"], "m": rows["m"] / scale}

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """Half, most and little of the spread between customers, the rest within them."""
        spread = float(np.average((rows["m"] - 1.0) ** 2, weights=weights))
        per_purchase = float(np.average(1.0 / rows["x"], weights=weights))
        starts: list[Sequence[float]] = []
        for between in (0.5 * spread, 0.9 * spread, 0.1 * spread):
            q = 2.0 + 1.0 / between
            p = max((1.0 + between) * per_purchase / (spread - between), 0.05)
            starts.append((p, q, (q - 1.0) / p))
        return starts

    def _value_and_slopes(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Floats, Floats]:
        return maths.value_and_slopes(parameters, rows["x"], rows["m"])

    def _likelihood(self, design: Design, rows: Rows, weights: Floats) -> Objective:  # noqa: ARG002
        likelihood = maths.total_likelihood(rows["x"], rows["m"], weights)
        return lambda point: likelihood(tuple(np.exp(point)))

    def _diagnose(self, optimum: Optimum, off: dict[str, set[str]]) -> str:
        said = super()._diagnose(optimum, off)
        if np.isnan(self.population_mean_) and "q" not in off:
            heavy = "the mean spend of the population is infinite: q ≤ 1"
            return f"{said}; {heavy}" if said else heavy
        return said

    def _extra(self) -> dict[str, Any]:
        if not hasattr(self, "independence_check_"):
            return {}
        return {"independence_check_": list(self.independence_check_)}
