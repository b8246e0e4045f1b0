"""Who becomes a customer, how soon, and who should work on it.

`lead_labels` says what became of each lead, the young ones left open; `conversion_curve` gives the
share converted by each day and `plot_conversion` draws it; `assign_leads` distributes leads among
owners.
"""

from __future__ import annotations

from crmlytics.leads.assignment import assign_leads
from crmlytics.leads.conversion import conversion_curve
from crmlytics.leads.labels import lead_labels
from crmlytics.leads.plots import plot_conversion

__all__ = ["assign_leads", "conversion_curve", "lead_labels", "plot_conversion"]
