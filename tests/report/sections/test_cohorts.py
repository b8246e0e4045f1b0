from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.errors import NotEnoughDataError
from crmlytics.report.sections import cohorts
from tests.report.studies import study_of


def test_the_wide_tables_by_hand(few_study, fmt):
    tables = cohorts.build(few_study, fmt).all_tables()
    counts = tables["cohort_counts"]
    assert counts["n"].tolist() == [2, 1]
    # January: ann came back in February. February: cem came back in March, which is not over.
    assert counts[["0", "1", "2"]].astype("float64").fillna(-1).to_numpy().tolist() == [
        [2.0, 1.0, 0.0],
        [1.0, 1.0, -1.0],
    ]
    assert tables["cohort_rates"]["1"].tolist() == [0.5, 1.0]
    assert list(tables["cohorts"]) == [
        "cohort", "age", "n", "active", "rate", "low", "high", "complete",
    ]  # fmt: skip


def test_cells_of_the_unfinished_period_are_marked(few_study, fmt):
    section = cohorts.build(few_study, fmt)
    counts = next(table for table in section.tables if table.name == "cohort_counts")
    assert counts.marked == {(0, "2"), (1, "1")}
    assert counts.note.startswith("* This period is not over")


def test_the_first_cohort_is_left_out_of_the_pooled_rate(few, fmt):
    as_of = dt.date(2024, 3, 31)
    assert cohorts.pooled_return(study_of(few, as_of=as_of)) == (1, 1)
    section = cohorts.build(study_of(few, as_of=as_of), fmt)
    assert "Of 1 first-time customers 1 bought again in the next month: 100.0%" in " ".join(
        section.sentences
    )


def test_a_long_history_shows_the_latest_cohorts_and_keeps_all(fmt):
    days = pd.date_range("2020-01-15", periods=40, freq="MS")
    frame = pd.DataFrame({"customer_id": range(40), "date": days, "amount": 1.0})
    section = cohorts.build(study_of(frame, as_of=dt.date(2023, 5, 31)), fmt)
    tables = section.all_tables()
    assert len(tables["cohort_counts"]) == 24
    assert tables["cohorts"]["cohort"].nunique() == 40
    assert "The chart shows the latest 13 cohorts" in " ".join(section.sentences)


def test_without_a_whole_period_it_says_so(few, fmt):
    with pytest.raises(NotEnoughDataError, match="no period is over"):
        cohorts.build(study_of(few.iloc[[0]], as_of=dt.date(2024, 1, 20)), fmt)
