"""driver_table: by hand, planted truth, Telco with noise, engines and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.scoring import driver_table, plot_drivers


def linear():
    texts = make_column_selector(dtype_exclude="number")
    numbers = make_column_selector(dtype_include="number")
    encoded = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), texts), (StandardScaler(), numbers)
    )
    return make_pipeline(encoded, LogisticRegression(solver="newton-cholesky"))


def prospects(n=1500, seed=0):
    """Visits and source decide; budget and its copy say one thing; hour and digit say nothing."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "hour": rng.integers(0, 24, n).astype(float),
            "visits": rng.gamma(2.0, 2.0, n),
            "source": rng.choice(["web", "fair", "call"], n),
            "budget": rng.normal(0, 1, n),
            "digit": rng.choice(list("abcde"), n),
        }
    )
    frame["budget_usd"] = frame["budget"] * 1.1 + rng.normal(0, 0.02, n)
    logit = -2.0 + 0.4 * frame["visits"] + (frame["source"] == "fair") + 0.8 * frame["budget"]
    won = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)
    return frame, won


class Constant(ClassifierMixin, BaseEstimator):
    """Says 0.8 where `x` is 1, 0.3 elsewhere."""

    def fit(self, X, y):
        self.classes_, self.n_features_in_ = np.unique(y), X.shape[1]
        return self

    def predict_proba(self, X):
        p = np.where(X["x"] == 1, 0.8, 0.3)
        return np.column_stack((1 - p, p))


def test_importance_by_hand():
    frame = pd.DataFrame({"x": [1] * 40 + [0] * 60})
    y = np.array([1] * 30 + [0] * 10 + [1] * 10 + [0] * 50)
    row = driver_table(Constant().fit(frame, y), frame, y).iloc[0]
    own = -(30 * np.log(0.8) + 10 * np.log(0.2) + 10 * np.log(0.3) + 50 * np.log(0.7)) / 100
    # A shadow says "1" to two in five, whatever the outcome.
    hit = -(0.4 * np.log(0.8) + 0.6 * np.log(0.3))
    miss = -(0.4 * np.log(0.2) + 0.6 * np.log(0.7))
    assert row["importance"] == pytest.approx(0.4 * hit + 0.6 * miss - own)
    assert row["low"] < row["importance"] < row["high"]
    assert row["verdict"] == "keep"


def test_planted_truth():
    X, won = prospects(4000)
    table = driver_table(linear(), X, won, folds=3, random_state=0).set_index("column")
    assert table.loc[["visits", "source"], "verdict"].tolist() == ["keep", "keep"]
    assert table.loc[["hour", "digit"], "verdict"].tolist() == ["ignore", "ignore"]
    pair = table.loc[["budget", "budget_usd"]].sort_values("importance", ascending=False)
    assert pair["verdict"].tolist() == ["keep", "redundant"]
    assert pair["twin"].iloc[1] == pair.index[0]
    assert pair["group"].nunique() == 1
    # Together they matter more than the one that the model leans on less.
    assert pair["group_importance"].iloc[0] > pair["importance"].iloc[1]
    assert table["n"].eq(4000).all()


def test_noise_is_seldom_kept():
    kept = 0
    for seed in range(8):
        X, _ = prospects(400, seed)
        y = np.random.default_rng(100 + seed).integers(0, 2, 400)
        model = linear().fit(X.iloc[:200], y[:200])
        table = driver_table(model, X.iloc[200:], y[200:], n_repeats=5, random_state=seed)
        kept += int((table["verdict"] == "keep").any())
    assert kept <= 2  # 5 % of 8 plus 3 standard errors


