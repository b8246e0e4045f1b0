from __future__ import annotations

import datetime as dt

from crmlytics.report.sections import questions
from tests.report.studies import study_of


def answered(study, fmt):
    return questions.build(study, fmt).all_tables()["questions"]["answered"].tolist()


def test_only_what_is_answered_is_called_answered(few, store_study, fmt):
    assert answered(store_study, fmt) == ["Not here", "In part", "Not here", "Not here", "Yes"]
    short = study_of(few.iloc[[0, 2]], as_of=dt.date(2024, 1, 31))
    assert answered(short, fmt)[-1] == "In part"
    none = study_of(few.iloc[[0]], as_of=dt.date(2024, 1, 20))
    assert answered(none, fmt)[-1] == "Not here"
