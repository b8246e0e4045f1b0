"""Saved recommenders: numbers come back, and nothing else is read."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket import _recommender_saving as saving
from crmlytics.errors import DataContractError, UnreadableFileError


def test_what_json_does_not_know_is_spelled():
    text = saving.dump({"p": [0.1, float("nan"), float("inf"), np.int64(3)]}, None)
    assert saving.load(text)["p"] == [0.1, None, "inf", 3]


def test_refusals(tmp_path):
    with pytest.raises(UnreadableFileError, match="no recommender can be read"):
        saving.load(tmp_path / "none.json")
    with pytest.raises(DataContractError, match="JSON is damaged"):
        saving.load("{")
    with pytest.raises(DataContractError, match="no saved recommender"):
        saving.load('{"format": "other"}')
    with pytest.raises(DataContractError, match="schema 9"):
        saving.load(f'{{"format": "{saving.FORMAT}", "schema": 9}}')
