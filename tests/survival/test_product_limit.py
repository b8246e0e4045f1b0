"""The kernel on arrays: what other packages count with."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.survival._product_limit import first_times, life_table, product_limit, running


def test_whole_ages_and_the_same_ages_in_halves_are_counted_alike():
    """Small whole numbers are counted without a sort, other numbers with one."""
    rng = np.random.default_rng(4)
    ages = rng.integers(0, 30, 400).astype(float)
    entry = np.floor(ages * rng.random(400) * (rng.random(400) < 0.5))
    entry[entry >= ages] = 0
    events, code = rng.random(400) < 0.5, rng.integers(0, 3, 400)
    code[:3] = [0, 1, 2]
    whole = life_table(ages, events, entry=entry, code=code)
    halves = life_table(ages / 2 + 0, events, entry=entry / 2, code=code)
    np.testing.assert_array_equal(whole.time, halves.time * 2)
    for name in ("group", "at_risk", "events", "censored", "entered", "row"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(halves, name))
    np.testing.assert_array_equal(whole.time[whole.row], ages)
    np.testing.assert_array_equal(whole.group[whole.row], code)


def test_far_ages_and_many_groups_need_no_grid():
    table = life_table(
        np.array([1e15, 3.0, 1e15]), np.array([True, True, False]), code=np.array([0, 1, 1])
    )
    assert table.time.tolist() == [0, 1e15, 0, 3, 1e15]
    assert table.at_risk.tolist() == [1, 1, 2, 2, 1]
    survival, greenwood = product_limit(table.group, table.at_risk, table.events)
    assert survival.tolist() == [1, 0, 1, 0.5, 0.5]
    assert np.isnan(greenwood[1])
    assert greenwood[3] == pytest.approx(1 / 2)


def test_no_case_is_no_row():
    table = life_table(np.empty(0), np.empty(0, bool))
    assert len(table.time) == len(table.row) == 0


def test_first_times():
    group, time = np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 1.0, 3.0])
    values = np.array([0.8, 0.5 + 1e-15, 0.9, np.nan])
    found = first_times(group, time, values, 0.5, 3)
    np.testing.assert_array_equal(found, [2.0, np.nan, np.nan])


def test_running_sums_begin_anew_in_each_group():
    group = np.array([0, 0, 1, 1])
    assert running(np.array([1e16, 1.0, 1.0, 2.0]), group).tolist()[2:] == [1, 3]
    two = running(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]), group)
    assert two.tolist() == [[1, 2], [4, 6], [5, 6], [12, 14]]
