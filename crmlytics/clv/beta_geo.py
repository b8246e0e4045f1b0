"""BG/NBD: repeat purchases with dropout after each of them."""

from __future__ import annotations

from crmlytics.clv._beta_geo_base import BetaGeoBase


class BetaGeoModel(BetaGeoBase):
    r"""BG/NBD: customers buy at random and may drop out after each repeat purchase.

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
    A customer buys at the rate λ ~ Gamma(r, rate α) and drops out after each repeat purchase with
    the probability p ~ Beta(a, b). With x repeat purchases, the last at the age t_x, observed up
    to the age T,

    .. math::

        L = \frac{\Gamma(r+x) \alpha^r}{\Gamma(r)} \left[
            \frac{B(a, b+x)}{B(a, b)} (\alpha+T)^{-(r+x)} + [x>0] \,
            \frac{B(a+1, b+x-1)}{B(a, b)} (\alpha+t_x)^{-(r+x)} \right].

    A customer without repeat purchases has had no occasion to drop out: P(alive) = 1 for all of
    them. `ModifiedBetaGeoModel` does without this oddity.

    With covariates z and w, :math:`\alpha_i = \alpha e^{-g_1' z_i}` (so that :math:`e^{g_1}`
    multiplies the purchase rate), :math:`a_i = a e^{g_2' w_i}` and :math:`b_i = b e^{g_3' w_i}`.
    They are named ``purchase[column]``, ``dropout_a[column]`` and ``dropout_b[column]``.

    The likelihood is maximised by analytic gradients in the logarithms of the parameters on the
    distinct rows; the covariance is the inverse of the observed information.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the Easy Way:
    An Alternative to the Pareto/NBD Model. Marketing Science 24(2), 275-284.
    Fader, P. S. and Hardie, B. G. S. (2007). Incorporating Time-Invariant Covariates into the
    Pareto/NBD and BG/NBD Models. Technical note.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import BetaGeoModel
    >>> model = BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> model.expected_purchases(customer, t=39).round(4)
    array([1.226])
    >>> model.probability_alive(customer).round(4)
    array([0.7266])
    >>> histories = model.simulate(2000, T=52, random_state=1)
    >>> fitted = BetaGeoModel(unit="W").fit(histories)
    >>> fitted.converged_
    True
    """
