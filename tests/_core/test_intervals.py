"""Intervals of shares and means: printed values, scipy, and limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crmlytics._core import intervals


def test_printed_values():
    # Reference page, 8.3: 324/885 -> [.3350, .3984]; 0/5 -> [0, .4345].
    low, high = intervals.wilson([324, 0], [885, 5], 0.95)
    assert low.round(4).tolist() == [0.3350, 0.0]
    assert high.round(4).tolist() == [0.3984, 0.4345]


@given(n=st.integers(1, 500), data=st.data(), level=st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_wilson_equals_scipys(n, data, level):
    x = data.draw(st.integers(0, n))
    theirs = stats.binomtest(x, n).proportion_ci(level, method="wilson")
    low, high = intervals.wilson(x, n, level)
    assert (float(low), float(high)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_nobody_at_risk_has_no_interval():
    low, high = intervals.wilson([0], [0], 0.95)
    assert np.isnan(low[0])
    assert np.isnan(high[0])


def test_student_equals_scipys():
    x = np.array([1.0, 4.0, 6.0, 2.5])
    low, high = intervals.student(x.mean(), x.std(ddof=1), 4, 0.9)
    theirs = stats.t.interval(0.9, 3, x.mean(), stats.sem(x))
    assert (float(low), float(high)) == pytest.approx(theirs)
    assert np.isnan(intervals.student(1.0, 1.0, 1, 0.9)[0])


def test_newcombe_of_56_in_70_against_48_in_80(golden):
    low, high = intervals.newcombe(56, 70, 48, 80, 0.95)
    golden(
        "56 of 70 against 48 of 80: interval of the difference of shares",
        ours=[float(low), float(high)],
        published=[0.0524, 0.3339],
        tolerance=0.000051,  # printed to 4 decimals
        source="Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10",
    )
    assert np.isnan(intervals.newcombe(0, 0, 1, 2, 0.95)[0])
