"""LeadScorer: planted truth, frozen scores, too few, no better than a constant, leaks, engines."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.datasets import make_leads
from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    DriftWarning,
    NotEnoughDataError,
)
from crmlytics.evaluation import roc_auc
from crmlytics.leads import LeadScorer, lead_labels
from crmlytics.leads._tiers import cuts
from crmlytics.scoring import PropensityClassifier

END = dt.date(2024, 12, 31)
AFTER = ["converted_at", "lost_at", "last_note"]


def labelled(n=1500, seed=0):
    made = make_leads(n, random_state=seed)
    return lead_labels(made.leads, as_of=END, horizon=60, unit="D"), made.truth


def scorer(**options):
    engine = PropensityClassifier(model="logistic", random_state=0)
    given = {"classifier": engine, "known_after": AFTER, "ignore": ["created_at"]}
    return LeadScorer(**(given | options))


@pytest.fixture(scope="module")
def fitted():
    leads, _ = labelled()
    return scorer(value="expected_amount", contact_cost=100.0, group_col="source").fit(
        leads, "converted"
    )


def test_scores_and_tiers_by_hand():
    found = cuts(np.arange(1, 101) / 100, (0.2, 0.3))
    assert found.score(np.array([0.0, 0.005, 0.5, 1.0])).tolist() == [1, 1, 50, 99]
    tier = found.tier(np.array([0.9, 0.6, 0.3, 0.9]), np.array([1.0, 1.0, 1.0, 0.0]))
    assert tier.tolist() == ["A", "B", "C", "D"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0, 1), st.floats(0, 1))
def test_scores_rise_with_the_probability(learnt, p, q):
    found = cuts(np.array(learnt), (0.2, 0.3))
    low, high = found.score(np.sort(np.array([p, q])))
    assert 1 <= low <= high <= 99


def test_new_leads_are_scored_as_planted(fitted):
    new, truth = labelled(3000, seed=7)
    scored = fitted.score_table(new.drop(columns="converted"))
    chance = truth.conversion_probability(60.0)
    assert np.corrcoef(scored["probability"], chance)[0, 1] > 0.9
    assert np.abs(scored["probability"] - chance).mean() < 0.06
    by_tier = pd.Series(chance).groupby(scored["tier"]).mean()
    assert by_tier["A"] > by_tier["B"] > by_tier["C"]
    expected = scored["probability"] * new["expected_amount"] - 100.0
    assert scored["expected_value"].tolist() == pytest.approx(expected.tolist())
    assert ((scored["tier"] == "D") == (scored["expected_value"] <= 0)).all()
    # Hundredths of the leads learnt from: about uniform for leads like them.
    assert scored["score"].mean() == pytest.approx(50, abs=4)


def test_a_score_does_not_depend_on_the_batch(fitted):
    new, _ = labelled(200, seed=8)
    whole = fitted.score_table(new.drop(columns="converted"))
    alone = fitted.score_table(new.drop(columns="converted").iloc[[3]])
    assert alone["score"].tolist() == [whole["score"].iloc[3]]


def test_what_is_reported(fitted):
    assert fitted.model_ == "logistic"
    assert fitted.n_unknown_ > 200
    table = fitted.tier_table_
    assert table["n"].sum() == fitted.n_leads_
    assert table["converted"].sum() == fitted.n_converted_
    inside = (table["low"] <= table["expected"]) & (table["expected"] <= table["high"])
    assert inside.sum() >= len(table) - 1
    groups = fitted.group_table_.set_index("group")
    small = groups.loc["Partner"]
    rate = fitted.base_rate_[0]
    expected = (small["converted"] + 10 * rate) / (small["n"] + 10)
    assert small["shrunk_rate"] == pytest.approx(expected)
    assert min(small["rate"], rate) <= small["shrunk_rate"] <= max(small["rate"], rate)


def test_reasons_in_words(fitted):
    new, _ = labelled(50, seed=9)
    scored = fitted.score_table(new.drop(columns="converted"), reasons=2)
    assert scored["reasons"].str.contains(r"\([+-]\d").all()
    assert set(fitted.reasons(new, n=1)["lead_id"]) == set(new["lead_id"])


def test_too_few_conversions_are_scored_by_group():
    rng = np.random.default_rng(0)
    leads = pd.DataFrame({"lead_id": range(300), "source": ["web"] * 150 + ["fair"] * 150})
    won = (rng.random(300) < np.where(leads["source"] == "fair", 0.25, 0.02)).astype(int)
    with pytest.warns(DataQualityWarning, match=r"needed for a model; the score is the rate by"):
        found = LeadScorer(group_col="source").fit(leads, won)
    assert found.model_ == "group rates"
    scored = found.score_table(leads.assign(source=["fair"] * 299 + ["never seen"]))
    n, hits = 150, int(won[150:].sum())
    expected = (hits + 10 * won.mean()) / (n + 10)
    assert scored["probability"].iloc[0] == pytest.approx(expected)
    assert scored["probability"].iloc[-1] == pytest.approx(won.mean())
    assert scored["tier"].iloc[0] == "A"
    with pytest.raises(NotEnoughDataError, match="no model to give reasons"):
        found.reasons(leads)


def test_no_tiers_where_no_model_beats_the_base_rate():
    rng = np.random.default_rng(1)
    leads = pd.DataFrame({"lead_id": range(400), "digit": rng.integers(0, 9, 400)})
    with pytest.warns(DataQualityWarning, match="does not beat the base rate"):
        found = scorer(known_after=[], ignore=[]).fit(leads, rng.integers(0, 2, 400))
    assert found.model_ == "constant"
    scored = found.score_table(leads)
    assert scored["score"].isna().all()
    assert scored["tier"].isna().all()
    assert scored["probability"].nunique() == 1
    assert found.tier_table_.empty
    with pytest.warns(DataQualityWarning, match="everybody gets the same rate"):
        few = LeadScorer().fit(leads, (np.arange(400) < 12).astype(int))
    assert few.score_table(leads)["tier"].isna().all()


def test_a_note_written_afterwards_is_refused():
    leads, _ = labelled()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        with pytest.raises(DataContractError, match="'last_note'; name them in known_after"):
            scorer(known_after=["converted_at", "lost_at"]).fit(leads, "converted")


def test_drift_and_refresh(fitted):
    new, _ = labelled(1500, seed=11)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DriftWarning)
        table = fitted.drift_table(new, "converted")
    assert {"score", "label", "calibration slope"} <= set(table["kind"])
    other = new.assign(source="Trade fair", minutes=new["minutes"] + 30.0)
    with pytest.warns(DriftWarning, match="'source'|'minutes'"):
        fitted.drift_table(other)
    again = scorer(value="expected_amount", contact_cost=100.0, group_col="source")
    again.fit(labelled()[0], "converted")
    assert not again.refresh(new, "converted").refreshed_
    assert again.refresh(other, "converted").refreshed_


@pytest.mark.data
def test_x_education(data_dir):
    leads = pd.read_csv(data_dir / "x_education_leads" / "Leads.csv")
    leads = leads.sample(4000, random_state=0)  # a third of the time
    after = ["Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity",
             "Asymmetrique Activity Index", "Asymmetrique Profile Index",
             "Asymmetrique Activity Score", "Asymmetrique Profile Score"]  # fmt: skip
    options = {"lead_col": "Prospect ID", "ignore": ["Lead Number"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        with pytest.raises(DataContractError, match="such as 'Tags'"):
            scorer(known_after=after, **options).fit(leads, "Converted")
        found = scorer(known_after=[*after, "Tags"], **options).fit(leads, "Converted")
    tested = found.classifier_.out_of_fold_
    assert (
        roc_auc(tested["outcome"], tested["probability"]).auc > 0.85
    )  # the page, on all rows: .8716
    table = found.tier_table_.set_index("tier")
    assert table.loc["A", "low"] > table.loc["B", "high"] > table.loc["C", "high"]


@pytest.mark.data
def test_maven_hands_out_no_tiers(data_dir):
    folder = data_dir / "maven_crm_sales"
    deals = pd.read_csv(folder / "sales_pipeline.csv", parse_dates=["engage_date"])
    won = deals["deal_stage"].map({"Won": 1, "Lost": 0})
    deals = deals.drop(columns=["deal_stage", "close_date", "close_value"])
    with pytest.warns(DataQualityWarning, match="does not beat the base rate"):
        found = LeadScorer(
            classifier=PropensityClassifier(model="scorecard", random_state=0),
            lead_col="opportunity_id",
        ).fit(deals, won)
    assert found.model_ == "constant"
    assert found.base_rate_[0] == pytest.approx(0.6315, abs=5e-5)
    assert found.score_table(deals)["tier"].isna().all()


def test_every_engine(engine, fitted):
    new, _ = labelled(60, seed=12)
    new = new.drop(columns="converted")
    expected = fitted.score_table(new).sort_values("lead_id")
    found = pd.DataFrame(engine.columns(fitted.score_table(engine.make(new))))
    found = found.sort_values("lead_id")
    assert found["score"].tolist() == expected["score"].tolist()
    assert found["tier"].tolist() == expected["tier"].tolist()


def test_bad_input_is_refused():
    leads, _ = labelled(300)
    with pytest.raises(NotEnoughDataError, match="at least 10 that did"):
        scorer().fit(leads, np.zeros(len(leads)))
    with pytest.raises(DataContractError, match="are not 0, 1 or missing"):
        scorer().fit(leads, np.full(len(leads), 2))
    with pytest.raises(DataContractError, match="are not 0, 1 or missing"):
        scorer().fit(leads, np.full(len(leads), "won"))
    with pytest.raises(ColumnNotFoundError):
        scorer(known_after=["notes"]).fit(leads, "converted")
    with pytest.raises(ValueError, match="values for 300 leads"):
        scorer().fit(leads, [0, 1])
    with pytest.raises(ValueError, match="tier_shares must be two fractions"):
        scorer(tier_shares=(0.9, 0.9)).fit(leads, "converted")
    with pytest.raises(ValueError, match="least_converted"):
        scorer(least_converted=3).fit(leads, "converted")
