"""One engine for churn, leads and response: chosen, calibrated, judged and explained."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.estimator_checks import estimator_checks_generator

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.scoring import PropensityClassifier, TablePreparation, _boosting

ADDITIVE = ("logistic", "scorecard")


def customers(n=600, seed=0, *, interaction=False):
    """Customers whose log-odds of leaving are known."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["monthly", "yearly"], n)
    calls = rng.poisson(2.0, n)
    age = rng.integers(18, 80, n).astype(float)
    age[rng.random(n) < 0.1] = np.nan
    truth = -1.0 + 0.8 * calls - 2.0 * (plan == "yearly")
    if interaction:
        truth = np.where((plan == "yearly") == (calls > 2), 2.0, -2.0)
    return pd.DataFrame(
        {
            "plan": plan,
            "calls": calls,
            "age": age,
            "since": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500, n), "D"),
            "left": rng.random(n) < expit(truth),
        }
    )


def fitted(frame=None, **options):
    options = {"model": "logistic", "random_state": 0} | options
    return PropensityClassifier(**options).fit(customers() if frame is None else frame, "left")


@pytest.fixture
def _few_trees(monkeypatch):
    """Where only the plumbing is tried, thirty trees are as good as three hundred."""
    monkeypatch.setattr(_boosting, "_TREES", 30)


@pytest.fixture(scope="module")
def churn():
    return fitted()


@pytest.mark.parametrize("model", ADDITIVE)
@pytest.mark.parametrize("calibrate", ["never", "sigmoid"])
def test_contributions_add_up_to_the_log_odds(model, calibrate):
    found = fitted(model=model, calibrate=calibrate)
    total = found.contributions(customers(seed=1)).sum(axis=1) + found.baseline_
    np.testing.assert_allclose(total, found.decision_function(customers(seed=1)), atol=1e-9)
    # The average customer learnt from stands at the baseline.
    assert abs(found.contributions(customers()).mean(axis=0)).max() < 1e-9


@pytest.mark.usefixtures("_few_trees")
def test_contributions_of_lightgbm_add_up_too():
    pytest.importorskip("lightgbm")
    found = fitted(model="boosting", boosting="lightgbm")
    total = found.contributions(customers(seed=1)).sum(axis=1) + found.baseline_
    np.testing.assert_allclose(total, found.decision_function(customers(seed=1)), atol=1e-9)


@pytest.mark.usefixtures("_few_trees")
def test_contributions_of_scikit_learns_trees_point_the_right_way():
    found = fitted(model="boosting", calibrate="never")
    rows = customers(seed=1)
    parts = dict(zip(found.contribution_columns_, found.contributions(rows).T, strict=True))
    assert (parts["plan"][rows["plan"] == "yearly"] < 0).all()
    assert (parts["plan"][rows["plan"] == "monthly"] > 0).all()
    assert np.corrcoef(parts["calls"], rows["calls"])[0, 1] > 0.8


def test_probabilities_are_those_of_the_truth():
    frame = customers(n=4_000)
    found = fitted(frame)
    new = customers(n=4_000, seed=5)
    truth = expit(-1.0 + 0.8 * new["calls"] - 2.0 * (new["plan"] == "yearly"))
    assert (
        abs(found.predict_proba(new)[:, 1] - truth).mean() < 0.045
    )  # two columns of noise among 4,000 rows
    assert found.beats_constant_


def test_auto_takes_the_simplest_that_is_as_good_and_trees_for_interactions():
    table = fitted(model="auto").candidates_.set_index("model")
    assert table.index.tolist() == ["scorecard", "logistic", "boosting"]
    assert table["behind"].min() == 0.0
    equal = table["behind"] <= table["se"]
    assert table["chosen"].idxmax() == equal.idxmax()
    crossed = fitted(customers(n=500, interaction=True), model="auto")
    assert crossed.model_ == "boosting"


def test_noise_does_not_beat_the_constant_and_says_so():
    rng = np.random.default_rng(2)
    frame = customers().assign(left=rng.random(600) < 0.4)
    with pytest.warns(DataQualityWarning, match="does not beat the base rate"):
        found = fitted(frame)
    assert not found.beats_constant_


def test_calibration_is_kept_only_where_unseen_rows_fit_better():
    assert fitted().calibration_ == (0.0, 1.0)
    # Boosted slowly and stopped early, trees are too timid where the truth is sharp.
    sharp = customers(n=800).assign(left=lambda f: (f["calls"] > 2) ^ (f["plan"] == "yearly"))
    found = fitted(sharp, model="boosting")
    assert found.calibration_.stretch > 1.0


