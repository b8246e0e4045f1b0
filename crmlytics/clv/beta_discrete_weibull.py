"""Beta-discrete-Weibull (BdW): how long customers under contract stay, as their risk drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from crmlytics.clv._contractual import ContractualModel, mean_risk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class BetaDiscreteWeibullModel(ContractualModel):
    r"""BdW: the chance to leave at a renewal differs between customers and drifts with age.

    Parameters
    ----------
    unit : {"D", "W", "M", "Q", "Y"}
        Length of a contract period, after which a customer renews or leaves. It is kept with the
        saved model; nothing is converted.
    penalty : float
        Precision of a normal prior on the logarithms of the parameters around a moment-based
        start, added to the total log-likelihood; 0 for maximum likelihood.
    tenure_col, churned_col : str
        Names of the columns of `fit`: the number of the renewal at which a customer left (1 for
        the first), or of the renewals survived so far; and whether the customer left (true or
        false, 1 or 0).

    Attributes
    ----------
    params_ : dict of float
        ``alpha``, ``beta`` and ``c``.
    covariance_ : ndarray
        Covariance of the estimates in the order of ``params_``; NaN for a parameter that runs off.
    standard_errors_, confidence_intervals_ : dict
        Errors and 95 % intervals of ``params_``.
    log_likelihood_, aic_, bic_ : float
        How well the model fits; BIC counts customers.
    n_customers_ : float
        Customers fitted on: the sum of the weights.
    converged_ : bool
        Whether a maximum was found inside the range of the parameters.
    gradient_norm_ : float
        Largest component of the gradient of the mean log-likelihood in ln(parameters).
    diagnosis_ : str
        Empty, or in words what runs off or what went wrong.

    Notes
    -----
    A customer survives t renewals with the probability :math:`(1 - \theta)^{t^c}`, where
    θ ~ Beta(α, β) is the chance to leave at the first of them, so that

    .. math:: S(t) = \frac{B(\alpha, \beta + t^c)}{B(\alpha, \beta)}.

    Each customer's risk rises with age if c > 1 and falls if c < 1; c = 1 is
    `ShiftedBetaGeometricModel`, which `likelihood_ratio_test` compares. Discounted lifetimes are
    added up term by term, the far terms by the Euler-Maclaurin formula; undiscounted, they are
    finite if c α > 1.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., Liu, Y., Davin, J. and Steenburgh, T. (2018). "How to Project
    Customer Retention" Revisited: The Role of Duration Dependence. Journal of Interactive
    Marketing 43, 1-16.

    Examples
    --------
    >>> from crmlytics.clv import BetaDiscreteWeibullModel
    >>> survivors = [1000, 869, 743, 653, 593, 551, 517, 491]
    >>> model = BetaDiscreteWeibullModel.from_survivors(survivors, unit="Y")
    >>> {name: round(value, 2) for name, value in model.params_.items()}
    {'alpha': 0.21, 'beta': 1.43, 'c': 1.72}
    >>> model.survival([1, 7, 12]).round(3)
    array([0.869, 0.491, 0.404])
    """

    _parameters = ("alpha", "beta", "c")
    _scaling = (0, 0, 0)
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("alpha high", "beta high"): (
            "customers do not differ in their chance to leave: alpha, beta → ∞"
        ),
        ("beta high",): "hardly anybody leaves: beta → ∞",
        ("alpha low",): "hardly anybody leaves: alpha → 0",
        ("c low",): "customers leave at the first renewal or never: c → 0",
        ("c high",): "whoever survives the first renewals leaves at a later one: c → ∞",
    }

    @classmethod
    def from_params(
        cls,
        *,
        alpha: float,
        beta: float,
        c: float,
        unit: str,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        alpha, beta, c : float
            Parameters.
        unit : {"D", "W", "M", "Q", "Y"}
            Length of a contract period.
        covariance : array-like, optional
            Covariance of alpha, beta and c; without it they are taken as known exactly.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        known = {"alpha": alpha, "beta": beta, "c": c}
        return cls._from_params(known, covariance=covariance, unit=unit, **options)

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """The mean risk, unevenly and evenly spread, with risks that stay, rise and fall."""
        risk = mean_risk(rows, weights)
        return [
            (risk, 1.0 - risk, 1.2),
            (5.0 * risk, 5.0 * (1.0 - risk), 1.0),
            (2.0 * risk, 2.0 * (1.0 - risk), 0.7),
        ]
