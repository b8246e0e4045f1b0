"""Scores of rows by models that have not seen them, and how candidates compare by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from crmlytics.scoring import _features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature
    from crmlytics.scoring._folds import Split
    from crmlytics.scoring._raw_columns import RawTable
    from crmlytics.scoring.table_preparation import TablePreparation

    Fit = Callable[[Sequence[Feature], NDArray[np.float64]], "Model"]

#: Log-odds beyond which a loss is not counted further: a probability of one in a million.
_FARTHEST = float(np.log(1e6))


class Model(Protocol):
    """What every candidate can do once fitted."""

    @property
    def base(self) -> float:
        """Log-odds of the average."""

    @property
    def additive(self) -> bool:
        """Whether contributions and base add up to the margin."""

    def margin(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds of the outcome."""

    def contributions(self, features: Sequence[Feature]) -> NDArray[np.float64]:
        """Log-odds that each feature adds to those of the average: shape (n, features)."""


class TestRows(NamedTuple):
    """The tested rows of all folds one after the other.

    `constant` is the log-odds of the training part's rate; `group` numbers what belongs together.
    """

    row: NDArray[np.int64]
    fold: NDArray[np.int64]
    y: NDArray[np.float64]
    constant: NDArray[np.float64]
    group: NDArray[np.int64] | None


class Gain(NamedTuple):
    """Mean of paired differences, and its standard error."""

    mean: float
    se: float


def tested(
    splits: Sequence[Split], y: NDArray[np.float64], group: NDArray[np.int64] | None
) -> TestRows:
    """Describe the tested rows."""
    row = np.concatenate([test for _, test in splits])
    rates = [float(y[train].mean()) for train, _ in splits]
    sizes = [len(test) for _, test in splits]
    constant = np.repeat(np.log(rates) - np.log1p(-np.asarray(rates)), sizes)
    fold = np.repeat(np.arange(len(splits)), sizes)
    return TestRows(row, fold, y[row], constant, None if group is None else group[row])


def margins(
    fit: Fit,
    preparation: TablePreparation,
    table: RawTable,
    y: NDArray[np.float64],
    splits: Sequence[Split],
) -> NDArray[np.float64]:
    """Log-odds of the tested rows; levels, bins and heights learnt on the training part alone."""
    found = []
    for train, test in splits:
        rows = table.take(train)
        plans, _ = preparation.plan(rows)
        model = fit(_features.apply(plans, rows), y[train])
        found.append(model.margin(_features.apply(plans, table.take(test))))
    return np.concatenate(found)


def log_losses(margin: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loss of each row."""
    held = np.clip(margin, -_FARTHEST, _FARTHEST)
    found: NDArray[np.float64] = np.logaddexp(0.0, held) - y * held
    return found


def gain(differences: NDArray[np.float64], group: NDArray[np.int64] | None) -> Gain:
    """Mean of paired differences; rows of one group count as one observation for its error."""
    n, mean = len(differences), float(differences.mean())
    sums: NDArray[np.float64] = differences - mean
    if group is not None:
        place = np.unique(group, return_inverse=True)[1]
        sums = np.asarray(np.bincount(place, weights=sums), np.float64)
    size = len(sums)
    spread = float((sums**2).sum()) * size / max(size - 1, 1)
    return Gain(mean, float(np.sqrt(spread)) / n)
