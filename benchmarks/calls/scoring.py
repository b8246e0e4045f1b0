"""A scorecard of the Telco customers by us and by optbinning, five folds each."""

from __future__ import annotations


def _folds(arrays, make):
    import numpy as np
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    frame, y = _frame(arrays), arrays["y"]
    splits = list(StratifiedKFold(5, shuffle=True, random_state=42).split(y, y))

    def work():
        areas = []
        for train, test in splits:
            p = make(frame.iloc[train], y[train], frame.iloc[test])
            areas.append(roc_auc_score(y[test], p))
        return float(np.mean(areas))

    return {"": (work, lambda area: {"auc": area})}


def _frame(arrays):
    import pandas as pd

    return pd.DataFrame({name: values for name, values in arrays.items() if name != "y"})


def ours_scorecard(arrays):
    """Bins, weights of evidence, points."""
    from crmlytics.scoring import Scorecard

    return _folds(
        arrays, lambda train, y, test: Scorecard().fit(train, y).predict_proba(test)[:, 1]
    )


def optbinning_scorecard(arrays):
    """Its optimal bins, the same regression and scale."""
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    scale = {"pdo": 20, "odds": 1, "scorecard_points": 600}

    def fit_predict(train, y, test):
        texts = [name for name in train if train[name].dtype.kind not in "fiu"]
        card = Scorecard(
            BinningProcess(list(train), categorical_variables=texts),
            LogisticRegression(max_iter=1_000),
            scaling_method="pdo_odds", scaling_method_params=scale,
        )  # fmt: skip
        card.fit(train, y)
        return card.predict_proba(test)[:, 1]

    return _folds(arrays, fit_predict)
