"""Won, lost and open: one after the other, and together always 1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.forecast._deal_hazards import Hazards
from crmlytics.forecast._deal_odds import daily_odds, new_odds, open_odds
from tests.forecast.pipelines import follow

FLAT = np.ones((2, 7)), np.ones((2, 13))


def hazards(won, lost):
    return Hazards(np.array([won, lost], float), *FLAT)


def test_two_days_by_hand():
    odds = daily_odds(np.array([[[0.5, 0.2]], [[0.1, 0.3]]]))
    # Won today 0.5, lost 0.1; still open 0.4, of which 0.2 are won and 0.3 lost tomorrow.
    np.testing.assert_allclose(odds[:, 0], [[0.5, 0.08], [0.1, 0.12]])


@given(
    st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)), min_size=1, max_size=30),
    st.integers(0, 40),
    st.integers(1, 20),
    st.integers(1, 4),
)
def test_open_deals_against_one_day_after_the_other(pairs, age, days, periods):
    won, lost = zip(*pairs, strict=True)
    ends = days * np.arange(1, periods + 1)
    odds = open_odds(
        hazards(won, lost), as_of=100, age=np.array([age]), factors=np.ones((2, 1)), ends=ends
    )
    for i, end in enumerate(ends):
        expected = follow(won, lost, age, int(end))
        assert odds.won[0, : i + 1].sum() == pytest.approx(expected[0], abs=1e-12)
        assert odds.lost[0, : i + 1].sum() == pytest.approx(expected[1], abs=1e-12)


@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.integers(1, 60))
def test_no_factor_makes_more_than_one(win, loss, days):
    odds = open_odds(
        hazards([0.02, 0.05], [0.03, 0.01]),
        as_of=0,
        age=np.array([0, 5]),
        factors=np.array([[win, 1.0], [loss, 1.0]]),
        ends=np.array([days]),
    )
    total = odds.won.sum(axis=1) + odds.lost.sum(axis=1)
    assert (total <= 1 + 1e-12).all()
    assert (odds.won >= 0).all()


def test_the_stage_matters_on_the_days_it_was_learnt_for():
    by_lead = np.ones((2, 1, 6))
    by_lead[0, 0, 0] = 3.0
    base = {"as_of": 0, "age": np.array([0]), "factors": np.ones((2, 1)), "ends": np.array([7, 14])}
    calm, hot = (open_odds(hazards([0.01], [0.01]), **base, by_lead=one) for one in (None, by_lead))
    assert hot.won[0, 0] > 2.5 * calm.won[0, 0]
    assert hot.won[0, 1] < calm.won[0, 1], "fewer are left for the second week"


def test_new_deals_are_the_mean_over_their_days_of_creation():
    won, lost = [0.1, 0.2, 0.05], [0.05, 0.0, 0.1]
    found = new_odds(hazards(won, lost), as_of=0, factors=np.ones((2, 1)), ends=np.array([5, 10]))
    # A deal of day d is of age -1 on the day before; its first day of risk is at age 0.
    each = [follow(won, lost, -1, 10 - d + 1)[0] for d in range(1, 11)]
    assert found.won.sum() == pytest.approx(np.mean(each), abs=1e-12)
    early = [follow(won, lost, -1, 5 - d + 1)[0] for d in range(1, 6)]
    assert found.won[0, 0] == pytest.approx(sum(early) / 10, abs=1e-12)
