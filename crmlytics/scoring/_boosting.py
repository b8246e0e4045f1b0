"""Many small trees, added slowly: for interactions that no additive model can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.scoring import _threads, _tree_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature

# One setting for all data: slow learning, small trees, large leaves. Library defaults lose to a
# plain logistic regression on common churn data and are badly calibrated.
_RATE, _TREES, _LEAVES, _L2, _LEAF_ROWS = 0.03, 300, 8, 5.0, 30
_BACKGROUND_ROWS = 16


class BoostingModel(NamedTuple):
    """Fitted trees, and some rows that stand for "everybody" in explanations."""

    trees: Any
    kind: str
    background: NDArray[np.float64]
    base: float

    #: Whether contributions and base add up to the margin: LightGBM's do (TreeSHAP).
    @property
    def additive(self) -> bool:
        """Whether contributions and base add up to the margin."""
        return self.kind == "lightgbm"

    def margin(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds of the outcome."""
        return self._of_matrix(_tree_codes.matrix(features))

    def contributions(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds that each feature adds: shape (n, features)."""
        columns = _tree_codes.matrix(features)
        if self.kind == "lightgbm":
            found: NDArray[np.float64] = np.asarray(self.trees.predict(columns, pred_contrib=True))
            return found[:, :-1]
        return self._by_replacement(columns)

    def _by_replacement(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean fall of the margin when the feature takes the values of the background rows."""
        margin = self._of_matrix(columns)
        found = np.empty(columns.shape)
        n, m = len(columns), len(self.background)
        for j in range(columns.shape[1]):
            others, share = np.unique(self.background[:, j], return_counts=True)
            replaced = np.repeat(columns, len(others), axis=0)
            replaced[:, j] = np.tile(others, n)
            without = self._of_matrix(replaced).reshape(n, -1) @ (share / m)
            found[:, j] = margin - without
        return found

    def _of_matrix(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.kind == "lightgbm":
            raw = self.trees.predict(columns, raw_score=True)
        else:
            raw = self.trees.decision_function(columns)
        return np.asarray(raw, np.float64)


def fit(
    features: Sequence[Feature], y: NDArray[np.float64], *, kind: str, n_threads: int, seed: int
) -> BoostingModel:
    """Fit scikit-learn's histogram boosting, or LightGBM with the same setting."""
    columns, coded = _tree_codes.matrix(features), _tree_codes.categories(features)
    fit_one = _fit_lightgbm if kind == "lightgbm" else _fit_sklearn
    trees = fit_one(columns, coded, y, n_threads, seed)
    rows = np.random.default_rng(seed).choice(
        len(columns), size=min(_BACKGROUND_ROWS, len(columns)), replace=False
    )
    model = BoostingModel(trees, kind, columns[np.sort(rows)], 0.0)
    return model._replace(base=_base(model, columns))


def _base(model: BoostingModel, columns: NDArray[np.float64]) -> float:
    if model.kind == "lightgbm":
        return float(model.trees.predict(columns[:1], pred_contrib=True)[0, -1])
    return float(model._of_matrix(model.background).mean())  # noqa: SLF001 (one file)


def _fit_sklearn(
    columns: NDArray[np.float64], coded: NDArray[np.bool_], y: NDArray[np.float64],
    n_threads: int, seed: int,
) -> Any:  # fmt: skip
    from sklearn.ensemble import HistGradientBoostingClassifier

    trees = HistGradientBoostingClassifier(
        learning_rate=_RATE, max_iter=_TREES, max_leaf_nodes=_LEAVES, l2_regularization=_L2,
        min_samples_leaf=_LEAF_ROWS, early_stopping=False, random_state=seed,
        categorical_features=coded if coded.any() else None,
    )  # fmt: skip
    with _threads.capped(n_threads):
        return trees.fit(columns, y)


def _fit_lightgbm(
    columns: NDArray[np.float64], coded: NDArray[np.bool_], y: NDArray[np.float64],
    n_threads: int, seed: int,
) -> Any:  # fmt: skip
    lightgbm: Any = checks.optional_module("lightgbm", needed_for="boosting='lightgbm'")
    data = lightgbm.Dataset(
        columns, label=y, categorical_feature=np.flatnonzero(coded).tolist(),
        params={"verbosity": -1},
    )  # fmt: skip
    options = {
        "objective": "binary", "learning_rate": _RATE, "num_leaves": _LEAVES, "lambda_l2": _L2,
        "min_data_in_leaf": _LEAF_ROWS, "num_threads": n_threads, "seed": seed, "verbosity": -1,
        "deterministic": True, "force_row_wise": True,
    }  # fmt: skip
    return lightgbm.train(options, data, num_boost_round=_TREES)
