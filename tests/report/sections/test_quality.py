from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from crmlytics.report.sections import quality
from tests.report.studies import study_of

AS_OF = dt.date(2024, 3, 10)


def told(study, fmt) -> str:
    return " ".join(quality.build(study, fmt).sentences)


def test_rows_read_dropped_and_used(few, fmt):
    few.loc[1, "customer_id"] = None
    few.loc[2, "date"] = pd.NaT
    section = quality.build(study_of(few, as_of=AS_OF), fmt)
    rows = section.all_tables()["rows"].set_index("step")["rows"]
    assert rows.to_dict() == {
        "read": 5, "no_customer": 1, "date": 1, "amount": 0, "after_as_of": 0, "kept": 3,
    }  # fmt: skip
    assert "5 rows were read; 3 are used and 2 (40.0%) dropped" in section.sentences[0]


def test_the_unfinished_period_is_told(few_study, fmt):
    assert "Mar 2024 is not over: only 10 of its days are seen at 10 Mar 2024." in told(
        few_study, fmt
    )


def test_duplicates_refunds_and_repairs_are_told(few, fmt):
    rows = pd.concat([few, few.iloc[[0]], few.iloc[[0]].assign(amount=-4.0)])
    rows["customer_id"] = rows["customer_id"].map({"ann": 1.0, "bob": 2.0, "cem": 3.0})
    text = told(study_of(rows, as_of=AS_OF), fmt)
    assert "1 row of those read repeats an earlier one" in text
    assert "1 row is a refund; it lowers revenue by €4.00" in text
    assert "7 customer numbers were stored as decimals" in text
    ignored = told(study_of(rows, as_of=AS_OF, refunds="ignore"), fmt)
    assert "Refunds are left out" in ignored


def test_rows_that_end_long_before_the_analysis_are_told(few, fmt):
    text = told(study_of(few, as_of=dt.date(2024, 7, 1)), fmt)
    assert "The last row lies 121 days before the day of the analysis" in text


def test_a_first_period_that_seems_cut_is_told(cut, fmt):
    assert "begin well inside Jan 2024" in told(study_of(cut, as_of=dt.date(2024, 4, 30)), fmt)


def test_facts_are_a_table(few_study, fmt):
    facts = quality.build(few_study, fmt).all_tables()["quality"].iloc[0]
    assert (facts["rows_read"], facts["rows_used"], facts["refunds"]) == (5, 5, 0)
    assert facts["last_day"] == np.datetime64("2024-03-02")
    assert facts["last_period_open"]
