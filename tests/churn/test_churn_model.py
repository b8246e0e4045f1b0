"""ChurnModel: leak-free by construction, planted churn, every engine, degenerate histories."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest

from crmlytics.churn import ChurnModel, churn_labels
from crmlytics.datasets import make_transactions
from crmlytics.errors import DataContractError, DataQualityWarning, DriftWarning, NotEnoughDataError

AS_OF = dt.date(2024, 12, 31)
OPTIONS = {"horizon": 90, "unit": "D", "active_within": 365, "model": "logistic", "random_state": 0}


@pytest.fixture(scope="module")
def log():
    return make_transactions(500, random_state=1).transactions


@pytest.fixture(scope="module")
def model(log):
    return ChurnModel(**OPTIONS).fit(log, as_of=AS_OF)


def test_the_past_days_are_over_and_apart(model):
    assert model.cutoffs_ == [dt.date(2024, 1, 7), dt.date(2024, 4, 6), dt.date(2024, 7, 5),
                              dt.date(2024, 10, 3)]  # fmt: skip
    assert model.audit_["closes"].max() == pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    assert model.audit_["n"].sum() == len(model.training_)
    assert model.tested_on_ == "later cutoffs"


def test_the_report_is_of_customers_and_days_that_did_not_teach(model):
    report = model.report_.set_index("measure")
    assert report.loc["AUC", "value"] > 0.7
    assert report.loc["AUC", "low"] < report.loc["AUC", "value"] < report.loc["AUC", "high"]
    tested = model.training_.loc[model.model_.out_of_fold_["row"]]
    assert tested["cutoff"].min() > pd.Timestamp(model.cutoffs_[0])
    assert len(model.model_.out_of_fold_) == report["n"].iloc[0]


def test_scores_foretell_what_was_held_out(log):
    """Learnt and scored three months before the end, compared with what came."""
    from crmlytics.evaluation import roc_auc

    day = dt.date(2024, 9, 30)
    past = ChurnModel(**OPTIONS).fit(log, as_of=day)
    scores = past.predict(log, as_of=day)
    came = churn_labels(log, cutoffs=dt.date(2024, 10, 1), active_within=365, horizon=90, unit="D")
    assert scores["customer_id"].tolist() == came["customer_id"].tolist()
    assert roc_auc(came["churned"], scores["churn_probability"]).auc > 0.75
    # A mean of some 400 Bernoulli outcomes has a standard error of .025; four of them.
    assert scores["churn_probability"].mean() == pytest.approx(came["churned"].mean(), abs=0.1)


def test_nothing_after_the_day_changes_anything(log, model):
    later = log.assign(date=log["date"] + pd.Timedelta(days=1096))
    both = pd.concat([log, later], ignore_index=True)
    again = ChurnModel(**OPTIONS).fit(both, as_of=AS_OF)
    expected = model.predict(log, as_of=AS_OF)
    pd.testing.assert_frame_equal(again.predict(both, as_of=AS_OF), expected)


def test_every_engine_scores_the_same(engine, log, model):
    few = log[log["customer_id"] < log["customer_id"].quantile(0.2)]
    found = engine.columns(model.predict(engine.make(few), as_of=AS_OF))
    expected = model.predict(few, as_of=AS_OF)
    assert list(found) == ["customer_id", "recency_days", "purchases", "churn_probability",
                           "reasons"]  # fmt: skip
    assert found["customer_id"] == expected["customer_id"].tolist()
    assert found["churn_probability"] == pytest.approx(expected["churn_probability"].tolist())
    assert found["reasons"] == expected["reasons"].tolist()


def test_reasons_are_words(log, model):
    reasons = model.predict(log, as_of=AS_OF, n_reasons=2)["reasons"]
    assert reasons.str.contains("(", regex=False).all()
    assert (reasons.str.count(";") <= 1).all()


def test_attributes_that_tell_are_used(log):
    """An attribute that half of the customers got long ago, and that stops them from buying."""
    ids = np.sort(log["customer_id"].unique())
    gone = pd.DataFrame(
        {
            "customer_id": ids, "valid_from": pd.Timestamp("2023-01-01"),
            "plan": np.where(np.arange(len(ids)) % 2, "ended", "runs"),
        }
    )  # fmt: skip
    ended = gone.loc[gone["plan"] == "ended", "customer_id"]
    stopped = log["customer_id"].isin(ended) & (log["date"] > "2024-06-01")
    fitted = ChurnModel(**OPTIONS).fit(log[~stopped], as_of=AS_OF, attributes=gone)
    assert "plan" in fitted.model_.contribution_columns_


def test_money_and_refunds(log):
    fitted = ChurnModel(**OPTIONS, amount_col="amount").fit(log, as_of=AS_OF)
    scores = fitted.predict(log, as_of=AS_OF)
    assert "money" in scores.columns
    assert "money_90d" in fitted.training_.columns


def test_a_short_history_is_tested_on_other_customers(log):
    short = log[log["date"] >= "2024-06-15"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        fitted = ChurnModel(**(OPTIONS | {"active_within": 180})).fit(short, as_of=AS_OF)
    assert len(fitted.cutoffs_) == 1
    assert fitted.tested_on_ == "other customers"


def test_drift_is_told(log, model):
    calm = model.drift(log, as_of=dt.date(2024, 10, 2), alarm="never")
    assert set(calm.columns) >= {"column", "psi", "verdict"}
    sparse = log[(log["date"] < "2024-08-01") | (log["customer_id"] % 7 == 0)]
    with pytest.warns(DriftWarning, match="recency_days"):
        model.drift(sparse, as_of=AS_OF)


def test_pure_noise_is_told_and_not_hidden():
    """Customers who buy at random times, all alike: nothing foretells who stays away."""
    rng = np.random.default_rng(1)
    days = pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, 4_000), unit="D")
    noise = pd.DataFrame({"customer_id": rng.integers(0, 300, 4_000), "date": days})
    with pytest.warns(DataQualityWarning):
        fitted = ChurnModel(**OPTIONS).fit(noise, as_of=dt.date(2024, 11, 30))
    assert not fitted.beats_constant_


@pytest.mark.parametrize(
    ("rows", "options", "error", "words"),
    [
        (slice(0, 0), {}, NotEnoughDataError, "no events"),
        (slice(0, 1), {}, NotEnoughDataError, "outcome|too short|rows"),
        (slice(0, 40), {}, NotEnoughDataError, "at least"),
        (slice(None), {"horizon": 2000}, (NotEnoughDataError, ValueError), "too short"),
        (slice(None), {"unit": "h"}, ValueError, "unit must be one of"),
        (slice(None), {"n_cutoffs": 0}, ValueError, "n_cutoffs"),
        (slice(None), {"model": "forest"}, ValueError, "model must be one of"),
        (slice(None), {"lookback": 30}, ValueError, "longer than lookback"),
    ],
)
def test_refusals(log, rows, options, error, words):
    with pytest.raises(error, match=words):
        ChurnModel(**(OPTIONS | options)).fit(log.iloc[rows], as_of=AS_OF)


def test_nobody_left_to_score_and_missing_dates_are_refused(log, model):
    with pytest.raises(NotEnoughDataError, match="nobody is there to leave"):
        model.predict(log, as_of=dt.date(2027, 1, 1))
    with pytest.raises(DataContractError, match="missing"):
        ChurnModel(**OPTIONS).fit(log.assign(date=pd.NaT), as_of=AS_OF)
