from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.report.sections import actions
from tests.report.studies import study_of

# So few customers fill fewer than five scores, which the scorer says.
pytestmark = pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")


def test_three_to_five_steps_each_with_its_number(store_study, fmt):
    section = actions.build(store_study, fmt)
    assert 3 <= len(section.steps) <= 5
    assert all(step.number and step.sentence.endswith(".") for step in section.steps)
    table = section.all_tables()["actions"]
    assert table["number"].tolist() == [step.number for step in section.steps]


def test_who_is_to_be_won_back_is_what_the_segments_say(store_study, fmt):
    lapsing = store_study.scored["segment"].isin(["At Risk", "Cannot Lose Them"])
    spent = store_study.scored.loc[lapsing, "monetary"].sum()
    assert actions.build(store_study, fmt).steps[0].number == fmt.money(spent, 0)


def test_rows_without_a_customer_are_worth_a_step_if_they_are_many(few, fmt):
    few.loc[1, "customer_id"] = None
    steps = actions.build(study_of(few, as_of=dt.date(2024, 3, 10)), fmt).steps
    found = [step for step in steps if step.sentence.startswith("Record the customer")]
    assert [step.number for step in found] == ["20.0%"]
    assert "1 row worth €30" in found[0].sentence


def test_with_next_to_nothing_it_advises_nothing(fmt):
    one = pd.DataFrame(
        {"customer_id": ["a"], "date": [pd.Timestamp("2024-01-02")], "amount": [1.0]}
    )
    section = actions.build(study_of(one, as_of=dt.date(2024, 1, 5)), fmt)
    assert section.notice == "The data are too few to advise anything."
