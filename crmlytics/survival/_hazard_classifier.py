"""The classifier of a discrete-time hazard where the caller brings none, and how one is fed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = "(missing)"
_RARE = 10
_KNOTS = 5


class PlainColumns(TransformerMixin, BaseEstimator):
    """Numbers and dates as numbers without gaps, an indicator of the gaps, and levels as codes.

    Which column is which, and its levels, are learnt in `fit`; a missing value is a level.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Note medians, which columns have gaps, and levels."""
        self.medians_ = {name: _median(numbers(X[name])) for name in X if is_number(X[name])}
        self.gaps_ = [name for name in self.medians_ if np.isnan(numbers(X[name])).any()]
        self.levels_ = {name: _levels(X[name]) for name in X if name not in self.medians_}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return a frame of numbers: whatever was not seen in `fit` has the code -1."""
        found: dict[Any, Any] = {}
        for name, median in self.medians_.items():
            values = numbers(X[name])
            found[name] = np.where(np.isnan(values), median, values)
            if name in self.gaps_:
                found[f"{name} is missing"] = np.isnan(values).astype(np.int64)
        for name, levels in self.levels_.items():
            code, own = pd.factorize(X[name].astype(object))
            place = levels.get_indexer(pd.Index([str(one) for one in own] + [MISSING]))
            found[name] = place[code]
        return pd.DataFrame(found, index=X.index)


def default_classifier(features: pd.DataFrame, period: str) -> Any:
    """Logistic regression: levels, numbers and the period as splines, a missing one its own level.

    Without features the hazard has a level per period, whose estimate is that of the life table.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

    if not list(features):
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(random_state=0)
    plain = PlainColumns().fit(features)
    smooth = [name for name in plain.medians_ if _varies(features[name])]
    curves = make_pipeline(
        StandardScaler(), SplineTransformer(_KNOTS, knots="quantile", extrapolation="linear")
    )
    levels = OneHotEncoder(min_frequency=_RARE, handle_unknown="infrequent_if_exist")
    encoded = ColumnTransformer(
        [
            ("curves", curves, [*smooth, period]),
            ("levels", levels, list(plain.levels_)),
            ("gaps", "passthrough", [f"{name} is missing" for name in plain.gaps_]),
        ]
    )
    # Few columns and many rows: Newton's steps are few, and each is a product of small matrices.
    return make_pipeline(PlainColumns(), encoded, LogisticRegression(solver="newton-cholesky"))


def fit(classifier: Any, X: pd.DataFrame, y: Any, weight: NDArray[np.int64]) -> Any:
    """Fit with the weights where the classifier takes them, and with repeated rows elsewhere."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    from crmlytics.survival._person_periods import repeated

    if (weight == 1).all():
        return classifier.fit(X, y)
    if isinstance(classifier, Pipeline):
        name, last = classifier.steps[-1]
        if has_fit_parameter(last, "sample_weight"):
            return classifier.fit(X, y, **{f"{name}__sample_weight": weight})
    elif has_fit_parameter(classifier, "sample_weight"):
        return classifier.fit(X, y, sample_weight=weight)
    return classifier.fit(*repeated(X, weight, y))


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers or moments; booleans are names."""
    kind = pd.api.types
    if kind.is_bool_dtype(column.dtype):
        return False
    return kind.is_numeric_dtype(column.dtype) or kind.is_datetime64_any_dtype(column.dtype)


def numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Return numbers; moments as days, missing ones as NaN."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        moments = pd.to_datetime(column, utc=True).dt.tz_localize(None)
        stamps = moments.to_numpy("datetime64[s]")
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 86_400)
    values: NDArray[np.float64] = column.to_numpy(np.float64, na_value=np.nan)
    return values


def _median(values: NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0


def _varies(column: pd.Series[Any]) -> bool:
    values = numbers(column)
    return len(np.unique(values[~np.isnan(values)])) > 1


def _levels(column: pd.Series[Any]) -> pd.Index[Any]:
    known = {str(one) for one in pd.unique(column.dropna().astype(object))}
    return pd.Index([*sorted(known - {MISSING}), MISSING], dtype=object)
