from __future__ import annotations

import datetime as dt

import pytest

from crmlytics.report.sections import returning
from crmlytics.retention import purchase_gaps, repeat_rate
from tests.report.studies import study_of


def test_the_gaps_by_hand(few_study, fmt):
    section = returning.build(few_study, fmt)
    text = " ".join(section.sentences)
    # Ann returned after 36 days, cem after 20; bob, ann and cem wait since 50, 29 and 8 days.
    # By Kaplan and Meier 4 wait at 20 days and 2 at 36: 3/4 and 3/8.
    assert "half the gaps are over after 36 days" in text
    assert "The gaps that did end had a median of 28 days" in text
    curve = section.figures[0].table.frame
    assert curve["days"].tolist() == [7, 14, 30]
    assert curve["rate"].tolist() == pytest.approx([0.0, 0.0, 0.25])


def test_revenue_that_comes_again_by_hand(few, fmt):
    section = returning.build(study_of(few, as_of=dt.date(2024, 3, 31)), fmt)
    table = section.all_tables()["revenue_retention"]
    # January 30, of which ann's 10 came again, as 30; February 70, of which cem's 40, as 50.
    assert table["grr"].tolist() == pytest.approx([10 / 30, 40 / 70])
    assert table["nrr"].tolist() == pytest.approx([30 / 30, 50 / 70])
    assert "In Mar 2024 the customers of the period before brought 57.1%" in section.sentences[-1]


def test_the_sections_numbers_are_the_librarys(store_study, fmt):
    section = returning.build(store_study, fmt)
    tables = section.all_tables()
    as_of = store_study.options.as_of
    whole = repeat_rate(store_study.purchases, as_of=as_of, within_days=(30, 90, 180, 365))
    shown = tables["second_purchase"]
    assert shown["rate"].tolist() == whole["rate"].tolist()[: len(shown)]
    median = purchase_gaps(store_study.purchases, as_of=as_of).median_days
    assert f"half the gaps are over after {median:.0f} days" in " ".join(section.sentences)
    assert tables["revenue_retention"]["nrr_low"].notna().all()


def test_nobody_came_again(few, fmt):
    once = few.drop_duplicates("customer_id")
    section = returning.build(study_of(once, as_of=dt.date(2024, 3, 10)), fmt)
    assert section.sentences == ("No customer has bought on a second day yet.",)
    assert section.figures == ()
