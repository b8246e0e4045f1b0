"""Who becomes a customer, how soon, and who should work on it.

`lead_labels` says what became of each lead, the young ones left open; `LeadScorer` gives scores of
1 to 99, tiers and reasons; `conversion_curve` the share converted by each day, and
`plot_conversion` draws it. `assign_leads` distributes leads among owners, and `channel_propensity`
ranks customers for a channel that they do not use yet.
"""

from __future__ import annotations

from crmlytics.leads.assignment import assign_leads
from crmlytics.leads.channels import channel_propensity
from crmlytics.leads.conversion import conversion_curve
from crmlytics.leads.labels import lead_labels
from crmlytics.leads.lead_scorer import LeadScorer
from crmlytics.leads.plots import plot_conversion

__all__ = [
    "LeadScorer",
    "assign_leads",
    "channel_propensity",
    "conversion_curve",
    "lead_labels",
    "plot_conversion",
]
