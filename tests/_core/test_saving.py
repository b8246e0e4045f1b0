"""Saved objects: every number comes back, and what is of another kind is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics._core import saving
from crmlytics.errors import DataContractError, UnreadableFileError

KIND = saving.Format("crmlytics.test", "thing", 3)
TEXT = saving.dump(KIND, "Thing", {"a": 1})


def test_what_json_does_not_know_is_spelled():
    values = [math.inf, -math.inf, np.int64(1), np.float64(0.1), None]
    text = saving.dump(KIND, "Thing", {"values": values, "array": np.array([[0.5, 2.0]])})
    content = saving.load(KIND, "Thing", text)
    assert content["values"] == [math.inf, -math.inf, 1, 0.1, None]
    assert content["array"] == [[0.5, 2.0]]
    assert json.loads(text)["values"][0] == {"float": "inf"}


@given(st.floats(allow_nan=True))
def test_every_float_comes_back_to_the_last_bit(value):
    back = saving.load(KIND, "Thing", saving.dump(KIND, "Thing", {"value": value}))["value"]
    assert math.isnan(back) if math.isnan(value) else back == value
    assert math.copysign(1, back) == math.copysign(1, value) or math.isnan(value)


def test_a_file_is_written_whole_and_read_from_its_path(tmp_path):
    target = tmp_path / "thing.json"
    assert saving.dump(KIND, "Thing", {"a": 1}, target) == TEXT
    assert saving.load(KIND, "Thing", target)["a"] == 1
    assert saving.load(KIND, "Thing", str(target))["a"] == 1
    assert [one.name for one in tmp_path.iterdir()] == ["thing.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace("crmlytics.test", "other"), "no saved thing: its format is not"),
        (TEXT.replace('"schema": 3', '"schema": 4'), "saved with schema 4"),
        (TEXT[:-5], "the thing's JSON is damaged"),
        ("{" + '"a":{' * 100_000, "damaged"),
        ("{}", "no saved thing"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(DataContractError, match=message):
        saving.load(KIND, "Thing", text)


def test_another_model_and_no_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="thing must be one of 'Other', got 'Thing'"):
        saving.load(KIND, "Other", TEXT)
    with pytest.raises(UnreadableFileError, match="no thing can be read"):
        saving.load(KIND, "Thing", tmp_path / "none.json")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFileError, match="no thing can be read"):
        saving.load(KIND, "Thing", tmp_path / "bytes")
