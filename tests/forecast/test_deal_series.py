"""Won values by period, days in earlier periods, and weights by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast._deal_periods import coming_periods
from crmlytics.forecast._deal_rows import read_deals
from crmlytics.forecast._deal_series import (
    combination_weights,
    earlier,
    periods_after,
    won_between,
    won_series,
)
from tests.forecast.pipelines import COLUMNS, day, random_deals


@pytest.mark.parametrize(
    ("as_of", "unit", "back", "expected"),
    [
        ((2024, 3, 15), "M", 1, (2024, 2, 15)),
        ((2024, 3, 30), "M", 1, (2024, 2, 28)),
        ((2024, 3, 31), "M", 1, (2024, 2, 29)),
        ((2024, 3, 31), "M", 2, (2024, 1, 31)),
        ((2024, 5, 20), "Q", 1, (2024, 2, 19)),
        ((2024, 3, 15), "W", 2, (2024, 3, 1)),
    ],
)
def test_the_same_place_in_an_earlier_period(as_of, unit, back, expected):
    coming = coming_periods(dt.date(*as_of), 2, unit)
    found = earlier(day(*as_of), coming, unit, back)
    assert found == day(*expected)
    before = periods_after(found, 1, unit).begin[0]
    assert before < coming.begin[0], "its forecast begins in the earlier period"


def won_in(frame, begin, end):
    inside = (frame["outcome"] == "won") & frame["closed_at"].between(begin, end)
    return frame.loc[inside, "amount"].sum()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 500))
def test_series_are_what_pandas_sums(seed):
    frame = random_deals(seed)
    deals = read_deals(frame, COLUMNS)
    for unit, freq in (("M", "MS"), ("W", "7D")):
        coming = coming_periods(dt.date(2024, 5, 14), 2, unit)
        found = won_series(deals, coming, unit, since=day(2024, 1, 10))
        starts = pd.to_datetime(found.begin.astype("datetime64[D]"))
        assert starts.min() >= pd.Timestamp("2024-01-10")
        ends = (
            starts[1:].tolist() + pd.to_datetime(coming.begin[:1].astype("datetime64[D]")).tolist()
        )
        expected = [
            won_in(frame, a, b - pd.Timedelta(1, "D")) for a, b in zip(starts, ends, strict=True)
        ]
        np.testing.assert_allclose(found.value, expected)
        assert len(found.begin) == len(pd.date_range(starts[0], starts[-1], freq=freq))
    later = coming_periods(dt.date(2024, 3, 31), 2, "M")
    np.testing.assert_allclose(
        won_between(deals, later),
        [won_in(frame, "2024-04-01", "2024-04-30"), won_in(frame, "2024-05-01", "2024-05-31")],
    )


def test_weights_by_hand():
    actual = np.array([[10.0, 10.0, np.nan], [10.0, 10.0, np.nan]])
    exact = np.array([[10.0, 14.0, 1.0], [10.0, 6.0, 1.0]])
    other = np.array([[14.0, 10.0, 2.0], [6.0, 10.0, 2.0]])
    # Of 32 squares 16·2 are the gap's; two cut-offs more at a half: (32 + 16) / (32 + 32).
    np.testing.assert_allclose(combination_weights(actual, exact, other), [0.75, 0.25, 0.5])
    np.testing.assert_allclose(combination_weights(actual, exact, exact), 0.5)


@given(st.lists(st.tuples(*[st.floats(0, 1e6)] * 3), min_size=1, max_size=8))
def test_weights_are_shares(rows):
    actual, one, other = (np.array(column)[:, None] for column in zip(*rows, strict=True))
    weight = combination_weights(actual, one, other)
    assert 0 <= weight[0] <= 1
