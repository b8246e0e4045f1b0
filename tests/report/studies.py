"""A study made from a frame with the usual column names."""

from __future__ import annotations

from crmlytics.report.cleaning import clean_transactions, roles_of
from crmlytics.report.study import Options, Study


def study_of(frame, *, as_of, unit="M", refunds="net", show_ids=False, source=None) -> Study:
    roles = roles_of(
        frame,
        customer_col="customer_id",
        date_col="date",
        amount_col="amount",
        order_col="order_id" if "order_id" in frame else None,
        quantity_col=None,
        price_col=None,
    )
    cleaned = clean_transactions(frame, roles, as_of=as_of, refunds=refunds)
    return Study(cleaned, roles, Options(as_of, unit, refunds, show_ids), source)
