from __future__ import annotations

import datetime as dt

from crmlytics.report.sections import growth
from tests.report.studies import study_of


def test_the_last_whole_month_in_words(few_study, fmt):
    section = growth.build(few_study, fmt)
    assert " ".join(section.sentences) == (
        "Customers who bought in Feb 2024: 2, of whom 1 new and 0 back after a pause. Of those of "
        "the period before, 1 stayed away. That is 1.00 won for each one lost."
    )


def test_the_unfinished_month_is_marked(few_study, fmt):
    table = growth.build(few_study, fmt).figures[0].table
    assert {row for row, _ in table.marked} == {2}
    assert table.frame["active"].tolist() == [2, 2, 1]


def test_one_month_is_too_few_to_speak_of_loss(few, fmt):
    section = growth.build(study_of(few.iloc[[0, 2]], as_of=dt.date(2024, 1, 31)), fmt)
    assert section.sentences == ("Two periods that are over are needed to say who stayed away.",)
