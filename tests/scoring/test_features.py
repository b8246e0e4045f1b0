"""Levels pooled, dates taken apart, columns of no use named."""

from __future__ import annotations

import numpy as np

from crmlytics.scoring import _features
from crmlytics.scoring._raw_columns import RawTable, raw_column


def table(**columns):
    raw = {name: raw_column(name, np.asarray(values)) for name, values in columns.items()}
    return RawTable(len(next(iter(columns.values()))), raw)


def texts(*runs):
    return np.array([text for text, n in runs for _ in range(n)], object)


def test_levels_by_hand():
    held = table(a=texts(("x", 12), ("y", 9), ("z", 10), (None, 3)))
    plans, dropped = _features.learn(held, min_level_rows=10, max_levels=250)
    assert dropped == {}
    assert plans[0].levels == ("x", "z")
    feature = _features.apply(plans, held)[0]
    assert np.bincount(feature.values).tolist() == [12, 10, 9, 3]
    assert feature.labels == ("x", "z", "(infrequent)", "(missing)")


def test_equally_frequent_levels_are_cut_by_name_not_by_row():
    one = table(a=texts(("b", 20), ("c", 20), ("a", 20)))
    other = one.take(np.arange(60)[::-1])
    for held in (one, other):
        plans, _ = _features.learn(held, min_level_rows=10, max_levels=2)
        assert plans[0].levels == ("a", "b")


def test_reasons_for_leaving_columns_out():
    held = table(
        empty=np.full(20, np.nan), same=np.ones(20), once=texts(*((f"t{i}", 1) for i in range(20))),
        flag=np.where(np.arange(20) < 10, 1.0, np.nan), told=texts(("yes", 10), (None, 10)),
    )  # fmt: skip
    plans, dropped = _features.learn(held, min_level_rows=10, max_levels=250)
    assert [plan.name for plan in plans] == ["flag", "told"], "missing or not is information"
    assert {name: why.split(":")[0] for name, why in dropped.items()} == {
        "empty": "empty", "same": "constant", "once": "no level occurs in at least 10 rows",
    }  # fmt: skip


def test_a_date_becomes_days_month_and_weekday():
    days = np.datetime64("2024-01-01") + np.arange(400)  # a Monday
    held = table(d=np.array([*days, np.datetime64("NaT")]))
    plans, _ = _features.learn(held, min_level_rows=10, max_levels=250)
    assert [plan.name for plan in plans] == ["d: days", "d: month", "d: weekday"]
    number, month, weekday = _features.apply(plans, held)
    assert number.values[0] == 19_723.0
    assert np.isnan(number.values[-1])
    labels = [[feature.labels[code] for code in feature.values[[0, 31, -1]]]
              for feature in (month, weekday)]  # fmt: skip
    assert labels == [["January", "February", "(missing)"], ["Monday", "Thursday", "(missing)"]]
