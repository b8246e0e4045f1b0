"""When a cohort of new customers will have earned what it cost to win them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.clv import _time_units
from crmlytics.clv._cohort_plans import read_plan

if TYPE_CHECKING:
    from crmlytics._core.periods import Unit
    from crmlytics.clv._transactions import TransactionModel
    from crmlytics.clv.gamma_gamma import GammaGammaModel


class Payback(NamedTuple):
    """Result of `expected_payback`.

    Attributes
    ----------
    period : int or None
        First period at whose end the expected cumulative value reaches the acquisition cost; 0 is
        the first purchase. None: never within ``n_periods``.
    low, high : int or None
        Interval of the period; None as an end: later than ``n_periods``.
    probability : float
        Chance that the cost is reached within ``n_periods``.
    n_periods : int
        How far was looked.
    period_unit : str
        Unit of the periods.
    """

    period: int | None
    low: int | None
    high: int | None
    probability: float
    n_periods: int
    period_unit: str

    def __str__(self) -> str:
        """One sentence."""
        unit = _time_units.NAMES[self.period_unit]
        if self.period is None:
            when = f"never within {self.n_periods} {unit}"
        else:
            when = f"paid back after {self.period} {unit}"
        ends = [f"more than {self.n_periods}" if e is None else str(e) for e in self[1:3]]
        chance = f"with probability {self.probability:.0%} within {self.n_periods}"
        return f"{when} (interval {ends[0]} to {ends[1]}; {chance})"


def expected_payback(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    *,
    acquisition_cost: float,
    n_periods: int,
    period_unit: Unit,
    annual_rate: float,
    margin: float = 1.0,
    first_purchase: bool = True,
    level: float = 0.95,
    n_customers: int | None = None,
    n_draws: int = 1000,
    random_state: int | np.random.Generator | None = None,
    progress: bool = False,
) -> Payback:
    """Say when a cohort of new customers will have earned what it cost to win them.

    Parameters
    ----------
    purchases, spend, period_unit, annual_rate, margin, first_purchase
        As for `cohort_value_table`.
    acquisition_cost : float
        Cost of winning one customer, in the currency of the spend.
    n_periods : int
        How far to look.
    level : float
        Confidence of the interval.
    n_customers, n_draws, random_state, progress
        As for `cohort_value_table`.

    Returns
    -------
    Payback
        The period, its interval, and the chance to get there within `n_periods`.

    Raises
    ------
    ValueError
        If the mean spend is infinite, or the model of purchases has covariates.

    Examples
    --------
    >>> from crmlytics.clv import GammaGammaModel, ModifiedBetaGeoModel, expected_payback
    >>> purchases = ModifiedBetaGeoModel.from_params(
    ...     r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W"
    ... )
    >>> spend = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> result = expected_payback(
    ...     purchases, spend, acquisition_cost=15.0, n_periods=12, period_unit="M",
    ...     annual_rate=0.1, margin=0.3, n_customers=200, random_state=1,
    ... )
    >>> result.period
    3
    """
    cost = checks.number("acquisition_cost", acquisition_cost, at_least=0)
    checks.fraction("level", level)
    checks.whole_number("n_draws", n_draws, at_least=1)
    plan = read_plan(
        purchases, spend, n_periods, period_unit, annual_rate, margin, first_purchase=first_purchase
    )
    rng = checks.random_generator(random_state)
    curves = plan.curves(
        purchases, spend, rng, n_customers=n_customers, n_draws=n_draws, progress=progress
    )
    # The first period at which each curve is there; n_periods + 1 for those that never are.
    when = np.sort(np.where(curves >= cost, np.arange(n_periods + 1), n_periods + 1).min(axis=1))
    tail = (1.0 - level) / 2.0
    low = int(when[int(np.floor(tail * n_draws))])
    high = int(when[min(int(np.ceil((1.0 - tail) * n_draws)), n_draws) - 1])
    reached = np.flatnonzero(plan.expected(purchases, spend) >= cost)
    return Payback(
        period=int(reached[0]) if len(reached) else None,
        low=low if low <= n_periods else None,
        high=high if high <= n_periods else None,
        probability=float((when <= n_periods).mean()),
        n_periods=n_periods,
        period_unit=period_unit,
    )
