"""Who stays: cohorts, growth accounting, revenue retention, repeat purchases and loyalty.

`cohort_table` follows the customers who started together and says how many are still active at
each age, `cohort_matrix` lays the table out wide, `retention_curve` makes one curve of it and
`half_life` reads it. `growth_accounting` splits each period's customers and revenue into new,
retained, resurrected and lost; `revenue_retention` gives GRR and NRR. `purchase_gaps` and
`repeat_rate` say when customers buy again, `stickiness` and `active_days_table` how often they
come. `nps`, `csat` and `ces` are what they answer, `satisfaction_retention_table` what they do
afterwards; `share_of_wallet` and `loyalty_index` compare customers. Each table has its `plot_*`.
"""

from __future__ import annotations

from crmlytics.retention.active_days import active_days_table, stickiness
from crmlytics.retention.cohorts import cohort_table
from crmlytics.retention.curve_plots import (
    plot_purchase_gaps,
    plot_repeat_rate,
    plot_retention_curve,
    plot_revenue_retention,
    plot_stickiness,
)
from crmlytics.retention.gaps import PurchaseGaps, purchase_gaps
from crmlytics.retention.growth import growth_accounting
from crmlytics.retention.half_lives import HalfLife, half_life
from crmlytics.retention.loyalty import loyalty_index
from crmlytics.retention.loyalty_plots import (
    plot_active_days,
    plot_loyalty_index,
    plot_satisfaction_retention,
    plot_share_of_wallet,
)
from crmlytics.retention.matrices import cohort_matrix
from crmlytics.retention.plots import plot_cohorts, plot_growth
from crmlytics.retention.repeats import repeat_rate
from crmlytics.retention.retention_curves import retention_curve
from crmlytics.retention.revenues import revenue_retention
from crmlytics.retention.satisfaction import (
    EffortScore,
    NetPromoterScore,
    SatisfactionScore,
    ces,
    csat,
    nps,
)
from crmlytics.retention.satisfaction_outcomes import satisfaction_retention_table
from crmlytics.retention.wallets import share_of_wallet

__all__ = [
    "EffortScore",
    "HalfLife",
    "NetPromoterScore",
    "PurchaseGaps",
    "SatisfactionScore",
    "active_days_table",
    "ces",
    "cohort_matrix",
    "cohort_table",
    "csat",
    "growth_accounting",
    "half_life",
    "loyalty_index",
    "nps",
    "plot_active_days",
    "plot_cohorts",
    "plot_growth",
    "plot_loyalty_index",
    "plot_purchase_gaps",
    "plot_repeat_rate",
    "plot_retention_curve",
    "plot_revenue_retention",
    "plot_satisfaction_retention",
    "plot_share_of_wallet",
    "plot_stickiness",
    "purchase_gaps",
    "repeat_rate",
    "retention_curve",
    "revenue_retention",
    "satisfaction_retention_table",
    "share_of_wallet",
    "stickiness",
]
