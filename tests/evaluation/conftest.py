"""The M3 competition's monthly series and the forecasts handed in, read once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def m3_monthly(data_dir):
    """History [series, period] with NaN in front, what came [series, 18], forecasts by method."""
    folder = data_dir / "m3_monthly"
    rows = pd.read_parquet(
        folder / "m3_monthly.parquet", columns=["unique_id", "split", "idx", "y"]
    )
    rows = rows.astype({"unique_id": str, "split": str})
    past = rows[rows["split"] == "train"].copy()
    last = past.groupby("unique_id")["idx"].transform("max")
    past["back"] = past["idx"].astype(int) - last.astype(int)
    train = past.pivot(index="unique_id", columns="back", values="y").to_numpy()
    later = rows[rows["split"] == "test"]
    step = later.groupby("unique_id")["idx"].rank().astype(int)
    actual = later.assign(h=step).pivot(index="unique_id", columns="h", values="y").to_numpy()
    handed_in = pd.read_parquet(folder / "m3_monthly_official_forecasts.parquet")
    handed_in = handed_in.astype({"unique_id": str, "method": str})
    models = {
        method: one.pivot(index="unique_id", columns="h", values="yhat").to_numpy()
        for method, one in handed_in.groupby("method")
    }
    assert np.isfinite(actual).all()
    return train, actual, models


@pytest.fixture(scope="session")
def scores() -> pd.DataFrame:
    """Outcomes and two scores of an invented contract base, golden/make_scores.py."""
    return pd.read_csv(GOLDEN / "scores.csv")


@pytest.fixture(scope="session")
def score_numbers() -> pd.DataFrame:
    """What other libraries say of these scores, golden/make_scores.py."""
    return pd.read_csv(GOLDEN / "score_numbers.csv").set_index(["score", "what"])


@pytest.fixture(scope="session")
def telco_scores(data_dir) -> tuple[np.ndarray, np.ndarray]:
    """Telco: churn, and out-of-fold scores of the reference page's spline logistic (7)."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, SplineTransformer

    (path,) = (data_dir / "telco_churn").glob("*.csv")
    table = pd.read_csv(path).drop(columns="customerID")
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    y = (table.pop("Churn") == "Yes").to_numpy().astype(int)
    numeric = ["tenure", "MonthlyCharges", "TotalCharges"]
    splines = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(n_quantiles=200),
        SplineTransformer(n_knots=5),
    )
    levels = OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist")
    texts = [name for name in table if name not in numeric]
    prepared = make_column_transformer((levels, texts), (splines, numeric))
    model = make_pipeline(prepared, LogisticRegression(C=1.0, max_iter=1000))
    folds = StratifiedKFold(5, shuffle=True, random_state=42)
    return y, cross_val_predict(model, table, y, cv=folds, method="predict_proba")[:, 1]
