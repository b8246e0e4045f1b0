"""Logistic regression on splines and levels: additive, so that every score can be taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.scoring import _linear_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature
    from crmlytics.scoring._linear_terms import LinearTerm

_PENALTY = 1.0
_NEWTON_MOST_COLUMNS = 400
_MOST_CELLS = 20_000_000  # 160 MB; beyond, zeros are not stored


class LogisticModel(NamedTuple):
    """Height of each column, and what each term adds on average."""

    terms: list[LinearTerm]
    heights: list[NDArray[np.float64]]
    averages: NDArray[np.float64]
    base: float

    @property
    def additive(self) -> bool:
        """Whether contributions and base add up to the margin."""
        return True

    def contributions(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds that each feature adds to those of the average: shape (n, features)."""
        parts = [
            _linear_terms.contribution(term, heights, feature) - average
            for term, heights, feature, average in zip(
                self.terms, self.heights, features, self.averages, strict=True
            )
        ]
        return np.column_stack(parts)

    def margin(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds of the outcome."""
        total = np.full(len(features[0].values), self.base)
        for term, heights, feature, average in zip(
            self.terms, self.heights, features, self.averages, strict=True
        ):
            total += _linear_terms.contribution(term, heights, feature) - average
        return total


def fit(features: Sequence[Feature], y: NDArray[np.float64]) -> LogisticModel:
    """Fit with an L2 penalty of 1/2 per squared height (C = 1), the intercept free."""
    from sklearn.linear_model import LogisticRegression

    terms = _linear_terms.learn(features)
    cells = len(y) * sum(term.width for term in terms)
    build = _linear_terms.sparse_matrix if cells > _MOST_CELLS else _linear_terms.matrix
    columns = build(terms, features)
    # Newton's steps are few and exact; they need the square of the number of columns.
    solver = "newton-cholesky" if columns.shape[1] <= _NEWTON_MOST_COLUMNS else "lbfgs"
    model = LogisticRegression(C=_PENALTY, solver=solver, max_iter=2_000).fit(columns, y)
    ends = np.cumsum([term.width for term in terms])[:-1]
    heights = np.split(model.coef_[0], ends)
    means = np.split(np.asarray(columns.mean(axis=0)).ravel(), ends)
    averages = np.array([h @ m for h, m in zip(heights, means, strict=True)])
    return LogisticModel(terms, heights, averages, float(model.intercept_[0] + averages.sum()))
