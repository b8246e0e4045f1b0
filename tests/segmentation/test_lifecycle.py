"""lifecycle_stages: silence measured in usual gaps."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.segmentation import lifecycle_stages


@pytest.fixture
def summary():
    # Own rhythms of 10 and 2; of all together 60 / 15 = 4.
    return pd.DataFrame(
        {"customer_id": list("abcdef"), "frequency": [5, 10, 0, 0, 0, 0],
         "recency": [40.0 + 10, 10 * 1.0, 0, 0, 0, 0], "T": [70.0, 13, 8, 9, 16, 17]}
    )  # fmt: skip


def test_every_rule_by_hand(engine, summary):
    found = engine.columns(lifecycle_stages(engine.make(summary)))
    assert found["rhythm"] == [10.0, 1.0, 4.0, 4.0, 4.0, 4.0]
    assert found["silence"] == [20.0, 3.0, 8.0, 9.0, 16.0, 17.0]
    assert found["stage"] == ["active", "at risk", "new", "at risk", "at risk", "lost"]
    assert found["silence_in_rhythms"][1] == 3.0


def test_few_gaps_are_no_rhythm(summary):
    assert lifecycle_stages(summary, min_gaps=6)["rhythm"].tolist()[:2] == [4.0, 1.0]
    given = lifecycle_stages(summary, population_rhythm=100.0)
    assert given["stage"].tolist() == ["active", "at risk", "new", "new", "new", "new"]


def test_one_purchase_customers_need_a_rhythm_from_outside(summary):
    once = summary.iloc[2:]
    with pytest.raises(NotEnoughDataError, match="population_rhythm="):
        lifecycle_stages(once)
    stages = lifecycle_stages(once, population_rhythm=4.0)["stage"].tolist()
    assert stages == ["new", "at risk", "at risk", "lost"]


def test_bad_summaries_are_refused(summary):
    with pytest.raises(DataContractError, match="1 of 6 customers have negative numbers"):
        lifecycle_stages(summary.assign(T=[1.0, 13, 8, 9, 16, 17]))
    with pytest.raises(DataContractError, match="already has the column 'stage'"):
        lifecycle_stages(summary.assign(stage="x"))
    with pytest.raises(ValueError, match="lost_after must be a finite number above 2"):
        lifecycle_stages(summary, lost_after=1.0)
    with pytest.raises(DataContractError, match="1 of 6 values of 'T' are missing"):
        lifecycle_stages(summary.assign(T=[None, 13, 8, 9, 16, 17]))


@settings(max_examples=50, deadline=None)
@given(
    repeats=st.integers(0, 20), last=st.floats(0.5, 100), silence=st.floats(0, 100),
    unit=st.sampled_from([2.0**-3, 2.0**4]),
)  # fmt: skip
def test_the_unit_of_time_does_not_matter(repeats, last, silence, unit):
    last = last if repeats else 0.0
    frame = pd.DataFrame(
        {"frequency": [repeats, 4], "recency": [last, 20.0], "T": [last + silence, 21.0]}
    )
    scaled = frame.assign(recency=frame["recency"] * unit, T=frame["T"] * unit)
    assert lifecycle_stages(frame)["stage"].tolist() == lifecycle_stages(scaled)["stage"].tolist()
