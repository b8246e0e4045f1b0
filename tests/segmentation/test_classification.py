"""classify: rules on any columns make a partition or are refused."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.segmentation import classify


@pytest.fixture
def customers():
    return pd.DataFrame(
        {"spend": [10, 499, 500, 900, 900], "country": ["DE", "FR", "DE", "FR", "IT"],
         "member": [True, False, True, False, True]}
    )  # fmt: skip


RULES = {
    "small": {"spend": (None, 500)},
    "large DE": {"spend": (500, None), "country": "DE"},
}


def test_by_hand(engine, customers):
    found = classify(engine.make(customers), RULES, other="large abroad")
    assert engine.columns(found)["segment"] == [
        "small", "small", "large DE", "large abroad", "large abroad"
    ]  # fmt: skip
    some = classify(
        engine.make(customers), {"club": {"member": "true"}, "not": {"member": {"false"}}},
        other="?", segment_col="kind",
    )  # fmt: skip
    assert engine.columns(some)["kind"] == ["club", "not", "club", "not", "club"]


def test_overlaps_and_gaps_are_refused_wherever_they_are(customers):
    with pytest.raises(
        ValueError, match=r"no rule holds: spend in \[500, inf\), country is anything else; mend"
    ):
        classify(customers.iloc[:3], RULES)
    overlapping = RULES | {"many": {"spend": (400, None)}}
    with pytest.raises(
        ValueError, match=r"'small' and 'many' where spend in \[400, 500\), country is 'DE'"
    ):
        classify(customers, overlapping)
    first = classify(customers, overlapping, priority=True)
    assert first["segment"].tolist() == ["small", "small", "large DE", "many", "many"]


def test_missing_values_are_the_others_or_refused(engine):
    frame = engine.make(pd.DataFrame({"spend": [1.0, None, 9.0]}))
    rules = {"small": {"spend": (None, 5)}, "large": {"spend": (5, None)}}
    with pytest.raises(DataContractError, match="1 of 3 customers miss a value"):
        classify(frame, rules)
    found = engine.columns(classify(frame, rules, other="unknown"))
    assert found["segment"] == ["small", "unknown", "large"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({}, "at least one segment"),
        ({"a": {"spend": (5, 5)}}, "holds nothing"),
        ({"a": {"spend": 5}}, r"must be \(low, high\), a text"),
        ({"a": {"spend": (5, None)}, "b": {"spend": "x"}}, "mix numbers and texts"),
        ({f"s{i}": dict.fromkeys(("spend", "member", "country"), (i, i + 1)) for i in range(80)},
         "combinations"),
    ],
)  # fmt: skip
def test_bad_rules_are_refused(customers, rules, message):
    with pytest.raises(ValueError, match=message):
        classify(customers, rules, other="rest")


def test_bad_columns_are_refused(customers):
    with pytest.raises(ColumnNotFoundError, match="did you mean 'spend'"):
        classify(customers, {"a": {"spent": (None, None)}})
    with pytest.raises(DataContractError, match="'country' must hold numbers"):
        classify(customers, {"a": {"country": (1, 2)}}, other="rest")
    with pytest.raises(DataContractError, match="already has the column 'segment'"):
        classify(customers.assign(segment=dt.date(2024, 1, 1)), RULES, other="rest")


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.integers(-50, 50), min_size=1, max_size=6, unique=True).map(sorted),
    values=st.lists(st.integers(-60, 60), min_size=1, max_size=30),
)
def test_intervals_that_touch_are_a_partition(cuts, values):
    ends = [None, *cuts, None]
    rules = {str(i): {"x": (ends[i], ends[i + 1])} for i in range(len(ends) - 1)}
    found = classify(pd.DataFrame({"x": values}), rules)["segment"].tolist()
    assert found == [str(sum(value >= cut for cut in cuts)) for value in values]
    with pytest.raises(ValueError, match="no rule holds"):
        classify(pd.DataFrame({"x": values}), {name: rules[name] for name in list(rules)[1:]})