def test_reasons_in_words_strongest_first(churn):
    new = pd.DataFrame({"plan": ["yearly", None], "calls": [0, 9], "age": [np.nan, 30.0],
                        "since": pd.to_datetime(["2023-05-01", "2024-01-01"])})  # fmt: skip
    found = churn.reasons(new, n=2)
    assert found.columns.tolist() == ["row", "rank", "column", "value", "contribution", "text"]
    assert found["row"].tolist() == [0, 0, 1, 1]
    assert found["rank"].tolist() == [1, 2, 1, 2]
    strength = found["contribution"].abs().to_numpy().reshape(2, 2)
    assert (strength[:, 0] >= strength[:, 1]).all()
    assert found["text"].iloc[2].startswith("calls = 9 (+")
    assert {"plan = yearly", "calls = 0"} == {text.split(" (")[0] for text in found["text"][:2]}
    every = churn.reasons(new, n=99)
    sums = every.groupby("row")["contribution"].sum() + churn.baseline_
    np.testing.assert_allclose(sums, churn.decision_function(new), atol=1e-9)
    assert every["value"][every["column"] == "age"].tolist() == ["(missing)", "30"]


def test_reasons_do_not_depend_on_the_order_of_columns():
    frame = customers()
    other = fitted(frame[["left", "since", "age", "plan", "calls"]])
    new = customers(n=5, seed=3)
    a, b = fitted(frame).reasons(new), other.reasons(new[["calls", "age", "since", "plan"]])
    assert a["text"].tolist() == b["text"].tolist()


def test_columns_that_say_the_same_are_one_reason():
    frame = customers().assign(minutes=lambda f: f["calls"] * 3.5)
    text = fitted(frame).reasons(frame.assign(calls=9, minutes=31.5).head(1), n=1)["text"].item()
    assert "calls = 9" in text
    assert "minutes = 31.5" in text


def test_every_engine_scores_alike(engine, churn):
    frame = customers(n=30, seed=4).drop(columns="left").assign(id=range(30))
    expected = churn.predict_proba(frame)[:, 1]
    scored = engine.columns(churn.append_scores(engine.make(frame), score_col="risk"))
    found = dict(zip(scored["id"], scored["risk"], strict=True))
    np.testing.assert_allclose([found[i] for i in range(30)], expected, atol=1e-12)
    reasons = engine.columns(churn.reasons(engine.make(frame), n=1, key_col="id"))
    assert sorted(reasons["id"]) == list(range(30))


def test_a_lazy_engine_is_fitted_by_the_name_of_the_outcome():
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    frame, connection = customers(), duckdb.connect()
    found = fitted(connection.from_df(frame))
    new = customers(seed=1)
    np.testing.assert_allclose(found.predict_proba(new), fitted(frame).predict_proba(new))


def test_an_engine_may_give_its_rows_in_another_order_each_time():
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    connection = duckdb.connect()
    connection.register("known", customers())
    shuffled = connection.sql("SELECT * FROM known ORDER BY random()")
    auc = fitted(shuffled).report_["value"].iloc[0]
    assert auc == pytest.approx(fitted().report_["value"].iloc[0], abs=0.02)


def test_batches_do_not_matter(churn):
    from crmlytics._core import batches

    frame = customers(n=50, seed=6).drop(columns="left")
    reading = churn.preparation_.reading_
    whole = churn.append_scores(frame)["probability"]
    parts = batches.map_batches(
        frame,
        lambda arrays: {"p": expit(churn._log_odds(reading.read_arrays(arrays)))},
        inputs=list(reading.schemas), outputs={"p": "float"}, batch_rows=7,
    )["p"]  # fmt: skip
    np.testing.assert_array_equal(whole, parts)


def test_groups_stay_together_and_their_column_is_no_feature():
    frame = pd.concat([customers().assign(customer=lambda f: f.index)] * 3)
    found = PropensityClassifier(model="logistic", random_state=0).fit(frame, "left", "customer")
    assert "customer" not in found.contribution_columns_
    folds = found.out_of_fold_.assign(customer=lambda f: frame["customer"].to_numpy()[f["row"]])
    assert (folds.groupby("customer")["fold"].nunique() == 1).all()


