"""Bins, their weights of evidence and a logistic regression on them: what a scorecard rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.scoring import _bins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._bins import Bins
    from crmlytics.scoring._features import Feature


class BinCounts(NamedTuple):
    """Rows and events of the bins of one feature, and the log-odds each bin adds."""

    bins: Bins
    n: NDArray[np.int64]
    events: NDArray[np.int64]
    woe: NDArray[np.float64]
    weight: float

    @property
    def heights(self) -> NDArray[np.float64]:
        """Log-odds that each bin adds."""
        return self.weight * self.woe

    @property
    def average(self) -> float:
        """Mean of the heights over the rows learnt from."""
        return float(self.heights @ self.n / self.n.sum())

    @property
    def information_value(self) -> NDArray[np.float64]:
        """Share of the information value that each bin adds: Σ is the column's."""
        others = self.n - self.events
        share = self.events / max(self.events.sum(), 1) - others / max(others.sum(), 1)
        found: NDArray[np.float64] = share * self.woe
        return found


class WoeModel(NamedTuple):
    """Binned features, their weights and the intercept."""

    columns: list[BinCounts]
    intercept: float

    @property
    def additive(self) -> bool:
        """Whether contributions and base add up to the margin."""
        return True

    @property
    def base(self) -> float:
        """Log-odds of the average."""
        return self.intercept + sum(column.average for column in self.columns)

    def contributions(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds that each feature adds to those of the average: shape (n, features)."""
        parts = [
            (column.heights - column.average)[_bins.assign(column.bins, feature)]
            for column, feature in zip(self.columns, features, strict=True)
        ]
        return np.column_stack(parts)

    def margin(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds of the outcome."""
        total = np.full(len(features[0].values), self.intercept)
        for column, feature in zip(self.columns, features, strict=True):
            total += column.heights[_bins.assign(column.bins, feature)]
        return total


def fit(
    features: Sequence[Feature],
    y: NDArray[np.float64],
    *,
    shrinkage: float,
    monotone: Callable[[str], bool] = lambda _: False,
) -> WoeModel:
    """Bin each feature, shrink the rates of its bins to the base rate, and weigh the columns."""
    from sklearn.linear_model import LogisticRegression

    base = float(y.mean())
    counted, columns = [], np.empty((len(y), len(features)))
    for j, feature in enumerate(features):
        bins = _bins.learn(feature, y, monotone=monotone(feature.raw))
        place = _bins.assign(bins, feature)
        n = np.bincount(place, minlength=bins.n)
        events = np.rint(np.bincount(place, weights=y, minlength=bins.n)).astype(np.int64)
        woe = weights_of_evidence(n, events, base=base, shrinkage=shrinkage)
        counted.append(BinCounts(bins, n, events, woe, 0.0))
        columns[:, j] = woe[place]
    model = LogisticRegression(C=1.0, solver="newton-cholesky").fit(columns, y)
    weighed = [column._replace(weight=float(weight))
               for column, weight in zip(counted, model.coef_[0], strict=True)]  # fmt: skip
    return WoeModel(weighed, float(model.intercept_[0]))


def weights_of_evidence(
    n: NDArray[np.int64], events: NDArray[np.int64], *, base: float, shrinkage: float
) -> NDArray[np.float64]:
    """Log of the bin's odds over the base odds, its rate shrunk as by `shrinkage` average rows.

    Without shrinkage this is ln[(b/B) / (g/G)] for b of B events and g of G others. A bin without
    rows has weight 0, as has one without shrinkage whose rows all have the same outcome.
    """
    size = n + shrinkage
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = (events + shrinkage * base) / size
        woe = np.log(rate / (1.0 - rate)) - np.log(base / (1.0 - base))
    return np.where(np.isfinite(woe), woe, 0.0)
