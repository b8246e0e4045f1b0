"""What the deals will bring, told with what it rests on and nobody's name."""

from __future__ import annotations

import datetime as dt

import pytest

from crmlytics.datasets import make_pipeline
from crmlytics.forecast import PipelineForecaster
from crmlytics.report import build_report
from crmlytics.report.deal_rows import clean_deals
from crmlytics.report.formats import Formats
from crmlytics.report.sections import pipeline
from crmlytics.report.study import Options, Study

AS_OF = dt.date(2024, 12, 20)


@pytest.fixture(scope="module")
def deals():
    return make_pipeline(deals_per_week=12.0, random_state=3).deals


@pytest.fixture(scope="module")
def report(deals):
    return build_report(deals=deals, as_of=AS_OF, currency="EUR")


def study_of_deals(deals, *, show_ids=False):
    """A study of deals alone; the section looks at nothing else."""
    cleaned = clean_deals(deals, as_of=AS_OF, tz=None, dayfirst=None, decimal=None)
    options = Options(AS_OF, "M", "net", show_ids)
    return Study(cleaned=None, roles=None, options=options, deals=cleaned)


def section_of(report):
    return next(section for section in report.sections if section.name == "pipeline")


def test_it_is_the_librarys_forecast(report, deals):
    table = report.tables["pipeline"]
    forecaster = PipelineForecaster(horizon=3, unit="M").fit(
        deals[deals["created_at"] < "2024-12-21"], as_of=AS_OF, list_price_col="list_price",
        owner_col="owner", product_col="product",
    )  # fmt: skip
    assert table["expected"].tolist() == pytest.approx(forecaster.predict()["expected"].tolist())
    said = section_of(report).sentences
    assert said[0].startswith("In Dec 2024 the deals are expected to bring €")
    assert "are won already" in said[1]
    assert "of each of 6 past periods" in said[2]
    assert "<svg" in section_of(report).figures[0].svg


def test_deals_and_owners_are_not_named(report, deals):
    assert report.tables["open_deals"]["deal"].tolist()[:2] == ["Deal 1", "Deal 2"]
    page = report._repr_html_()
    assert not any(one in page for one in deals["deal_id"].tail(30))
    assert "Owner A" not in page
    named = pipeline.build(study_of_deals(deals, show_ids=True), Formats("en"))
    assert set(named.all_tables()["open_deals"]["deal"]) <= set(deals["deal_id"])


def test_what_was_left_out_is_counted(report, deals):
    table = report.tables["deals_read"].set_index("what")["deals"]
    late = int((deals["created_at"] >= "2024-12-21").sum())
    assert table["Read"] == len(deals)
    assert table["Created after the day of the analysis"] == late
    assert table["Used"] == len(deals) - late


def test_without_deals_there_is_no_such_section(store_study, fmt):
    assert pipeline.build(store_study, fmt) is None


def test_few_deals_say_what_is_missing(deals):
    few = deals[deals["created_at"] >= "2024-10-15"]
    section = pipeline.build(study_of_deals(few), Formats("en"))
    assert any("too short to try" in sentence for sentence in section.sentences)


def test_deals_alone_need_their_customers(deals):
    with pytest.raises(ValueError, match="pass deals with a column 'customer_id'"):
        build_report(deals=deals.drop(columns="customer_id"), as_of=AS_OF)
    with pytest.raises(ValueError, match="pass transactions= or deals="):
        build_report(as_of=AS_OF)
