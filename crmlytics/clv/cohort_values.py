"""What a cohort of new customers will have earned after each period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks
from crmlytics.clv._cohort_plans import read_plan

if TYPE_CHECKING:
    import pandas as pd

    from crmlytics._core.periods import Unit
    from crmlytics.clv._transactions import TransactionModel
    from crmlytics.clv.gamma_gamma import GammaGammaModel


def cohort_value_table(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    *,
    n_periods: int,
    period_unit: Unit,
    annual_rate: float,
    margin: float = 1.0,
    first_purchase: bool = True,
    level: float | None = None,
    n_customers: int | None = None,
    n_draws: int = 1000,
    random_state: int | np.random.Generator | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    r"""Add up what a new customer earns, period by period, at the value of the day of the start.

    Parameters
    ----------
    purchases : fitted model
        A model of repeat purchases without covariates.
    spend : GammaGammaModel
        Fitted model of the spend per purchase, with a finite population mean (q > 1).
    n_periods : int
        Periods to list.
    period_unit : {"D", "W", "M", "Q", "Y"}
        Their unit, converted to the unit of `purchases` by 1 Y = 4 Q = 12 M = 365.25 D and
        1 W = 7 D.
    annual_rate : float
        Effective interest per year, such as 0.1; 0 does not discount. The money of each period
        counts at its end.
    margin : float
        Share of the spend that is earned; 1 values revenue.
    first_purchase : bool
        Whether the first purchase, at the start, earns money, too (with the population mean).
    level : float, optional
        Add the interval of the cumulative value.
    n_customers : int, optional
        Size of the cohort whose mean value the interval holds; None for a very large one, of
        which only the errors of the parameters are uncertain.
    n_draws : int
        Draws for the interval, each with parameters of its own.
    random_state : None, int or numpy Generator
        Seed of the draws.
    progress : bool
        Show a progress bar for the simulation of `n_customers`.

    Returns
    -------
    pandas.DataFrame
        A row for each period 0 (the start) … `n_periods`, per customer of the cohort: ``period``;
        ``expected_purchases`` (repeat purchases in the period); ``revenue`` (in the period, not
        discounted); ``value`` (margin of the period, discounted); ``cumulative_value``; ``low``
        and ``high`` (of the cumulative value, NaN without `level`).

    Raises
    ------
    ValueError
        If the mean spend is infinite, or the model of purchases has covariates.

    Notes
    -----
    With E[X(t)] the repeat purchases of a new customer and the mean spend M,

    .. math:: \text{value}_k = \text{margin} \cdot M \cdot
        \frac{E[X(kh)] - E[X(kh - h)]}{(1 + d)^k}, \qquad \text{value}_0 = \text{margin} \cdot M,

    where h is one `period_unit` and d the interest in it.

    Examples
    --------
    >>> from crmlytics.clv import GammaGammaModel, ModifiedBetaGeoModel, cohort_value_table
    >>> purchases = ModifiedBetaGeoModel.from_params(
    ...     r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W"
    ... )
    >>> spend = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> table = cohort_value_table(
    ...     purchases, spend, n_periods=2, period_unit="Q", annual_rate=0.1, margin=0.3
    ... )
    >>> table[["period", "expected_purchases", "revenue", "cumulative_value"]].round(2)
       period  expected_purchases  revenue  cumulative_value
    0       0                0.00    35.22             10.57
    1       1                0.54    18.91             16.11
    2       2                0.36    12.82             19.77
    """
    import pandas as pd

    plan = read_plan(
        purchases, spend, n_periods, period_unit, annual_rate, margin, first_purchase=first_purchase
    )
    checks.whole_number("n_draws", n_draws, at_least=1)
    if n_customers is not None:
        checks.whole_number("n_customers", n_customers, at_least=1)
    bought = np.asarray(purchases.expected_purchases_new_customer(plan.times))
    bought = np.diff(bought, prepend=0.0)
    per_purchase = spend.population_mean_
    paid = bought + plan.first
    value = plan.margin * per_purchase * plan.factors * paid
    low = high = np.full(len(value), np.nan)
    if level is not None:
        checks.fraction("level", level)
        rng = checks.random_generator(random_state)
        curves = plan.curves(
            purchases, spend, rng, n_customers=n_customers, n_draws=n_draws, progress=progress
        )
        low, high = np.quantile(curves, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    return pd.DataFrame(
        {
            "period": np.arange(len(value)),
            "expected_purchases": bought,
            "revenue": per_purchase * paid,
            "value": value,
            "cumulative_value": np.cumsum(value),
            "low": low,
            "high": high,
        }
    )
