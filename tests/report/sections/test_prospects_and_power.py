"""The sections on leads and on buying power: there when their tables are, honest about both."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest

from crmlytics.datasets import make_leads, make_store
from crmlytics.errors import NotEnoughDataError
from crmlytics.report import build_report
from crmlytics.report.formats import Formats
from crmlytics.report.prospect_scores import score_prospects
from crmlytics.report.sections import power, prospects

AS_OF = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def report():
    store = make_store(120, n_deals=0, random_state=0)
    customers = store.customers.assign(digit=np.arange(120) % 7)
    leads = make_leads(600, random_state=0).leads
    return build_report(
        transactions=store.transactions,
        leads=leads,
        customers=customers,
        as_of=AS_OF,
        order_col="order_id",
    )


def section(report, name):
    return next(one for one in report.sections if one.name == name)


def test_prospects_are_followed_and_scored(report):
    found = section(report, "prospects")
    assert found.notice == ""
    assert any("last_note" in sentence for sentence in found.sentences)
    assert {"prospects", "prospects_tiers"} <= set(report.tables)
    tiers = report.tables["prospects_tiers"]
    assert tiers["rate"].is_monotonic_decreasing
    assert set(report.tables["prospects"]["source"]) == {
        "Website", "Referral", "Trade fair", "Cold call", "Partner",
    }  # fmt: skip


def test_characteristics_get_a_verdict(report):
    found = section(report, "power")
    assert found.notice == ""
    verdicts = report.tables["power"].set_index("characteristic")["verdict"]
    assert verdicts["digit"] == "ignore"
    assert "customer_id" not in verdicts.index


def test_the_questions_are_answered(report):
    answers = report.tables["questions"]["answered"].tolist()
    assert answers.count("Yes") >= 3


def test_without_their_tables_there_are_no_sections():
    nothing = SimpleNamespace(leads=None, customers=None)
    assert prospects.build(nothing, Formats("en", None)) is None
    assert power.build(nothing, Formats("en", None)) is None


def test_too_few_leads_are_refused():
    with pytest.raises(NotEnoughDataError, match="at least"):
        score_prospects(make_leads(30, random_state=0).leads, as_of=AS_OF, tz=None)
