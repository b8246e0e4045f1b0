"""Deals at risk by day of creation and age, against a walk through every day."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast._deal_rows import known_on, read_deals
from crmlytics.forecast._lexis import exposure_of, lexis_of
from tests.forecast.pipelines import COLUMNS, EPOCH, day, lexis_oracle, random_deals, tiny


def lexis(frame, as_of, observed_from=None):
    deals = known_on(read_deals(frame, COLUMNS), as_of)
    return lexis_of(deals, exposure_of(deals, as_of=as_of, observed_from=observed_from))


def test_the_tiny_pipeline_by_hand():
    found = lexis(tiny(), day(2024, 1, 31))
    assert found.at_risk[0].sum() == 11 + 31, "a on 11 days, d on 31"
    assert found.closings[0].sum() == found.closings[1].sum() == 1
    assert found.closings[0][0, 10] == 1
    assert found.day[0, 10] == day(2024, 1, 11)


def test_deals_that_came_late_into_view_count_from_then():
    found = lexis(tiny(), day(2024, 1, 31), observed_from=day(2024, 1, 10))
    assert found.at_risk[0, 8] == 0
    assert found.at_risk[0, 9] == 2
    found = lexis(tiny(), day(2024, 1, 31), observed_from=day(2024, 1, 12))
    assert found.closings[0].sum() == 0, "the won deal closed before anything was recorded"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(60, 300), st.one_of(st.none(), st.integers(0, 59)))
def test_it_counts_what_a_walk_through_the_days_counts(seed, until, since):
    frame = random_deals(seed)
    as_of = dt.date(2024, 1, 1) + dt.timedelta(days=until)
    observed_from = None if since is None else dt.date(2024, 1, 1) + dt.timedelta(days=since)
    start = None if observed_from is None else (observed_from - EPOCH).days
    found = lexis(frame, (as_of - EPOCH).days, start)
    counts = lexis_oracle(frame, as_of, observed_from)
    for table, expected in zip((found.at_risk, *found.closings), counts, strict=True):
        rows, ages = np.nonzero(table)
        seen = {
            (found.first + int(r), int(a)): table[r, a] for r, a in zip(rows, ages, strict=True)
        }
        assert seen == expected


def test_a_history_of_many_years_stays_small():
    frame = random_deals(1)
    frame.loc[0, "created_at"] = frame["created_at"][0].replace(year=1990)
    frame.loc[0, ["closed_at", "outcome"]] = None
    found = lexis(frame, day(2024, 12, 31))
    assert found.at_risk.shape[1] <= 731
    assert found.at_risk.size < 300_000
    assert found.at_risk.sum() == pytest.approx(
        lexis(frame.iloc[1:], day(2024, 12, 31)).at_risk.sum()
    )
