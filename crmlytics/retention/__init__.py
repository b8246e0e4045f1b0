"""Who stays: cohorts and growth accounting.

`cohort_table` follows the customers who started together and says how many are still active at
each age, `cohort_matrix` lays the table out wide; `growth_accounting` splits each period's
customers and revenue into new, retained, resurrected and lost. `plot_cohorts` and `plot_growth`
draw the two tables.
"""

from __future__ import annotations

from crmlytics.retention.cohorts import cohort_table
from crmlytics.retention.growth import growth_accounting
from crmlytics.retention.matrices import cohort_matrix
from crmlytics.retention.plots import plot_cohorts, plot_growth

__all__ = [
    "cohort_matrix",
    "cohort_table",
    "growth_accounting",
    "plot_cohorts",
    "plot_growth",
]
