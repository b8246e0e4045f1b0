"""Saved models: other formats, other schemas and damage are refused."""

from __future__ import annotations

import json

import pytest

from crmlytics.clv import BetaGeoModel, NBDModel
from crmlytics.errors import DataContractError, UnreadableFileError

TEXT = NBDModel.from_params(r=0.1 + 0.2, alpha=12.0, unit="W").to_json()


def test_numbers_are_kept_by_their_repr():
    assert '"r": 0.30000000000000004' in TEXT
    content = json.loads(TEXT)
    assert content["format"] == "crmlytics.clv"
    assert content["schema"] == 1
    assert content["options"]["unit"] == "W"
    assert content["log_likelihood"] == {"float": "nan"}  # JSON knows no NaN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT.replace('"schema": 1', '"schema": 2'), "saved with schema 2"),
        (TEXT.replace("crmlytics.clv", "pickle"), "no saved model"),
        (TEXT[:-20], "damaged"),
        (TEXT.replace('"alpha": 12.0', '"alfa": "x"'), "could not convert|lacks"),
        (TEXT.replace('"penalty"', '"fine"'), "lacks or misnames"),
        (TEXT.replace('"n_customers"', '"customers"'), "lacks or misnames 'n_customers'"),
        ("{}", "no saved model"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises((DataContractError, ValueError), match=message):
        NBDModel.from_json(text)


def test_another_model_and_no_file_are_refused(tmp_path):
    with pytest.raises(ValueError, match="model must be one of 'BetaGeoModel', got 'NBDModel'"):
        BetaGeoModel.from_json(TEXT)
    with pytest.raises(UnreadableFileError, match="no model can be read"):
        NBDModel.from_json(tmp_path / "none.json")


def test_only_learnt_attributes_are_set():
    text = TEXT.replace('"extra": {}', '"extra": {"k_": 3, "fit": 1}')
    model = NBDModel.from_json(text)
    assert model.k_ == 3
    assert callable(model.fit)
