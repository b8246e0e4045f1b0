"""BG/CNBD-k: regular repeat purchases with dropout after each of them."""

from __future__ import annotations

from crmlytics.clv._cnbd_base import CNBDBase


class BetaGeoCNBDModel(CNBDBase):
    r"""BG/CNBD-k: customers buy more or less regularly and may drop out after each repeat purchase.

    Parameters
    ----------
    k : int or "auto"
        Regularity: the times between a customer's purchases are Erlang-k, that is, their standard
        deviation is 1/√k of their mean. 1 means at random, as in `BetaGeoModel`. With
        ``"auto"`` each k from 1 to 12 is fitted and the likeliest kept.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of ``recency``, ``T``, of the gaps, and of every time passed to the methods. It is
        kept with the saved model; nothing is converted.
    covariates_purchase, covariates_dropout : sequence of str
        Columns of numbers, constant over time, that shift the purchase rate and the dropout.
    penalty : float
        Precision of a normal prior on the logarithms of the parameters around a moment-based
        start, added to the total log-likelihood, so that it fades as customers are added; 0 for
        maximum likelihood.
    frequency_col, recency_col, T_col : str
        Names of the columns: repeat purchases, age at the last one (0 without any), age at the
        end of observation, as `crmlytics.customers.purchase_summary` makes them.
    log_gap_sum_col : str
        Name of the column with the sum of the logarithms of the times between purchases (0
        without a repeat purchase), as ``purchase_summary(..., log_gaps=True)`` makes it. `fit` and
        `log_likelihood` need it, predictions do not.

    Attributes
    ----------
    k_ : int
        The regularity given or chosen.
    k_table_ : pandas.DataFrame
        One row per k tried, ascending: ``k``, ``log_likelihood``, ``converged``.
    params_ : dict of float
        ``r``, ``alpha`` (in `unit`), ``a``, ``b``, then coefficients of covariates.
    covariance_ : ndarray
        Covariance of the estimates in the order of ``params_`` at the chosen k; NaN for a
        parameter that runs off.
    standard_errors_, confidence_intervals_ : dict
        Errors and 95 % intervals of ``params_``.
    log_likelihood_, aic_, bic_ : float
        How well the model fits; a chosen k counts as one more parameter, BIC counts customers.
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
    Hidden events come at the rate λ ~ Gamma(r, rate α), and every k-th is a purchase, so that a
    customer buys λ / k times per unit. After each repeat purchase the customer drops out with the
    probability p ~ Beta(a, b). With x repeat purchases, the last at the age t_x, observed up to
    the age T, and gaps Δ between purchases,

    .. math::

        L = \frac{\prod \Delta_i^{k-1}}{\Gamma(k)^x} \frac{\Gamma(r+kx) \alpha^r}{\Gamma(r)} \left[
            \frac{B(a, b+x)}{B(a, b)} \frac{S}{(\alpha+T)^{r+kx}} + [x>0] \,
            \frac{B(a+1, b+x-1)}{B(a, b)} \frac{1}{(\alpha+t_x)^{r+kx}} \right], \quad
        S = \sum_{j<k} \frac{(r+kx)_j}{j!} \left( \frac{T-t_x}{\alpha+T} \right)^j,

    where j counts the hidden events since the last purchase. Given that the customer is alive, j
    has the probability :math:`w_j`, its term of S divided by S, and

    .. math::

        E[Y(t) | x, t_x, T] = P(\text{alive}) \sum_{n \ge 1} \frac{B(a, b+x+n-1)}{B(a, b+x)}
            \sum_{j<k} w_j I_{t/(\alpha+T+t)}(nk - j, r + kx + j).

    This is exact, and so are all other predictions; the mixture over j is our own derivation, in
    place of the paper's approximation, and is verified by simulation. Its cost grows with k and
    with the logarithm of the number of purchases. The factor before the bracket does not depend
    on the parameters, but it decides which k is likeliest.

    A customer without repeat purchases has had no occasion to drop out: P(alive) = 1 for all of
    them. `ModifiedBetaGeoCNBDModel` does without this oddity.

    Covariates shift the parameters as in `BetaGeoModel`.

    References
    ----------
    Reutterer, T., Platzer, M. and Schröder, N. (2021). Leveraging Purchase Regularity for
    Predicting Customer Behavior the Easy Way. International Journal of Research in Marketing
    38(1), 194-215.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import BetaGeoCNBDModel
    >>> model = BetaGeoCNBDModel.from_params(
    ...     k=3, r=0.8, alpha=2.0, a=0.6, b=2.5, unit="W"
    ... )
    >>> customer = pd.DataFrame({"frequency": [4], "recency": [40.0], "T": [52.0]})
    >>> model.expected_purchases(customer, t=39).round(4)
    array([2.3702])
    >>> model.probability_alive(customer).round(4)
    array([0.7509])
    >>> histories = model.simulate(500, T=52, random_state=1)
    >>> BetaGeoCNBDModel(unit="W").fit(histories).k_
    3
    """
