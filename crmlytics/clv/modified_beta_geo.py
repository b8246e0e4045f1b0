"""MBG/NBD: repeat purchases with dropout after every purchase, the first included."""

from __future__ import annotations

from crmlytics.clv._beta_geo_base import BetaGeoBase


class ModifiedBetaGeoModel(BetaGeoBase):
    r"""MBG/NBD: customers buy at random and may drop out after every purchase, also the first.

    Parameters
    ----------
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of ``recency``, ``T`` and of every time passed to the methods. It is kept with the
        saved model; nothing is converted.
    covariates_purchase, covariates_dropout : sequence of str
        Columns of numbers, constant over time, that shift the purchase rate and the dropout.
    penalty : float
        Precision of a normal prior on the logarithms of the parameters around a moment-based
        start, added to the total log-likelihood, so that it fades as customers are added; 0 for
        maximum likelihood.
    frequency_col, recency_col, T_col : str
        Names of the columns: repeat purchases, age at the last one (0 without any), age at the
        end of observation, as `crmlytics.customers.purchase_summary` makes them.

    Attributes
    ----------
    params_ : dict of float
        ``r``, ``alpha`` (in `unit`), ``a``, ``b``, then coefficients of covariates.
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
    As `BetaGeoModel`, with one occasion more to drop out: right after the first purchase. So
    customers without a repeat purchase may be gone, and the longer they are silent the more
    probably they are:

    .. math::

        L = \frac{\Gamma(r+x) \alpha^r}{\Gamma(r)} \left[
            \frac{B(a, b+x+1)}{B(a, b)} (\alpha+T)^{-(r+x)} +
            \frac{B(a+1, b+x)}{B(a, b)} (\alpha+t_x)^{-(r+x)} \right].

    References
    ----------
    Batislam, E. P., Denizel, M. and Filiztekin, A. (2007). Empirical Validation and Comparison of
    Models for Customer Base Analysis. International Journal of Research in Marketing 24(3),
    201-209.
    Hoppe, D. and Wagner, U. (2007). Customer Base Analysis: The Case for a Central Variant of the
    Betageometric/NBD Model. Marketing Journal of Research and Management 3, 75-90.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import ModifiedBetaGeoModel
    >>> model = ModifiedBetaGeoModel.from_params(
    ...     r=0.525, alpha=6.183, a=0.891, b=1.614, unit="W"
    ... )
    >>> customers = pd.DataFrame({"frequency": [2, 0], "recency": [30.43, 0], "T": [38.86, 38.86]})
    >>> model.expected_purchases(customers, t=39).round(4)
    array([1.263, 0.154])
    >>> model.probability_alive(customers).round(4)
    array([0.7062, 0.3897])
    """

    _first = 1
