"""The periods of a cohort of new customers: when they end and what their money is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks
from crmlytics.clv import _cohort_draws, _time_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.clv._transactions import TransactionModel
    from crmlytics.clv.gamma_gamma import GammaGammaModel

    Floats = NDArray[np.float64]


class Plan(NamedTuple):
    """Times in units of the model, discount factors and first purchases of each period."""

    times: Floats
    factors: Floats
    first: Floats
    margin: float

    def expected(self, purchases: TransactionModel, spend: GammaGammaModel) -> Floats:
        """Cumulative value expected, of shape (n_periods + 1,)."""
        bought = np.asarray(purchases.expected_purchases_new_customer(self.times))
        paid = np.diff(bought, prepend=0.0) + self.first
        return np.cumsum(self.margin * spend.population_mean_ * self.factors * paid)

    def curves(
        self,
        purchases: TransactionModel,
        spend: GammaGammaModel,
        rng: np.random.Generator,
        *,
        n_customers: int | None,
        n_draws: int,
        progress: bool = False,
    ) -> Floats:
        """Cumulative values drawn, of shape (n_draws, n_periods + 1)."""
        if n_customers is None:
            money = _cohort_draws.expected(purchases, spend, rng, self.times, self.first, n_draws)
        else:
            money = _cohort_draws.simulated(
                purchases, spend, rng, self.times, self.first, n_draws, n_customers,
                progress=progress,
            )  # fmt: skip
        return np.asarray(np.cumsum(self.margin * self.factors * money, axis=1))


def read_plan(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    n_periods: int,
    period_unit: str,
    annual_rate: float,
    margin: float,
    *,
    first_purchase: bool,
) -> Plan:
    for model in (purchases, spend):
        check_is_fitted(model, "params_")
    if len(purchases.params_) > len(purchases._parameters):  # noqa: SLF001 (one package)
        raise ValueError("cohort_value_table needs a model of purchases without covariates")
    if math.isnan(spend.population_mean_):
        raise ValueError(
            f"the mean spend of new customers is infinite: q = {spend.params_['q']:.3g} is not "
            "above 1, so their value is not defined"
        )
    checks.whole_number("n_periods", n_periods, at_least=1)
    _time_units.word("period_unit", period_unit)
    rate = math.log1p(checks.number("annual_rate", annual_rate, at_least=0))
    k = np.arange(n_periods + 1.0)
    return Plan(
        times=_time_units.converted(1.0, period_unit, to=purchases.unit) * k,
        factors=np.exp(-rate / _time_units.PER_YEAR[period_unit] * k),
        first=np.where(k == 0, float(first_purchase), 0.0),
        margin=checks.number("margin", margin, above=0),
    )
