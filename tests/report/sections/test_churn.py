from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.churn import ChurnModel
from crmlytics.datasets import make_store
from crmlytics.errors import NotEnoughDataError
from crmlytics.report.formats import Formats
from crmlytics.report.sections import churn
from tests.report.conftest import AS_OF
from tests.report.studies import study_of


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return make_store(400, n_deals=0, random_state=0).transactions


@pytest.fixture(scope="module")
def section(rows):
    return churn.build(study_of(rows, as_of=AS_OF), Formats("en", "EUR"))


def test_it_is_the_librarys_model(section, rows):
    model = ChurnModel(
        horizon=90, unit="D", active_within=365, amount_col="amount", model="logistic",
        random_state=0,
    ).fit(rows, as_of=AS_OF)  # fmt: skip
    scores = model.predict(rows, as_of=AS_OF)
    bands = section.all_tables()["churn_bands"]
    assert bands["n"].sum() == len(scores)
    assert bands["expected"].sum() == pytest.approx(scores["churn_probability"].sum())
    assert bands["low"].tolist() == [0.75, 0.5, 0.25, 0.0]
    pd.testing.assert_frame_equal(section.all_tables()["churn_report"], model.report_)


def test_revenue_at_risk_is_part_of_the_revenue(section, rows):
    bands = section.all_tables()["churn_bands"]
    assert (bands["at_risk"] <= bands["revenue"]).all()
    recent = rows[(rows["date"] > "2024-01-01") & (rows["date"] < "2025-01-01")]
    paid = recent.groupby("customer_id")["amount"].sum().clip(lower=0).sum()
    assert bands["revenue"].sum() == pytest.approx(paid, rel=0.02)  # day borders of the year


def test_the_costliest_come_first_with_a_reason_in_words(section):
    table = section.all_tables()["churn_costliest"]
    assert table["at_risk"].is_monotonic_decreasing
    assert table["customer"].str.startswith("Customer ").all()
    assert not table["reason"].str.contains("_").any()
    assert len(table) == 10


def test_it_says_how_sure_it_is(section):
    lead, trust, pays = section.sentences
    assert "the luck of single customers alone" in lead
    assert "of the cases" in trust
    assert "a contact pays above a probability of 16%" in pays  # 11 of 67


def test_ids_are_shown_only_if_asked_for(rows):
    shown = study_of(rows, as_of=AS_OF, show_ids=True)
    found = churn.build(shown, Formats("en", "EUR"))
    assert set(found.all_tables()["churn_costliest"]["customer"]) <= set(
        rows["customer_id"].astype(str)
    )


def test_where_nothing_foretells_nobody_is_named():
    rng = np.random.default_rng(1)
    days = pd.to_datetime("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, 3_000), unit="D")
    noise = pd.DataFrame({"customer_id": rng.integers(0, 250, 3_000), "date": days, "amount": 10.0})
    found = churn.build(study_of(noise, as_of=dt.date(2024, 11, 30)), Formats("en", "EUR"))
    assert "churn_costliest" not in found.all_tables()
    assert "no better than that rate" in found.sentences[-1]


def test_a_short_history_says_so(few):
    with pytest.raises(NotEnoughDataError, match="too short"):
        churn.build(study_of(few, as_of=dt.date(2024, 3, 10)), Formats("en", "EUR"))