def test_a_splitter_decides_the_folds():
    class LaterOnly:
        def split(self, *_):
            yield np.arange(300), np.arange(400, 600)

    found = fitted(cv=LaterOnly(), calibrate="auto")
    assert found.out_of_fold_["row"].tolist() == list(range(400, 600))
    assert found.calibration_ == (0.0, 1.0)


@pytest.mark.usefixtures("_few_trees")
def test_the_same_seed_gives_the_same_model():
    a, b = (fitted(model="boosting", calibrate="never", cv=2) for _ in range(2))
    new = customers(seed=1)
    np.testing.assert_array_equal(a.predict_proba(new), b.predict_proba(new))


def test_degenerate_input_is_refused_by_name():
    frame = customers(n=100)
    with pytest.raises(NotEnoughDataError, match="all of the 100 outcomes are of one class"):
        fitted(frame.assign(left=True))
    five = np.arange(100) < 5
    with pytest.raises(NotEnoughDataError, match="5 of 100 rows have the rarer outcome; at least"):
        fitted(frame.assign(left=five))
    with pytest.raises(NotEnoughDataError):
        fitted(frame.iloc[:1])
    half = np.arange(100) < 50
    with pytest.raises(NotEnoughDataError, match="none of the 2 columns"):
        fitted(pd.DataFrame({"a": [None] * 100, "b": 1.0, "left": half}))
    with pytest.raises(DataContractError, match="3 of 100 outcomes are missing"):
        fitted(frame.assign(left=[None] * 3 + half.astype(float).tolist()[3:]))
    with pytest.raises(DataContractError, match="has 3 values, two are needed"):
        fitted(frame.assign(left=np.arange(100) % 3))
    with pytest.raises(ColumnNotFoundError, match="'lost' is not a column"):
        PropensityClassifier().fit(frame, "lost")
    with pytest.raises(ValueError, match="model must be one of"):
        fitted(model="forest")
    with pytest.raises(DataContractError, match="probability"):
        fitted().append_scores(frame.assign(probability=0.5))


def test_declared_columns_are_not_needed_to_score():
    frame = customers().assign(reason=lambda f: np.where(f["left"], "moved", "stays"))
    preparation = TablePreparation(known_after=["reason"])
    found = fitted(frame, preparation=preparation)
    assert found.predict(customers(n=3)).tolist() == fitted().predict(customers(n=3)).tolist()
    assert not hasattr(preparation, "columns_"), "the caller's preparation is not changed"


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_telco_as_exported(data_dir, golden):
    frame = pd.read_csv(data_dir / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")
    y = (frame["Churn"] == "Yes").to_numpy()
    found, areas = np.empty(len(y)), []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=42).split(frame, y):
        model = PropensityClassifier(model="logistic", cv=3, random_state=42)
        model.fit(frame.iloc[train], "Churn")
        found[test] = model.predict_proba(frame.iloc[test])[:, 1]
        areas.append(roc_auc_score(y[test], found[test]))
    source = "scikit-learn's quantile splines and logistic regression, same folds"
    golden("Telco AUC, mean of five folds", ours=np.mean(areas), published=0.8500,
           tolerance=0.0005, source=source)  # fmt: skip
    golden("Telco log-loss, pooled", ours=log_loss(y, found), published=0.4102,
           tolerance=0.0005, source=source)  # fmt: skip


@pytest.mark.data
def test_maven_deals_cannot_be_told_apart(data_dir):
    deals = pd.read_csv(data_dir / "maven_crm_sales" / "sales_pipeline.csv")
    closed = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    features = closed.drop(columns=["close_date", "close_value"])
    with pytest.warns(DataQualityWarning, match=r"does not beat the base rate of 63\.2%"):
        found = PropensityClassifier(model="logistic", random_state=42).fit(features, "deal_stage")
    assert not found.beats_constant_
    assert found.classes_.tolist() == ["Lost", "Won"]


@pytest.fixture
def _small_tables_allowed(monkeypatch):
    """Scikit-learn's checks fit on a dozen rows, which the library refuses."""
    module = importlib.import_module("crmlytics.scoring.propensity_classifier")
    monkeypatch.setattr(module, "_LEAST_ROWS", 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_small_tables_allowed")
@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(estimator, check, id=check.func.__name__)
        for estimator, check in estimator_checks_generator(
            PropensityClassifier(model="logistic", cv=2)
        )
    ],
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)
