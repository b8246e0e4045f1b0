"""Columns that number the rows are found, columns that measure something are kept."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.scoring import _id_columns
from crmlytics.scoring._raw_columns import raw_column


def ground(name, values):
    return _id_columns.id_ground(raw_column(name, np.asarray(values)), max_levels=250)


def test_words_of_names():
    assert _id_columns.words_of("customerID") == ["customer", "id"]
    assert _id_columns.words_of("Last Notable_Activity2") == ["last", "notable", "activity", "2"]
    assert _id_columns.words_of("КодКлиента") == ["код", "клиента"]


@pytest.mark.parametrize("order", ["as exported", "shuffled"])
def test_running_numbers_are_ids_whatever_the_order(order):
    rows = np.arange(5_000, 5_400)
    if order == "shuffled":
        rows = np.random.default_rng(0).permutation(rows)
    assert "whole number" in ground("row", rows)
    # With gaps, as when each tenth was deleted, and in the order of time.
    assert "whole number" in ground("lead", rows * 3)


def test_amounts_that_happen_to_differ_are_none():
    cents = np.random.default_rng(1).choice(10_000_000, 200, replace=False)
    assert ground("revenue", cents) == ""
    assert ground("revenue number", cents) != "", "its name says that it is one"
    assert ground("income", np.arange(400) + 0.5) == ""


def test_texts_are_ids_if_every_row_differs():
    names = [f"c{i}" for i in range(50)]
    assert "another text" in ground("who", np.array(names, object))
    assert ground("who", np.array([*names, "c1"], object)) == ""
    assert ground("who", np.array([*names, None], object)) == "", "missing or not is worth knowing"
    assert ground("who", np.array(["a", "b"], object)) == "", "two rows say nothing"


def test_customers_who_come_again_have_ids_all_the_same():
    repeated = np.repeat(np.arange(1_000), 6)
    assert "named like one" in ground("customer_id", repeated)
    assert ground("visits", repeated) == ""
    assert ground("branch_id", np.repeat(np.arange(20), 10)) == "", "few enough to be a category"
