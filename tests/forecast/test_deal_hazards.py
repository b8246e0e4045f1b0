"""Hazards of planted pipelines come back, the calendar only where it repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.datasets import make_pipeline
from crmlytics.forecast._deal_hazards import fit_hazards, quarter_week, weekday
from crmlytics.forecast._deal_rows import known_on, read_deals
from crmlytics.forecast._lexis import exposure_of, lexis_of
from tests.forecast.pipelines import COLUMNS, day


def fitted(pipeline, *, calendar):
    deals = known_on(read_deals(pipeline.deals, COLUMNS), day(2024, 12, 31))
    since = day(2023, 1, 1)
    lexis = lexis_of(deals, exposure_of(deals, as_of=day(2024, 12, 31), observed_from=since))
    return lexis, fit_hazards(lexis, calendar=calendar)


def test_positions_in_the_calendar_by_hand():
    days = np.array([day(2024, 1, 1), day(2024, 3, 31), day(2024, 3, 24), day(2023, 12, 31)])
    assert weekday(days).tolist() == [0, 6, 6, 6]
    assert quarter_week(days).tolist() == [12, 0, 1, 0]


def test_planted_hazards_come_back():
    pipeline = make_pipeline(deals_per_week=150.0, random_state=2)
    _, found = fitted(pipeline, calendar=True)
    truth = pipeline.truth.hazards
    for age in (15, 30, 60):
        # Owners differ, and the fast ones leave first: the pool is near the truth, not at it.
        assert found.by_age[0, age] == pytest.approx(truth["won"][age], rel=0.25)
        assert found.by_age[1, age] == pytest.approx(truth["lost"][age], rel=0.2)
    assert np.abs(found.by_quarter_week - 1).max() < 0.12, "no season, no factor"
    assert np.abs(found.by_weekday - 1).max() < 0.12


def test_quarter_ends_are_learnt_where_they_come_again():
    pipeline = make_pipeline(deals_per_week=150.0, seasonality=1.0, random_state=2)
    _, found = fitted(pipeline, calendar=True)
    won = found.by_quarter_week[0]
    assert won[:2].mean() / won[3:].mean() == pytest.approx(2.0, rel=0.15)


def test_expected_closings_add_up_to_those_seen():
    pipeline = make_pipeline(deals_per_week=20.0, random_state=3)
    lexis, found = fitted(pipeline, calendar=False)
    due = (lexis.at_risk * found.at(np.arange(lexis.day.shape[1]))[:, None, :]).sum(axis=(1, 2))
    np.testing.assert_allclose(due, lexis.closings.sum(axis=(1, 2)), rtol=0.02)


def test_a_hazard_is_a_probability_even_of_one_deal():
    pipeline = make_pipeline(deals_per_week=1.0, random_state=4)
    _, found = fitted(pipeline, calendar=True)
    assert (found.by_age > 0).all(), "nothing is impossible"
    assert (found.by_age.sum(axis=0) < 1).all()
