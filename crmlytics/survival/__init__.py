"""How long until something happens, the cases that are still open counted as what they are.

`kaplan_meier` gives the share still open at each age, `cumulative_incidence` the shares that have
ended of each of several causes; both take open (censored) cases, delayed entry and groups.
`survival_at`, `survival_quantile`, `restricted_mean` and `remaining_lifetime` read a curve,
`logrank` compares groups, `plot_survival` and `plot_cumulative_incidence` draw. `product_limit` is
the estimate on arrays, for code that needs many curves.
"""

from __future__ import annotations

from crmlytics.survival.comparisons import LogRankTest, logrank
from crmlytics.survival.curves import kaplan_meier
from crmlytics.survival.incidences import cumulative_incidence
from crmlytics.survival.lifetimes import remaining_lifetime, restricted_mean
from crmlytics.survival.plots import plot_cumulative_incidence, plot_survival
from crmlytics.survival.product_limits import (
    ProductLimit,
    product_limit,
    product_limit_quantile,
)
from crmlytics.survival.readings import survival_at, survival_quantile

__all__ = [
    "LogRankTest",
    "ProductLimit",
    "cumulative_incidence",
    "kaplan_meier",
    "logrank",
    "plot_cumulative_incidence",
    "plot_survival",
    "product_limit",
    "product_limit_quantile",
    "remaining_lifetime",
    "restricted_mean",
    "survival_at",
    "survival_quantile",
]
