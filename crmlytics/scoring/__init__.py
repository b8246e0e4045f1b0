"""Scores that can be trusted: who will leave, who will buy, and what that rests on.

`PropensityClassifier` scores customers, with reasons, and says how far to trust it.
`TablePreparation` makes a model matrix of any table as exported and reports leaks. `drift_table`
compares new rows with those that a model has learnt from. `purchasing_power_table` says how spend
depends on what is known of a customer, and `plot_purchasing_power` draws it.
"""

from __future__ import annotations

from crmlytics.scoring.drift import drift_table
from crmlytics.scoring.propensity_classifier import PropensityClassifier
from crmlytics.scoring.purchasing_power import purchasing_power_table
from crmlytics.scoring.purchasing_power_plots import plot_purchasing_power
from crmlytics.scoring.table_preparation import TablePreparation

__all__ = [
    "PropensityClassifier",
    "TablePreparation",
    "drift_table",
    "plot_purchasing_power",
    "purchasing_power_table",
]
