"""satisfaction_retention_table: hand case, loops on every engine, no look into the future."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics._core.intervals import wilson
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.retention import satisfaction_retention_table
from tests.support.purchases import make_log, quiet

AS_OF = dt.date(2023, 10, 31)


def make_surveys(log, *, n=60, seed=0):
    """Some customers answer, some of them more than once, never twice a day."""
    random = np.random.default_rng(seed)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 320, n), unit="D")
    surveys = pd.DataFrame(
        {
            "customer_id": random.choice(sorted(log["customer_id"].unique()), n),
            "score": random.integers(0, 11, n),
            "answered_at": day + pd.Timedelta(hours=9),
        }
    )
    return surveys.drop_duplicates(["customer_id", "answered_at"]).reset_index(drop=True)


def oracle(surveys, log, horizon, by, *, refunds):
    last = {}
    for row in surveys.sort_values("answered_at").itertuples():
        day = row.answered_at.date()
        if day + dt.timedelta(days=horizon) <= AS_OF:
            last[row.customer_id] = (day, row.score)
    groups: dict = {}
    for customer, (day, score) in last.items():
        mine = log[log["customer_id"] == customer]
        if refunds:
            mine = mine[mine["amount"] >= 0]
        after = [(when.date() - day).days for when in mine["date"]]
        group = score if by == "score" else int(score > 6) + int(score > 8)
        n, stayed = groups.get(group, (0, 0))
        groups[group] = (n + 1, stayed + any(0 < days <= horizon for days in after))
    return {group: groups[group] for group in sorted(groups)}


@pytest.mark.parametrize(("by", "amount_col"), [("nps", None), ("score", "amount")])
def test_every_engine_equals_the_oracle(engine, by, amount_col):
    log = make_log(250, customers=40, refunds=0.2, seed=1)
    surveys = make_surveys(log)
    table = quiet(
        satisfaction_retention_table, engine.make(surveys), engine.make(log), as_of=AS_OF,
        horizon_days=45, by=by, amount_col=amount_col,
    )  # fmt: skip
    found = engine.columns(table)
    expected = oracle(surveys, log, 45, by, refunds=amount_col is not None)
    names = ["detractor", "passive", "promoter"]
    first = list(expected) if by == "score" else [names[group] for group in expected]
    assert found["score" if by == "score" else "group"] == first
    assert list(zip(found["n"], found["retained"], strict=True)) == list(expected.values())
    low, high = wilson(found["retained"], found["n"], 0.95)
    assert (found["low"], found["high"]) == (low.tolist(), high.tolist())


def test_the_frames_may_be_of_two_engines(engine):
    log = make_log(200, seed=3)
    surveys = make_surveys(log, seed=2)
    asked = {"as_of": AS_OF, "horizon_days": 60}
    mixed = satisfaction_retention_table(surveys, engine.make(log), **asked)
    pd.testing.assert_frame_equal(mixed, satisfaction_retention_table(surveys, log, **asked))


def case(days, *, answered="2024-01-10"):
    surveys = pd.DataFrame(
        {"customer_id": ["a"], "score": [9], "answered_at": pd.to_datetime([answered])}
    )
    log = pd.DataFrame({"customer_id": "a", "date": pd.to_datetime(days)})
    return surveys, log


@pytest.mark.parametrize(
    ("day", "retained"),
    [("2024-01-09", 0), ("2024-01-10", 0), ("2024-01-11", 1), ("2024-01-20", 1), ("2024-01-21", 0)],
)
def test_the_outcome_lies_strictly_after_the_answer(engine, day, retained):
    surveys, log = case([day])
    table = satisfaction_retention_table(
        engine.make(surveys), engine.make(log), as_of=dt.date(2024, 3, 1), horizon_days=10
    )
    assert engine.columns(table)["retained"] == [retained]


def test_an_answer_whose_outcome_is_not_known_is_left_out(engine):
    surveys, log = case(["2024-01-11"])
    frames = engine.make(surveys), engine.make(log)
    table = satisfaction_retention_table(*frames, as_of=dt.date(2024, 1, 20), horizon_days=10)
    assert engine.columns(table)["n"] == [1]
    with pytest.raises(NotEnoughDataError, match="no answer is 10 days old"):
        satisfaction_retention_table(*frames, as_of=dt.date(2024, 1, 19), horizon_days=10)


def test_a_planted_effect_is_found(engine):
    # Promoters come back with 0.7, detractors with 0.3: far beyond three standard errors of 0.03.
    random = np.random.default_rng(4)
    n = 600
    score = np.where(random.random(n) < 0.5, 10, 2)
    back = random.random(n) < np.where(score == 10, 0.7, 0.3)
    surveys = pd.DataFrame(
        {"customer_id": np.arange(n), "score": score, "answered_at": pd.Timestamp("2024-01-10")}
    )
    log = pd.DataFrame({"customer_id": np.flatnonzero(back), "date": pd.Timestamp("2024-02-01")})
    table = satisfaction_retention_table(
        engine.make(surveys), engine.make(log), as_of=dt.date(2024, 6, 1), horizon_days=60
    )
    found = engine.columns(table)
    assert found["group"] == ["detractor", "promoter"]
    assert found["rate"] == pytest.approx([0.3, 0.7], abs=0.09)
    assert found["high"][0] < found["low"][1]


def test_ids_of_two_kinds_are_refused(engine):
    surveys, log = case(["2024-01-11"])
    with pytest.raises(DataContractError, match="none of the 1 customers who answered occurs"):
        satisfaction_retention_table(
            engine.make(surveys), engine.make(log.assign(customer_id=1)),
            as_of=dt.date(2024, 3, 1), horizon_days=10,
        )  # fmt: skip


def test_wrong_answers_are_refused(engine):
    surveys, log = case(["2024-01-11"])
    asked = {"as_of": dt.date(2024, 3, 1), "horizon_days": 10}
    twice = pd.concat([surveys, surveys.assign(score=2)], ignore_index=True)
    with pytest.raises(DataContractError, match="1 answers come from a customer who answered on"):
        satisfaction_retention_table(engine.make(twice), engine.make(log), **asked)
    with pytest.raises(DataContractError, match="no whole numbers from 0 to 10"):
        satisfaction_retention_table(engine.make(surveys.assign(score=11)), log, **asked)
    missing = surveys.assign(score=np.array([np.nan]))
    with pytest.raises(DataContractError, match="1 of 1 values of 'score' are missing"):
        satisfaction_retention_table(missing, log, **asked)


@pytest.mark.parametrize("wrong", [{"horizon_days": 0}, {"by": "csat"}, {"level": 95}])
def test_wrong_parameters_are_named(wrong):
    surveys, log = case(["2024-01-11"])
    asked = {"as_of": dt.date(2024, 3, 1), "horizon_days": 10} | wrong
    with pytest.raises(ValueError, match=next(iter(wrong))):
        satisfaction_retention_table(surveys, log, **asked)
