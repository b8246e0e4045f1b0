"""The strongest reasons first, each with its value, groups summed."""

from __future__ import annotations

import numpy as np

from crmlytics.scoring import _reasons
from crmlytics.scoring._raw_columns import RawTable, raw_column


def table():
    columns = {"plan": np.array(["monthly", None], object), "calls": np.array([6.0, 0.5]),
               "since": np.array(["2024-01-01", "NaT"], "datetime64[D]")}  # fmt: skip
    return RawTable(2, {name: raw_column(name, values) for name, values in columns.items()})


def test_by_hand():
    parts = np.array([[0.34, -1.26, 0.0], [0.2, 0.1, -0.9]])
    found = _reasons.strongest(parts, table(), [["plan"], ["calls"], ["since"]], 2)
    assert found.text.tolist() == [
        ["calls = 6 (-1.3)", "plan = monthly (+0.3)"],
        ["since = (missing) (-0.9)", "plan = (missing) (+0.2)"],
    ]
    assert found.column.tolist() == [["calls", "plan"], ["since", "plan"]]
    np.testing.assert_array_equal(found.contribution, [[-1.26, 0.34], [-0.9, 0.2]])


def test_a_group_is_summed_and_led_by_its_strongest():
    parts = np.array([[0.5, 0.2, 0.6], [0.1, 0.4, 0.3]])
    found = _reasons.strongest(parts, table(), [["plan", "calls"], ["since"]], 1)
    assert found.text[:, 0].tolist() == [
        "plan = monthly, calls = 6 (+0.7)", "calls = 0.5, plan = (missing) (+0.5)",
    ]  # fmt: skip


def test_equal_reasons_come_in_the_order_of_their_names():
    parts = np.array([[0.3, -0.3, 0.3], [0.0, 0.0, 0.0]])
    found = _reasons.strongest(parts, table(), [["plan"], ["calls"], ["since"]], 3)
    assert found.column.tolist() == [["calls", "plan", "since"]] * 2
