"""Events to one row per customer.

`rfm_table` says when, how often and for how much each customer bought; `purchase_summary` gives
the same history as the buy-till-you-die models need it, `calibration_holdout` splits it in time,
and `compress_summary` counts equal customers once. `customer_view` joins purchases, deals,
tickets, touches and surveys into the single view, `customer_view_columns` says what its columns
mean, and `join_report` what a join keeps, loses and multiplies. `snapshots` stacks what was known
at many cut-off days and what came after, `snapshot_audit` counts who is in them, and
`PurgedSnapshotSplit` splits them so that nothing of the future trains a model.
"""

from __future__ import annotations

from crmlytics.customers.compression import compress_summary
from crmlytics.customers.joins import JoinReport, join_report
from crmlytics.customers.rfm_tables import rfm_table
from crmlytics.customers.single_view import customer_view
from crmlytics.customers.snapshot_splits import PurgedSnapshotSplit
from crmlytics.customers.snapshot_tables import snapshot_audit, snapshots
from crmlytics.customers.summaries import calibration_holdout, purchase_summary
from crmlytics.customers.view_columns import customer_view_columns

__all__ = [
    "JoinReport",
    "PurgedSnapshotSplit",
    "calibration_holdout",
    "compress_summary",
    "customer_view",
    "customer_view_columns",
    "join_report",
    "purchase_summary",
    "rfm_table",
    "snapshot_audit",
    "snapshots",
]
