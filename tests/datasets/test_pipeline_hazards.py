"""The planted hazards: what follows from them, and that draws follow them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.datasets import pipeline_hazards as hazards


def world(**options):
    start, end = dt.date(2023, 1, 1), dt.date(2024, 12, 31)
    base = hazards.by_age(0.4)
    return hazards.World(
        start, end, options.get("changes_on"), base, base, options.get("seasonality", 0.0)
    )


@given(st.floats(0.05, 0.95))
def test_incidences_add_up_and_end_at_the_win_rate(win_rate):
    table = hazards.incidence_table(hazards.by_age(win_rate))
    np.testing.assert_allclose(table[["won", "lost", "open"]].sum(axis=1), 1.0, atol=1e-9)
    assert table["won"].iloc[-1] == pytest.approx(win_rate, abs=1e-6)


def test_draws_follow_the_incidence():
    created = np.zeros(40_000, np.int64)
    closed, won = hazards.draw_closings(
        np.random.default_rng(0), world(), created, np.ones(len(created))
    )
    truth = hazards.incidence_table(hazards.by_age(0.4))
    for age in (10, 40, 80, 160):
        share = np.mean(won & (closed <= age))
        # Four standard deviations of a share of 40,000.
        assert abs(share - truth["won"][age]) < 0.01


def test_expected_wins_of_a_steady_pipeline_are_the_win_rate_a_day():
    wins = hazards.expected_wins(world(), np.ones(1), np.ones(1))
    np.testing.assert_allclose(wins, 0.4, rtol=1e-6)


@pytest.mark.parametrize(
    ("date", "days"),
    [
        (dt.date(2024, 3, 31), 0),
        (dt.date(2024, 1, 1), 90),
        (dt.date(2024, 12, 18), 13),
        (dt.date(2023, 6, 1), 29),
    ],
)
def test_days_to_quarter_end(date, days):
    assert hazards.days_to_quarter_end(date) == days


def test_factored_hazards_stay_probabilities():
    raised = hazards.factored(np.array([[0.5, 0.1], [0.4, 0.2]]), np.array([10.0, 2.0]))
    assert raised.sum(axis=0).max() <= 0.95 + 1e-12
    assert raised[:, 1].tolist() == [0.2, 0.2]
