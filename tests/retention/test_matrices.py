"""cohort_matrix: every engine, whole numbers, empty tables, refusals."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.retention import cohort_matrix, cohort_table
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log

AS_OF = dt.date(2023, 10, 15)


def test_counts_stay_whole_numbers(engine, four_users):
    table = cohort_table(engine.make(four_users), unit="M", as_of=dt.date(2024, 4, 29))
    assert_same(
        engine.columns(cohort_matrix(table, value="active")),
        {"cohort": [dt.date(2024, 1, 1)], "n": [4], "0": [4], "1": [2], "2": [2], "3": [None]},
    )
    assert isinstance(engine.columns(cohort_matrix(table, value="active"))["0"][0], int)


def test_each_cell_lands_in_its_row_and_column():
    table = cohort_table(make_log(seed=5), unit="Q", as_of=AS_OF, incomplete="include")
    wide = columns(cohort_matrix(table.sample(frac=1, random_state=1), value="high"))
    assert list(wide)[2:] == [str(age) for age in range(int(table["age"].max()) + 1)]
    held = {
        (cohort, age): value
        for age in map(str, range(len(wide) - 2))
        for cohort, value in zip(wide["cohort"], wide[age], strict=True)
        if value is not None
    }
    long = columns(table)
    keys = zip(long["cohort"], map(str, long["age"]), strict=True)
    assert held == dict(zip(keys, long["high"], strict=True))


def test_an_empty_table_has_no_ages(engine, no_rows):
    table = cohort_table(engine.make(no_rows), unit="M", as_of=AS_OF)
    assert engine.columns(cohort_matrix(table)) == {"cohort": [], "n": []}


def test_what_is_no_cohort_table_is_refused(four_users):
    table = cohort_table(four_users, unit="M", as_of=dt.date(2024, 4, 30))
    with pytest.raises(ColumnNotFoundError, match="cohort"):
        cohort_matrix(four_users)
    with pytest.raises(ColumnNotFoundError, match="did you mean 'rate'"):
        cohort_matrix(table, value="rates")
    with pytest.raises(DataContractError, match="must be a column of numbers"):
        cohort_matrix(table, value="complete")
    with pytest.raises(DataContractError, match="an age twice"):
        cohort_matrix(pd.concat([table, table]))
