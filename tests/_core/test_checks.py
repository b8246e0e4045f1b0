"""Validation messages: name, rule, value given, and what to do."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics._core import checks
from crmlytics.errors import ColumnNotFoundError, DataContractError, MissingDependencyError


@pytest.mark.parametrize(
    ("wanted", "guess"),
    [
        ({"date_col": "dat"}, "'Date'"),
        ({"customer_col": "customer_id"}, "'CustomerID'"),
        ({"amount_col": "value"}, "'Total amount'"),
    ],
)
def test_a_missing_column_is_guessed(wanted, guess):
    with pytest.raises(ColumnNotFoundError) as caught:
        checks.columns(["CustomerID", "Date", "Total amount"], wanted)
    assert f"did you mean {guess}?" in str(caught.value)
    assert "The columns are: 'CustomerID'" in str(caught.value)


def test_a_column_unlike_any_is_not_guessed():
    with pytest.raises(ColumnNotFoundError) as caught:
        checks.columns(["a"] * 25, {"item_col": "zzz"})
    assert "did you mean" not in str(caught.value)
    assert "and 5 more" in str(caught.value)
    with pytest.raises(TypeError, match="item_col must be the name of a column"):
        checks.columns([3], {"item_col": 3})  # type: ignore[list-item]


@pytest.mark.parametrize(
    "given",
    [dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 23, 59), pd.Timestamp("2024-02-29 12:00"),
     np.datetime64("2024-02-29"), "2024-02-29"],
)  # fmt: skip
def test_days_are_read(given):
    assert checks.day("as_of", given) == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    "given",
    [
        "29.02.2024",
        "2024-02-30",
        20240229,
        np.int64(20240229),
        None,
        pd.NaT,
        pd.Timestamp("2024", tz="UTC"),
    ],
)
def test_other_days_are_refused(given):
    with pytest.raises(ValueError, match="as_of must be a date"):
        checks.day("as_of", given)


def test_numbers_and_words():
    assert checks.whole_number("n", np.int64(3), at_least=1) == 3
    assert checks.number("x", 2, above=1) == 2.0
    assert checks.fraction("level", np.float32(0.5)) == 0.5
    assert checks.word("unit", "W", ("D", "W")) == "W"
    for wrong in (0, 1.5, True, "3", None):
        with pytest.raises(ValueError, match="n must be a whole number of at least 1"):
            checks.whole_number("n", wrong, at_least=1)
    for wrong in (1, float("nan"), float("inf"), True, "2"):
        with pytest.raises(ValueError, match="x must be a finite number above 1"):
            checks.number("x", wrong, above=1)
    with pytest.raises(ValueError, match="of at least 0"):
        checks.number("x", -1, at_least=0)
    with pytest.raises(ValueError, match=r"did you mean 0\.95\?"):
        checks.fraction("level", 95)
    for wrong in (0, 1, -0.1, True, "0.5"):
        with pytest.raises(ValueError, match="level must be a fraction"):
            checks.fraction("level", wrong)
    with pytest.raises(ValueError, match="did you mean 'ignore'"):
        checks.word("refunds", "ignored", ("net", "ignore"))


def test_roles_and_results_do_not_share_names():
    with pytest.raises(ValueError, match="date_col and amount_col are both 'x'"):
        checks.distinct_columns({"date_col": "x", "order_col": None, "amount_col": "x"})
    with pytest.raises(DataContractError, match="rename it first"):
        checks.free_names(["T"], ["frequency", "T"])
    # DuckDB and Spark take names that differ in capitals for one.
    with pytest.raises(DataContractError, match="'Frequency' bears the name"):
        checks.free_names(["Frequency"], ["frequency", "T"])


def test_random_generators():
    assert checks.random_generator(3).integers(9) == checks.random_generator(3).integers(9)
    mine = np.random.default_rng(1)
    assert checks.random_generator(mine) is mine
    with pytest.raises(ValueError, match="random_state must be"):
        checks.random_generator("seed")


def test_a_missing_library_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'crmlytics\[sql\]'"):
        checks.optional_module("duckdb", needed_for="this")
