"""SegmentMap: published maps are what was published, and no map has holes or overlaps."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.segmentation import SegmentMap


@pytest.mark.parametrize("name", ["putler11", "rfm10", "pymc5"])
def test_named_maps_cover_the_grid(name):
    cells = SegmentMap.named(name).cells
    assert len(cells) == (64 if name == "pymc5" else 125)
    assert not cells.duplicated(["r", "f", "m"]).any()
    assert cells["segment"].notna().all()


def test_sizes_of_the_eleven_segments():
    # Cells per segment of the map that Squeezely publishes (reference page, 3.1).
    sizes = SegmentMap.named().cells["segment"].value_counts().to_dict()
    assert sizes == {
        "Champions": 7, "Loyal": 8, "Potential Loyalist": 24, "New Customers": 7, "Promising": 16,
        "Need Attention": 8, "About To Sleep": 8, "At Risk": 22, "Cannot Lose Them": 8,
        "Hibernating": 11, "Lost": 6,
    }  # fmt: skip


def test_cells_of_r_rfms_boxes_after_the_first_match():
    # Reference page, 3.2: cell counts in the order of the table, and the 10 unmatched cells.
    segments = SegmentMap.named("rfm10")
    sizes = segments.cells["segment"].value_counts()
    names = segments.segments
    assert [sizes[name] for name in names] == [1, 35, 15, 8, 15, 6, 7, 4, 10, 14, 10]
    others = segments.cells[segments.cells["segment"] == "Others"]
    unmatched = (others["r"] * 100 + others["f"] * 10 + others["m"]).tolist()
    assert sorted(unmatched) == [215, 241, 251, 252, 341, 351, 441, 451, 541, 551]


def test_the_five_segments_of_pymc_marketing():
    segments = SegmentMap.named("pymc5")
    sizes = segments.cells["segment"].value_counts()
    assert segments.segments == (
        "Premium", "Repeat", "Top Spender", "At Risk", "Inactive", "Other"
    )  # fmt: skip
    assert [sizes[name] for name in segments.segments] == [8, 7, 13, 11, 7, 18]


def test_prospects_have_no_scores(engine):
    scores = pd.DataFrame({"r": [1.0, np.nan], "f": [1.0, np.nan], "m": [1.0, np.nan]})
    found = SegmentMap.named().assign(engine.make(scores), prospects="Prospects")
    assert engine.columns(found)["segment"] == ["Lost", "Prospects"]
    half = scores.assign(m=[1.0, 2.0])
    with pytest.raises(DataContractError, match="1 of 2 values of 'r' are not whole numbers"):
        SegmentMap.named().assign(half, prospects="Prospects")


def test_no_column_is_overwritten():
    scores = pd.DataFrame({"r": [1], "f": [1], "m": [1], "segment": ["mine"]})
    with pytest.raises(DataContractError, match="already has the column 'segment'"):
        SegmentMap.named().assign(scores)
    found = SegmentMap.named().assign(scores, segment_col="rfm_segment")
    assert found.loc[0, ["segment", "rfm_segment"]].tolist() == ["mine", "Lost"]


@pytest.mark.data
def test_the_eleven_segments_equal_the_published_file(data_dir):
    published = json.loads(
        (data_dir / "rfm_orders" / "rfm_11_segments_125cells.json").read_text(encoding="utf-8")
    )
    cells = SegmentMap.named("putler11").cells
    code = cells["r"] * 100 + cells["f"] * 10 + cells["m"]
    ours = {name: set(code[cells["segment"] == name].astype(str)) for name in published}
    assert ours == {name: set(cells) for name, cells in published.items()}


def test_overlaps_are_refused_with_the_cells():
    rules = {"a": {"r": (1, 1)}, "b": {"f": (1, 1)}, "c": {"r": 2, "f": 2}}
    with pytest.raises(ValueError, match="2 of 8 cells match more than one segment: 111 112"):
        SegmentMap.from_rules(rules, n_bins=2)
    first = SegmentMap.from_rules(rules, n_bins=2, priority=True)
    assert first.explain(1, 1, 1).segment == "a"
    assert first.explain(1, 1, 1).also_matched == ("b",)


def test_gaps_are_refused_with_the_cells():
    with pytest.raises(ValueError, match="4 of 8 cells match no segment: 211 212 221 222"):
        SegmentMap.from_rules({"a": {"r": 1}}, n_bins=2)
    named = SegmentMap.from_rules({"a": {"r": 1}}, n_bins=2, other="rest")
    assert named.segments == ("a", "rest")
    assert named.explain(2, 2, 1) == ("rest", "no rule holds this cell", ())


def test_rules_may_be_cells_or_boxes():
    cells = SegmentMap.from_rules({"best": {"222"}, "rest": [
        (1, 1, 1), (1, 1, 2), (1, 2, 1), (1, 2, 2), "211", "212", "221"]}, n_bins=2)  # fmt: skip
    boxes = SegmentMap.from_rules(
        {"best": {"r": 2, "f": 2, "m": 2}, "rest": {}}, n_bins=2, priority=True
    )
    pd.testing.assert_frame_equal(cells.cells, boxes.cells)
    wide = SegmentMap.from_rules({"x": {"10-1-3"}}, n_bins=10, other="rest")
    assert wide.explain(10, 1, 3).segment == "x"
    assert wide.rules.loc[0, "r_low"] == 10


@pytest.mark.parametrize("rule", [{"r": (0, 5)}, {"r": (4, 6)}, {"f": (3, 2)}, {"x": 1}, {"556"}])
def test_rules_off_the_grid_are_refused(rule):
    with pytest.raises(ValueError, match="the rule of 'a'"):
        SegmentMap.from_rules({"a": rule}, other="rest")


def test_an_empty_map_and_an_unknown_name_are_refused():
    with pytest.raises(ValueError, match="at least one segment"):
        SegmentMap.from_rules({}, other="rest")
    with pytest.raises(ValueError, match="did you mean 'putler11'"):
        SegmentMap.named("putler")


def test_assign_keeps_rows_and_columns(engine):
    scores = pd.DataFrame({"id": ["b", "a"], "r": [1, 5], "f": [1, 5], "m": [1, 4]})
    found = engine.columns(SegmentMap.named().assign(engine.make(scores)))
    assert found["segment"] == ["Lost", "Champions"]
    assert found["id"] == ["b", "a"]


def test_scores_off_the_grid_are_counted():
    scores = pd.DataFrame({"r": [1, 6, np.nan], "f": [1, 1, 1], "m": [1, 1, 1]})
    with pytest.raises(DataContractError, match="2 of 3 values of 'r' are not whole numbers"):
        SegmentMap.named().assign(scores)
    with pytest.raises(DataContractError, match="must hold whole numbers"):
        SegmentMap.named().assign(scores.assign(r=["x", "y", "z"]))
    with pytest.raises(ColumnNotFoundError):
        SegmentMap.named().assign(scores, r_col="recency")
    with pytest.raises(ValueError, match="r must be from 1 to 5"):
        SegmentMap.named().explain(6, 1, 1)


@settings(max_examples=60, deadline=None)
@given(
    boxes=st.lists(
        st.tuples(*[st.tuples(st.integers(1, 3), st.integers(1, 3)).map(sorted)] * 3),
        min_size=1,
        max_size=5,
    )
)
def test_the_first_rule_that_holds_a_cell_wins(boxes):
    rules = {
        f"s{i}": {"r": tuple(r), "f": tuple(f), "m": tuple(m)} for i, (r, f, m) in enumerate(boxes)
    }
    segments = SegmentMap.from_rules(rules, n_bins=3, priority=True, other="rest")
    for cell in segments.cells.itertuples():
        holding = [
            name
            for name, rule in rules.items()
            if all(rule[axis][0] <= getattr(cell, axis) <= rule[axis][1] for axis in "rfm")
        ]
        assert cell.segment == (holding[0] if holding else "rest")
