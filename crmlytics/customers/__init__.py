"""Events to one row per customer.

`rfm_table` says when, how often and for how much each customer bought; `purchase_summary` gives
the same history as the buy-till-you-die models need it, `calibration_holdout` splits it in time,
and `compress_summary` counts equal customers once.
"""

from __future__ import annotations

from crmlytics.customers.compression import compress_summary
from crmlytics.customers.rfm_tables import rfm_table
from crmlytics.customers.summaries import calibration_holdout, purchase_summary

__all__ = ["calibration_holdout", "compress_summary", "purchase_summary", "rfm_table"]
