"""migration_table: who moved where, who came and who left."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.segmentation import migration_table


@pytest.fixture
def may():
    return pd.DataFrame(
        {"customer_id": [1, 2, 3, 4], "segment": ["A", "A", "B", "B"], "worth": [10.0, 20, 5, 1]}
    )


@pytest.fixture
def june():
    return pd.DataFrame(
        {
            "customer_id": [6, 5, 3, 2, 1],
            "segment": ["B", "B", "B", "B", "A"],
            "worth": [7.0, 4, 6, 15, 12],
            "first_seen": pd.to_datetime(
                ["2024-06-03", "2023-01-01", "2024-01-01", "2024-01-01", "2024-01-01"]
            ),
        }
    )


def cells(found):
    names = zip(found["segment_before"], found["segment_after"], strict=True)
    return dict(zip(names, found["n"], strict=True))


def test_by_hand(engine, may, june):
    found = engine.columns(
        migration_table(engine.make(may), engine.make(june), value_col="worth", level=0.9)
    )
    assert cells(found) == {
        ("A", "A"): 1, ("A", "B"): 1, ("A", "(lost)"): 0, ("B", "A"): 0, ("B", "B"): 1,
        ("B", "(lost)"): 1, ("(new)", "A"): 0, ("(new)", "B"): 2,
    }  # fmt: skip
    assert found["rate"] == [0.5, 0.5, 0.0, 0.0, 0.5, 0.5, 0.0, 1.0]
    assert found["value_before"] == [10.0, 20.0, 0.0, 0.0, 5.0, 1.0, 0.0, 0.0]
    assert found["value_after"] == [12.0, 15.0, 0.0, 0.0, 6.0, 0.0, 0.0, 11.0]
    assert found["value_change"] == [2.0, -5.0, 0.0, 0.0, 1.0, -1.0, 0.0, 11.0]


def test_who_was_seen_before_is_no_new_customer(engine, may, june):
    # A customer of 2023 who is not in `before` comes back; two-snapshot tools call him new.
    found = engine.columns(
        migration_table(
            engine.make(may), engine.make(june), first_seen_col="first_seen",
            before_as_of=dt.date(2024, 5, 31),
        )
    )  # fmt: skip
    assert cells(found)["(new)", "B"] == 1
    assert cells(found)["(returned)", "B"] == 1
    assert ("(returned)", "(lost)") not in cells(found)


@settings(max_examples=40, deadline=None)
@given(
    before=st.dictionaries(st.integers(0, 40), st.sampled_from("ABC"), min_size=1),
    after=st.dictionaries(st.integers(0, 40), st.sampled_from("BCD"), min_size=1),
)
def test_rows_sum_to_one_and_everybody_is_counted_once(before, after):
    def frame(one):
        return pd.DataFrame({"customer_id": list(one), "segment": list(one.values())})

    found = migration_table(frame(before), frame(after))
    assert found["n"].sum() == len(set(before) | set(after))
    sums = found.groupby("segment_before")["rate"].sum(min_count=1).dropna()
    assert np.allclose(sums, 1.0)
    counts = cells(found)
    for customer in before:
        assert counts[before[customer], after.get(customer, "(lost)")] > 0
    known = found["rate"].notna()
    assert (found.loc[known, "low"] <= found.loc[known, "rate"]).all()
    assert (found.loc[known, "rate"] <= found.loc[known, "high"]).all()


def test_bad_snapshots_are_refused(may, june):
    with pytest.raises(DataContractError, match="1 of 5 rows of before repeat a customer"):
        migration_table(pd.concat([may, may.iloc[:1]]), june)
    with pytest.raises(DataContractError, match="1 of 4 values of 'segment' are missing"):
        migration_table(may.assign(segment=["A", None, "B", "B"]), june)
    with pytest.raises(DataContractError, match=r"is called '\(lost\)'"):
        migration_table(may, june.assign(segment="(lost)"))
    with pytest.raises(DataContractError, match="ids are numbers in one frame"):
        migration_table(may, june.assign(customer_id=list("abcde")))
    with pytest.raises(ValueError, match="belong together"):
        migration_table(may, june, first_seen_col="first_seen")
    with pytest.raises(DataContractError, match="'first_seen' must hold dates"):
        migration_table(
            may, june.assign(first_seen="2024"), first_seen_col="first_seen",
            before_as_of="2024-05-31",
        )  # fmt: skip


def test_an_empty_snapshot_means_all_came_or_all_left(may):
    nobody = may.iloc[:0]
    assert cells(migration_table(may, nobody))["A", "(lost)"] == 2
    assert cells(migration_table(nobody, may))["(new)", "B"] == 2
