"""Scores that can be trusted: what they rest on, and whether they still hold.

`drift_table` compares new rows with those that a model has learnt from, `purchasing_power_table`
says how spend depends on what is known of a customer.
"""

from __future__ import annotations

from crmlytics.scoring.drift import drift_table

__all__ = ["drift_table"]
