"""The stage of a deal on a day, and what its log must hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.forecast._deal_rows import read_deals
from crmlytics.forecast._stage_log import read_stage_log
from tests.forecast.pipelines import COLUMNS, day, tiny

LOG = {"deal_col": "deal_id", "stage_col": "stage", "entered_col": "entered_at"}


def entries():
    return pd.DataFrame(
        {
            "deal_id": ["a", "c", "a", "d", "d"],
            "stage": ["Lead", "Lead", "Offer", "Lead", "Offer"],
            "entered_at": pd.to_datetime(
                ["2024-01-01", "2024-01-26", "2024-01-05", "2024-01-20", "2024-01-20"]
            ),
        }
    )


def log(frame, deals=None):
    deals = read_deals(tiny(), COLUMNS) if deals is None else deals
    return read_stage_log(frame, LOG, deals, tz=None)


def test_stages_by_hand():
    found = log(entries())
    assert found.stages.tolist() == ["Lead", "Offer"]
    assert found.stage_on(day(2024, 1, 4)).tolist() == [0, -1, -1, -1]
    assert found.stage_on(day(2024, 1, 31)).tolist() == [1, -1, 0, 1], "the later row of one day"
    assert found.take(np.array([2, 0])).stage_on(day(2024, 1, 31)).tolist() == [0, 1]


def test_visits_are_pairs_of_a_deal_and_a_stage():
    deals, stages = log(entries()).take(np.array([3, 0])).visits(day(2024, 1, 31))
    assert list(zip(deals.tolist(), stages.tolist(), strict=True)) == [
        (0, 0), (0, 1), (1, 0), (1, 1),
    ]  # fmt: skip


def test_every_engine_reads_the_same(engine):
    found = log(engine.make(entries()))
    assert found.stage_on(day(2024, 1, 31)).tolist() == [1, -1, 0, 1]


def test_strangers_are_left_out_and_counted():
    stranger = pd.concat([entries(), entries().assign(deal_id="z")])
    with pytest.warns(DataQualityWarning, match="5 of 10 rows of stage_log"):
        found = log(stranger)
    assert found.stage_on(day(2024, 1, 31)).tolist() == [1, -1, 0, 1]


def test_an_empty_log_knows_nothing():
    assert log(entries().iloc[:0]).stage_on(day(2024, 1, 31)).tolist() == [-1] * 4


def test_missing_entries_are_refused():
    with pytest.raises(DataContractError, match="1 of 5 values of 'stage' in stage_log"):
        log(entries().assign(stage=["Lead", None, "Offer", "Lead", "Offer"]))
