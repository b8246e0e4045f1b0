"""Whether the larger of two nested models is worth its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from crmlytics.clv._parametric import ParametricModel


class LikelihoodRatioTest(NamedTuple):
    """Result of `likelihood_ratio_test`.

    Attributes
    ----------
    statistic : float
        Twice the gain in log-likelihood.
    degrees_of_freedom : int
        Parameters that the full model has more.
    p_value : float
        Probability of such a gain or a greater one if the restricted model holds.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def likelihood_ratio_test(
    restricted: ParametricModel, full: ParametricModel
) -> LikelihoodRatioTest:
    r"""Test a restricted model against a full one that contains it, fitted on the same customers.

    Parameters
    ----------
    restricted, full : fitted models
        Nested: the same model without and with covariates, or `NBDModel` and `BetaGeoModel`.

    Returns
    -------
    LikelihoodRatioTest
        ``statistic``, ``degrees_of_freedom`` and ``p_value``.

    Raises
    ------
    ValueError
        If the models were not fitted, not on as many customers, in different units, or `full`
        has no more parameters or a lower likelihood.

    Notes
    -----
    The statistic :math:`2 (\ln L_1 - \ln L_0)` is compared with χ². Where the restricted model
    lies on the boundary of the full one, as NBD (a = 0) in BG/NBD, the p-value is too large, so
    that a rejection holds all the more.

    References
    ----------
    Wilks, S. S. (1938). The Large-Sample Distribution of the Likelihood Ratio for Testing
    Composite Hypotheses. Annals of Mathematical Statistics 9(1), 60-62.

    Examples
    --------
    >>> from crmlytics.clv import BetaGeoModel, NBDModel, likelihood_ratio_test
    >>> truth = BetaGeoModel.from_params(r=0.5, alpha=4.0, a=0.8, b=2.5, unit="W")
    >>> histories = truth.simulate(500, T=52, random_state=1)
    >>> without, with_dropout = NBDModel(unit="W").fit(histories), BetaGeoModel(unit="W")
    >>> likelihood_ratio_test(without, with_dropout.fit(histories)).p_value < 0.001
    True
    """
    from scipy.special import chdtrc

    for model in (restricted, full):
        check_is_fitted(model, "params_")
        if not model.n_customers_ > 0:
            raise ValueError(f"this {type(model).__name__} was given its parameters, not fitted")
    if restricted.unit != full.unit or restricted.n_customers_ != full.n_customers_:
        raise ValueError(
            "the models must be fitted on the same customers in the same unit, got "
            f"{restricted.n_customers_:,.10g} in {restricted.unit!r} and "
            f"{full.n_customers_:,.10g} in {full.unit!r}"
        )
    freedom = full._n_estimated() - restricted._n_estimated()  # noqa: SLF001 (one package)
    if freedom < 1:
        raise ValueError("full must have more parameters than restricted")
    statistic = 2.0 * (full.log_likelihood_ - restricted.log_likelihood_)
    if statistic < -1e-6 * abs(restricted.log_likelihood_):
        raise ValueError(
            "full has a lower log-likelihood than restricted, so they are not nested or were "
            f"fitted on different rows: {full.log_likelihood_:.4f} against "
            f"{restricted.log_likelihood_:.4f}"
        )
    statistic = max(statistic, 0.0)
    return LikelihoodRatioTest(statistic, freedom, float(chdtrc(freedom, statistic)))
