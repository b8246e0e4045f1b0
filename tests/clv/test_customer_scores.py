"""Scores over frames of every engine, batch by batch."""

from __future__ import annotations

import pytest
from sklearn.exceptions import NotFittedError

from crmlytics.clv import BetaGeoModel, score_customers
from crmlytics.errors import ColumnNotFoundError, DataContractError
from tests.clv.models import MODELS


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_engine_gets_the_model_s_numbers(engine, name):
    known = MODELS[name].known()
    frame = MODELS[name].histories(60)[["frequency", "recency", "T"]]
    frame.insert(0, "customer_id", [f"c{i:02d}" for i in range(60)])
    found = engine.columns(score_customers(engine.make(frame), known, t=13.0))
    assert list(found) == [*frame, "expected_purchases", "probability_alive"]
    rank = sorted(range(60), key=lambda i: found["customer_id"][i])
    expected = known.expected_purchases(frame, t=13.0)
    alive = known.probability_alive(frame)
    assert [found["expected_purchases"][i] for i in rank] == pytest.approx(expected, rel=1e-9)
    assert [found["probability_alive"][i] for i in rank] == pytest.approx(alive, rel=1e-9)


def test_wrong_frames_and_models_are_refused():
    known = MODELS["BetaGeoModel"].known()
    frame = MODELS["BetaGeoModel"].histories(6)
    with pytest.raises(NotFittedError):
        score_customers(frame, BetaGeoModel(unit="W"), t=1)
    with pytest.raises(ColumnNotFoundError, match="'recency' is not a column"):
        score_customers(frame.drop(columns="recency"), known, t=1)
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        score_customers(frame.assign(expected_purchases=1.0), known, t=1)
    with pytest.raises(ValueError, match="t must be"):
        score_customers(frame, known, t=-1)