def test_a_column_filled_in_afterwards():
    X, won = prospects(600)
    told = np.where(np.random.default_rng(0).random(600) < 0.97, won, 1 - won)
    leaky = X.assign(tag=np.where(told == 1, "will come back", "closed"))
    table = driver_table(linear(), leaky, won, folds=2, random_state=0).set_index("column")
    assert table.loc["tag", "verdict"] == "suspect leak"
    assert table.loc["tag", "auc_alone"] > 0.9


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_the_lookup_of_levels_equals_permuting(seed):
    from crmlytics.scoring._permutations import Held, permuted

    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"x": rng.integers(0, 2, 60), "z": rng.normal(size=60)})
    y = (rng.random(60) < 0.3 + 0.4 * X["x"]).astype(float).to_numpy()
    held = Held(LogisticRegression().fit(X, y), X, y, 1.0)
    own = held.losses(X, y)
    looked_up = permuted(held, ["x"], own, n_repeats=10, rng=rng)
    slow = [held.losses(X.assign(x=rng.permutation(X["x"])), y).mean() for _ in range(200)]
    # Two means of 200 draws each, 4 standard errors apart at most.
    bound = 4 * np.sqrt((np.var(slow) + np.var(looked_up.shadows)) / 200)
    assert abs(np.mean(slow) - looked_up.shadows.mean()) < bound
    assert looked_up.rows.mean() == pytest.approx(np.mean(slow) - own.mean(), abs=bound)


@pytest.mark.data
def test_telco_with_noise_and_a_near_duplicate(data_dir):
    rows = pd.read_csv(data_dir / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")
    rng = np.random.default_rng(0)
    churned = (rows["Churn"] == "Yes").astype(int)
    X = rows.drop(columns=["customerID", "Churn"])
    X["TotalCharges"] = pd.to_numeric(X["TotalCharges"], errors="coerce").fillna(0.0)
    X = X.assign(Twin=X["MonthlyCharges"] + rng.normal(0, 0.5, len(X)))
    X = X.assign(**{f"noise {i}": rng.normal(size=len(X)) for i in range(5)})
    X = X.assign(**{f"noise {i}": rng.choice(list("abcd"), len(X)) for i in range(5, 10)})
    mixed = rng.permutation(len(X))
    train, test = mixed[:4930], mixed[4930:]
    model = linear().fit(X.iloc[train], churned.iloc[train])
    table = driver_table(model, X.iloc[test], churned.iloc[test], n_repeats=5, random_state=0)
    kept = set(table.loc[table["verdict"] == "keep", "column"])
    assert not {name for name in kept if name.startswith("noise")}
    assert {"tenure", "Contract"} <= kept
    assert len(kept) >= 8
    pair = table.set_index("column").loc[["MonthlyCharges", "Twin"]]
    assert sorted(pair["verdict"]) == ["keep", "redundant"]
    assert pair.loc[pair["verdict"] == "redundant", "twin"].item() in pair.index


def test_every_engine(engine):
    X, won = prospects(300)
    model = linear().fit(X, won)
    expected = driver_table(model, X, won, random_state=0)
    found = engine.columns(
        driver_table(model, engine.make(X.assign(won=won)), "won", random_state=0)
    )
    assert found["column"] == expected["column"].tolist()
    assert found["importance"] == pytest.approx(expected["importance"].tolist(), abs=1e-9)
    assert found["verdict"] == expected["verdict"].tolist()


def test_the_picture():
    X, won = prospects(300)
    table = driver_table(linear(), X, won, folds=2, random_state=0)
    ax = plot_drivers(table, most=3)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == table["column"][:3].tolist()


def test_bad_input_is_refused():
    X, won = prospects(100)
    model = linear().fit(X, won)
    with pytest.raises(TypeError, match="must have predict_proba"):
        driver_table(StandardScaler(), X, won)
    with pytest.raises(ColumnNotFoundError):
        driver_table(model, X, won, features=["visit"])
    with pytest.raises(DataContractError, match="outcomes are missing"):
        driver_table(model, X, np.where(won == 1, 1.0, np.nan))
    with pytest.raises(NotEnoughDataError, match="two are needed"):
        driver_table(model, X, np.zeros(100))
    with pytest.raises(NotEnoughDataError, match="folds=99 needs"):
        driver_table(model, X, won, folds=99)
    with pytest.raises(TypeError, match="a list of columns"):
        driver_table(model, X, won, features="visits")
    with pytest.raises(ValueError, match="n_repeats must be"):
        driver_table(model, X, won, n_repeats=2)
