"""Whole points per bin that anybody can add up, in Python and in SQL."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import estimator_checks_generator

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
    UnreadableFileError,
)
from crmlytics.scoring import Scorecard, TablePreparation


def leads(n=2_000, seed=0):
    rng = np.random.default_rng(seed)
    visits = rng.poisson(3.0, n).astype(float)
    visits[rng.random(n) < 0.1] = np.nan
    source = rng.choice(["web", "fair", "it's a friend"], n)
    log_odds = np.nan_to_num(visits, nan=1.0) * 0.5 - 2.0 + (source == "fair")
    return pd.DataFrame(
        {
            'visits "per" week': visits,
            "source": source,
            "mail": rng.random(n) < 0.5,
            "spend": [f"{x:.2f}" if x > 5 else " " for x in rng.gamma(2.0, 20.0, n)],
            "branch": rng.integers(1, 4, n),
            "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9_000, n), "h"),
            "bought": rng.random(n) < 1 / (1 + np.exp(-log_odds)),
        }
    )


def fitted(frame=None, **options):
    options = {"preparation": TablePreparation(categorical=["branch"])} | options
    return Scorecard(**options).fit(leads() if frame is None else frame, "bought")


def test_points_by_hand():
    frame = pd.DataFrame({"source": ["fair"] * 100 + ["web"] * 100,
                          "bought": [1] * 75 + [0] * 25 + [1] * 25 + [0] * 75})  # fmt: skip
    card = Scorecard(shrinkage=0).fit(frame, "bought")
    table = card.table().set_index("bin")
    # ln[(75/100)/(25/100)] = ln 3 for the fair, and the information value is 0.5·ln 3 twice.
    assert table.loc["fair", "woe"] == pytest.approx(np.log(3))
    assert table["iv"].sum() == pytest.approx(np.log(3))
    assert table.loc[["(other)", "(missing)"], "n"].tolist() == [0, 0]
    # Odds of 3 are log2(3)·20 points above 600; the weight is a little less than 1 (penalty).
    assert table.loc["fair", "points"] == pytest.approx(600 + 20 * np.log2(3), abs=1.5)
    found = card.points(pd.DataFrame({"source": ["fair", "web", "never seen", None]}))
    assert found.tolist() == table["points"].tolist()


@pytest.mark.data
def test_weights_of_telco(data_dir, golden):
    frame = pd.read_csv(data_dir / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")
    table = Scorecard(shrinkage=0).fit(frame, "Churn").table()
    source = "weights of evidence by their definition, from the counts of the file"
    contract = table[(table["column"] == "Contract") & (table["n"] > 0)]
    golden("churners by contract", ours=contract["events"].tolist(), published=[1655, 166, 48],
           source=source)  # fmt: skip
    golden("weight of evidence by contract", ours=contract["woe"].tolist(),
           published=[0.7245, -1.0453, -2.5173], tolerance=5e-5, source=source)  # fmt: skip
    iv = table.groupby("column")["iv"].sum()
    golden("information value of contract, internet service, gender",
           ours=iv[["Contract", "InternetService", "gender"]].tolist(),
           published=[1.2386, 0.6180, 0.0004], tolerance=5e-5, source=source)  # fmt: skip


@pytest.mark.data
def test_rounding_costs_telco_next_to_nothing(data_dir, golden):
    frame = pd.read_csv(data_dir / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")
    rows = np.random.default_rng(42).permutation(len(frame))
    train, test = frame.iloc[rows[:5_000]], frame.iloc[rows[5_000:]]
    card = Scorecard().fit(train, "Churn")
    exact = roc_auc_score(test["Churn"] == "Yes", card.predict_proba(test)[:, 1])
    rounded = roc_auc_score(test["Churn"] == "Yes", card.points(test))
    assert abs(exact - rounded) < 0.001
    golden("Telco AUC of a scorecard on a test part", ours=rounded, published=0.8454,
           tolerance=0.015, source="optbinning 1.0 scorecard, five folds")  # fmt: skip


def test_points_are_the_sum_over_columns_and_follow_the_log_odds():
    card, new = fitted(), leads(seed=1)
    assert (card.points_by_column(new).sum(axis=1) == card.points(new)).all()
    exact = 600 + 20 / np.log(2) * logit(card.predict_proba(new)[:, 1])
    n_columns = card.points_by_column(new).shape[1]
    assert abs(card.points(new) - exact).max() <= n_columns / 2
    other = fitted(high_score="unlikely", base_odds=2.0)
    flipped = 600 - 20 - 20 / np.log(2) * logit(other.predict_proba(new)[:, 1])
    assert abs(other.points(new) - flipped).max() <= n_columns / 2


def test_monotone_bins_go_one_way_where_asked():
    rng = np.random.default_rng(4)
    age = rng.uniform(0, 100, 3_000)
    left = rng.random(3_000) < 0.2 + 0.3 * (age > 40) - 0.1 * (age > 60) + 0.3 * (age > 80)
    frame = pd.DataFrame({"age": age, "left": left})

    def rates(**options):
        table = Scorecard(**options).fit(frame, "left").table()
        return table["rate"].dropna().to_numpy()

    free, one_way = rates(), rates(monotone="all")
    assert (np.diff(free) < 0).any()
    assert (np.diff(one_way) > 0).all()
    assert (rates(monotone=["age"]) == one_way).all()
    assert len(free) <= 6


def test_missing_and_unseen_have_a_bin_even_if_nothing_was_missing():
    frame = leads().dropna()
    card = fitted(frame)
    new = frame.head(1).assign(**{'visits "per" week': np.nan, "source": "new", "branch": 9})
    assert np.isfinite(card.predict_proba(new)).all()
    table = card.table().set_index(["column", "bin"])
    assert table.loc[('visits "per" week', "(missing)"), ["n", "woe"]].tolist() == [0, 0.0]
    assert np.isnan(table.loc[("source", "(other)"), "rate"])


def test_every_engine_gets_the_same_points(engine):
    card, new = fitted(), leads(n=40, seed=2).assign(id=range(40))
    scored = engine.columns(card.append_points(engine.make(new)))
    found = dict(zip(scored["id"], scored["score"], strict=True))
    assert [found[i] for i in range(40)] == card.points(new).tolist()


@pytest.mark.parametrize("engine_types", [True, False])
def test_sql_gives_the_same_points(engine_types):
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    preparation = TablePreparation(
        categorical=["branch"], missing_values={"source": ["fair "], "spend": ["n/a"],
                                                'visits "per" week': [3]}
    )  # fmt: skip
    card = fitted(preparation=preparation)
    new = leads(n=300, seed=3)
    new.loc[:20, "source"] = "it's new"
    new.loc[10:30, "branch"] = 77
    new.loc[5:9, "spend"] = "N/A"
    connection = duckdb.connect()
    connection.register("new_leads", new if engine_types else new.astype({"source": "category"}))
    connection.execute('CREATE TABLE "our leads" AS SELECT * FROM new_leads')
    connection.execute("UPDATE \"our leads\" SET \"visits \"\"per\"\" week\" = 'NaN'::DOUBLE "
                       "WHERE \"visits \"\"per\"\" week\" IS NULL")  # fmt: skip
    found = connection.sql(card.to_sql(table="our leads", score_col='the "score"')).df()
    assert found['the "score"'].tolist() == card.points(new).tolist()
    assert card.to_sql().count("CASE") == len(card.preparation_.plans_)


def test_json_brings_the_same_card_back(tmp_path):
    card, new = fitted(high_score="unlikely"), leads(n=50, seed=5)
    path = tmp_path / "card.json"
    text = card.to_json(path)
    for source in (text, path):
        back = Scorecard.from_json(source)
        assert (back.points(new) == card.points(new)).all()
        np.testing.assert_array_equal(back.predict_proba(new), card.predict_proba(new))
        pd.testing.assert_frame_equal(back.table(), card.table())
        assert back.to_sql() == card.to_sql()
        assert back.to_json() == text
    with pytest.raises(DataContractError, match="damaged"):
        Scorecard.from_json("{")
    with pytest.raises(UnreadableFileError):
        Scorecard.from_json(tmp_path / "no.json")


def test_few_events_per_column_are_warned_of():
    frame = leads(n=300)
    with pytest.warns(DataQualityWarning, match="fewer than 50 per column"):
        fitted(frame)


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="rarer outcome"):
        fitted(leads().assign(bought=np.arange(2_000) < 5))
    with pytest.raises(ValueError, match="points_to_double must be"):
        fitted(points_to_double=0)
    with pytest.raises(ColumnNotFoundError, match=r"monotone\[0\]"):
        fitted(monotone=["age"])
    with pytest.raises(ValueError, match="monotone must be one of"):
        fitted(monotone="yes")


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.none() | st.floats(-1e6, 1e6), min_size=40, max_size=80),
    new=st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=10),
)
@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_every_value_has_points(values, new):
    frame = pd.DataFrame({"x": np.array(values, float), "y": np.arange(len(values)) % 2})
    try:
        card = Scorecard().fit(frame, "y")
    except NotEnoughDataError:
        return  # all values are equal or missing
    rows = pd.DataFrame({"x": np.array(new, float)})
    assert set(card.points(rows)) <= set(card.table()["points"])


@pytest.fixture
def _small_tables_allowed(monkeypatch):
    monkeypatch.setattr(importlib.import_module("crmlytics.scoring.scorecard"), "_LEAST_ROWS", 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_small_tables_allowed")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [pytest.param(e, c, id=c.func.__name__) for e, c in estimator_checks_generator(Scorecard())],
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)
