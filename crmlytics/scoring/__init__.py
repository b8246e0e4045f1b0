"""Scores that can be trusted: who will leave, who will buy, and what that rests on.

`PropensityClassifier` scores customers, with reasons, and says how far to trust it.
`Scorecard` scores by whole points that anybody can add up, in SQL as well.
`TablePreparation` makes a model matrix of any table as exported and reports leaks. `drift_table`
compares new rows with those that a model has learnt from. `purchasing_power_table` says how spend
depends on what is known of a customer, and `plot_purchasing_power` draws it. `driver_table` says
which raw columns a score rests on and which can be ignored, `effect_table` how; `plot_drivers` and
`plot_effect` draw them.
"""

from __future__ import annotations

from crmlytics.scoring.drift import drift_table
from crmlytics.scoring.driver_plots import plot_drivers, plot_effect
from crmlytics.scoring.drivers import driver_table
from crmlytics.scoring.effects import effect_table
from crmlytics.scoring.propensity_classifier import PropensityClassifier
from crmlytics.scoring.purchasing_power import purchasing_power_table
from crmlytics.scoring.purchasing_power_plots import plot_purchasing_power
from crmlytics.scoring.scorecard import Scorecard
from crmlytics.scoring.table_preparation import TablePreparation

__all__ = [
    "PropensityClassifier",
    "Scorecard",
    "TablePreparation",
    "drift_table",
    "driver_table",
    "effect_table",
    "plot_drivers",
    "plot_effect",
    "plot_purchasing_power",
    "purchasing_power_table",
]
