"""The unit told from the dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics._core.spacing import unit_of
from crmlytics.errors import DataContractError


def days(dates):
    return pd.DatetimeIndex(dates).to_numpy("datetime64[D]").astype(np.int64)


@pytest.mark.parametrize(
    ("frequency", "unit"),
    [
        ("D", "D"), ("B", "D"), ("W-MON", "W"), ("W-SUN", "W"), ("MS", "M"), ("ME", "M"),
        ("QS", "Q"), ("QE", "Q"), ("QE-NOV", "Q"), ("YS", "Y"), ("YE", "Y"),
    ],
)  # fmt: skip
def test_regular_dates(frequency, unit):
    dates = days(pd.date_range("2019-01-07", periods=30, freq=frequency))
    shuffled = np.random.default_rng(0).permutation(dates)
    assert unit_of(np.zeros(30, np.int64), shuffled) == unit


def test_gaps_and_other_series_do_not_matter():
    months = days(pd.date_range("2020-01-01", periods=12, freq="MS"))
    code = np.repeat([0, 1], [12, 11])
    # The second series lives on the 15th and has a gap.
    assert unit_of(code, np.concatenate((months, np.delete(months + 14, 5)))) == "M"


def test_a_day_repeated_is_no_distance():
    assert unit_of(np.zeros(4, np.int64), np.array([0, 0, 1, 2])) == "D"


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (["2024-01-01"], "no series has two dates"),
        (["2024-01-01", "2024-01-15", "2024-01-29"], "lie 14 days apart"),
        (["2024-01-01", "2024-01-02", "2024-05-01", "2024-09-01"], "the farthest 123"),
    ],
)
def test_irregular_dates_are_refused(dates, words):
    with pytest.raises(DataContractError, match=words) as caught:
        unit_of(np.zeros(len(dates), np.int64), days(dates))
    assert "pass unit=" in str(caught.value)
