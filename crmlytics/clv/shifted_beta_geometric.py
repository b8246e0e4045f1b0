"""Shifted-beta-geometric (sBG): how long customers under contract stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from crmlytics.clv._contractual import ContractualModel, mean_risk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class ShiftedBetaGeometricModel(ContractualModel):
    r"""sBG: at each renewal a customer leaves with a chance that differs between customers.

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
        ``alpha`` and ``beta``.
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
    A customer leaves at each renewal with the probability θ ~ Beta(α, β), so that

    .. math::

        S(t) = \frac{B(\alpha, \beta + t)}{B(\alpha, \beta)}, \qquad
        r_t = \frac{\beta + t - 1}{\alpha + \beta + t - 1}.

    Retention rates rise with age although no customer changes: those likely to leave have left.
    With the interest d per period, a new customer is worth
    :math:`{}_2F_1(1, \beta; \alpha + \beta; 1/(1+d))` payments (DEL), and one about to decide on
    the n-th renewal :math:`r_n \, {}_2F_1(1, \beta + n; \alpha + \beta + n; 1/(1+d))` (DERL);
    both are added up term by term, with the Euler-Maclaurin formula for the far ones, which stays
    exact where the function is delicate. The undiscounted lifetime is
    :math:`(\alpha + \beta - 1) / (\alpha - 1)`, infinite for α ≤ 1.

    References
    ----------
    Fader, P. S. and Hardie, B. G. S. (2007). How to Project Customer Retention. Journal of
    Interactive Marketing 21(1), 76-90.
    Fader, P. S. and Hardie, B. G. S. (2010). Customer-Base Valuation in a Contractual Setting:
    The Perils of Ignoring Heterogeneity. Marketing Science 29(1), 85-93.

    Examples
    --------
    >>> from crmlytics.clv import ShiftedBetaGeometricModel
    >>> survivors = [1000, 869, 743, 653, 593, 551, 517, 491]
    >>> model = ShiftedBetaGeometricModel.from_survivors(survivors, unit="Y")
    >>> {name: round(value, 3) for name, value in model.params_.items()}
    {'alpha': 0.668, 'beta': 3.806}
    >>> model.survival([1, 7, 12]).round(3)
    array([0.851, 0.489, 0.378])
    >>> round(model.expected_discounted_lifetime(period_rate=0.1), 2)
    5.92
    """

    _parameters = ("alpha", "beta")
    _scaling = (0, 0)
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("alpha high", "beta high"): (
            "customers do not differ in their chance to leave: alpha, beta → ∞ at a fixed ratio"
        ),
        ("alpha high",): "customers leave at the first renewal: alpha → ∞",
        ("beta high",): "hardly anybody leaves: beta → ∞",
        ("alpha low", "beta low"): (
            "customers leave at the first renewal or never: alpha, beta → 0 at a fixed ratio"
        ),
        ("alpha low",): "hardly anybody leaves: alpha → 0",
        ("beta low",): "customers leave at the first renewal: beta → 0",
    }

    @classmethod
    def from_params(
        cls,
        *,
        alpha: float,
        beta: float,
        unit: str,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        alpha, beta : float
            Parameters.
        unit : {"D", "W", "M", "Q", "Y"}
            Length of a contract period.
        covariance : array-like, optional
            Covariance of alpha and beta; without it they are taken as known exactly.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        known = {"alpha": alpha, "beta": beta}
        return cls._from_params(known, covariance=covariance, unit=unit, **options)

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """The mean risk, unevenly and evenly spread."""
        share = mean_risk(rows, weights)
        return [(share, 1.0 - share), (5.0 * share, 5.0 * (1.0 - share)), (1.0, 1.0)]
