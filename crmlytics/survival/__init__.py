"""How long until something happens, the cases that are still open counted as what they are.

`kaplan_meier` gives the share still open at each age, `cumulative_incidence` the shares that have
ended of each of several causes; both take open (censored) cases, delayed entry and groups.
`survival_at`, `survival_quantile`, `restricted_mean` and `remaining_lifetime` read a curve,
`DiscreteTimeHazard` and `CoxModel` predict the curve of each case from what is known of it,
`concordance` and `brier_score` say how well;
`logrank` compares groups, `plot_survival` and `plot_cumulative_incidence` draw. `product_limit` is
the estimate on arrays, for code that needs many curves.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from crmlytics.survival.comparisons import LogRankTest, logrank
from crmlytics.survival.concordances import BrierScore, Concordance, brier_score, concordance
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

if TYPE_CHECKING:
    from crmlytics.survival.cox import CoxModel
    from crmlytics.survival.discrete_hazards import DiscreteTimeHazard

__all__ = [
    "BrierScore",
    "Concordance",
    "CoxModel",
    "DiscreteTimeHazard",
    "LogRankTest",
    "ProductLimit",
    "brier_score",
    "concordance",
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


_ESTIMATORS = {"CoxModel": "cox", "DiscreteTimeHazard": "discrete_hazards"}


def __getattr__(name: str) -> object:
    """Load an estimator when it is asked for: they alone need scikit-learn."""
    if name not in _ESTIMATORS:
        raise AttributeError(f"module 'crmlytics.survival' has no attribute {name!r}")
    module = importlib.import_module(f"crmlytics.survival.{_ESTIMATORS[name]}")
    globals()[name] = getattr(module, name)
    return globals()[name]
