"""Seeded simulators of CRM data that return the planted truth."""

from crmlytics.datasets.baskets import BasketsTruth, SimulatedBaskets, make_baskets
from crmlytics.datasets.customers import CustomersTruth
from crmlytics.datasets.deals import DealsTruth
from crmlytics.datasets.leads import LeadsTruth, SimulatedLeads, make_leads
from crmlytics.datasets.orders import OrdersTruth
from crmlytics.datasets.pipeline import PipelineTruth, SimulatedPipeline, make_pipeline
from crmlytics.datasets.products import ProductsTruth
from crmlytics.datasets.segments import Segment
from crmlytics.datasets.store import Store, StoreTruth, make_store
from crmlytics.datasets.transactions import (
    SimulatedTransactions,
    TransactionsTruth,
    make_transactions,
)

__all__ = [
    "BasketsTruth",
    "CustomersTruth",
    "DealsTruth",
    "LeadsTruth",
    "OrdersTruth",
    "PipelineTruth",
    "ProductsTruth",
    "Segment",
    "SimulatedBaskets",
    "SimulatedLeads",
    "SimulatedPipeline",
    "SimulatedTransactions",
    "Store",
    "StoreTruth",
    "TransactionsTruth",
    "make_baskets",
    "make_leads",
    "make_pipeline",
    "make_store",
    "make_transactions",
]
