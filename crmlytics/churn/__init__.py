"""Who leaves, when, what that costs, and whom to win back.

Without a contract, leaving shows only in silence: `churn_labels` says who bought nothing in the
time after a day, `ChurnModel` foretells it with reasons, `gap_churn_table` is the rule of the
customer's own rhythm with its hit rate, `expected_purchase_scores` takes what a lifetime model
expects. With a contract, `contract_lifetimes` makes durations of starts and ends,
`ContractChurnModel` says what is left of each, and `revenue_at_risk` what may be lost.
`win_back_table` ranks customers who fell silent by what a contact is worth.
"""

from __future__ import annotations

from crmlytics.churn.churn_model import ChurnModel
from crmlytics.churn.contract_model import ContractChurnModel
from crmlytics.churn.expected_purchases import expected_purchase_scores
from crmlytics.churn.gap_rules import gap_churn_table
from crmlytics.churn.labels import churn_labels, contract_lifetimes
from crmlytics.churn.revenues import revenue_at_risk
from crmlytics.churn.win_backs import win_back_table

__all__ = [
    "ChurnModel",
    "ContractChurnModel",
    "churn_labels",
    "contract_lifetimes",
    "expected_purchase_scores",
    "gap_churn_table",
    "revenue_at_risk",
    "win_back_table",
]
