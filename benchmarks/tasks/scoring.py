"""A scorecard against optbinning; a million rows with texts scored beside scikit-learn alone."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
import pandas as pd
from rivals import OURS, Rival, UnavailableError, call, save

from crmlytics.scoring import PropensityClassifier
from tasks.cases import Case, DisagreementError

OPTBINNING = Rival("optbinning", ("pandas<3", "optbinning>=1.0"))
_FILE = "telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv"


@functools.cache
def telco() -> pd.DataFrame:
    """The customers without their id, the total as a number: what both sides take."""
    named = os.environ.get("CRMLYTICS_DATA")
    path = Path(named or ".") / _FILE
    if not path.is_file():
        raise UnavailableError("needs the Telco file; set CRMLYTICS_DATA to its folder")
    frame = pd.read_csv(path).drop(columns="customerID")
    total = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    return frame.assign(TotalCharges=total)


@functools.cache
def telco_arrays():
    """The same customers where other processes can read them."""
    frame = telco()
    columns = {
        name: values.to_numpy() if values.dtype.kind in "fiu" else values.to_numpy(str)
        for name, values in frame.drop(columns="Churn").items()
    }
    return save(columns | {"y": (frame["Churn"] == "Yes").to_numpy(np.int64)})


def as_good(own: dict, other: dict | None) -> str:
    """Within 0.005 of its area under the curve."""
    if other is not None and own["auc"] < other["auc"] - 0.005:
        raise DisagreementError(f"AUC {own['auc']:.4f} against {other['auc']:.4f}")
    return f"AUC {own['auc']:.4f}" + (f" against {other['auc']:.4f}" if other else "")


@functools.lru_cache(maxsize=1)
def many_rows(n: int) -> pd.DataFrame:
    """The customers again and again."""
    frame = telco().drop(columns="Churn")
    return frame.iloc[np.arange(n) % len(frame)].reset_index(drop=True)


@functools.cache
def our_model() -> PropensityClassifier:
    """The spline logistic regression of the propensity engine."""
    return PropensityClassifier(model="logistic", calibrate="never", random_state=0).fit(
        telco(), "Churn"
    )


@functools.cache
def bare_pipeline():
    """The same recipe by hand, as one would write it with scikit-learn."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, SplineTransformer

    frame = telco().drop(columns="Churn")
    numbers = [name for name in frame if frame[name].dtype.kind in "fiu"]
    texts = [name for name in frame if name not in numbers]
    levels = OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist")
    splines = make_pipeline(
        SimpleImputer(strategy="median"), QuantileTransformer(n_quantiles=200, random_state=0),
        SplineTransformer(n_knots=5),
    )  # fmt: skip
    columns = make_column_transformer((levels, texts), (splines, numbers))
    return make_pipeline(columns, LogisticRegression(max_iter=2_000)).fit(frame, telco()["Churn"])


def same_scores(own: np.ndarray, other: np.ndarray | None) -> str:
    """Both probabilities, of nearly the same model: ours has a flag for a missing total."""
    if other is None:
        return ""
    apart = float(np.abs(own - other).mean())
    if apart > 0.005:
        raise DisagreementError(f"probabilities differ by {apart:.4f} on average")
    return f"probabilities differ by {apart:.4f} on average"


def cases(scale: float) -> list[Case]:
    """What is measured for `crmlytics.scoring`."""
    n = int(1_000_000 * scale)
    return [
        Case(
            "Scorecard, 5 folds", "Telco", 7_043,
            lambda: call(OURS, "scoring:ours_scorecard", telco_arrays(), repeat=2),
            "optbinning 1.0",
            lambda: call(OPTBINNING, "scoring:optbinning_scorecard", telco_arrays(), repeat=2),
            "CPU at most 1/3", 1, as_good,
        ),
        Case(
            "PropensityClassifier.predict_proba", "Telco rows repeated, texts", n,
            lambda: our_model().predict_proba(many_rows(n))[:, 1],
            "the scikit-learn pipeline alone",
            lambda: bare_pipeline().predict_proba(many_rows(n))[:, 1],
            "at most twice its time", 3, same_scores,
        ),
    ]  # fmt: skip
