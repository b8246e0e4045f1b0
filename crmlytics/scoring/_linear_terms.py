"""Features as columns for a linear model: a column per level, splines for numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.scoring import _splines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._features import Feature


class LinearTerm(NamedTuple):
    """The columns of one feature.

    A category has a column per code that occurred (`codes`). A number has its splines over the
    quantiles `cuts`, missing values taken as the `median`, and a column that says "missing" if any
    was.
    """

    name: str
    raw: str
    codes: NDArray[np.int64] | None
    cuts: NDArray[np.float64] | None
    median: float
    has_missing: bool

    @property
    def width(self) -> int:
        """How many columns."""
        if self.codes is not None:
            return len(self.codes)
        return _splines.N_BASES + self.has_missing


def learn(features: Sequence[Feature]) -> list[LinearTerm]:
    """Terms of the features as they are in the rows learnt from."""
    return [_learn_one(feature) for feature in features]


def _learn_one(feature: Feature) -> LinearTerm:
    if feature.levels is not None:
        occurs = np.bincount(feature.values, minlength=len(feature.labels)) > 0
        return LinearTerm(feature.name, feature.raw, np.flatnonzero(occurs), None, np.nan, False)
    present = feature.values[~np.isnan(feature.values)]
    missing = len(present) < len(feature.values)
    if not len(present):  # a part of the rows may lack what the whole has
        present = np.zeros(1)
    cuts, median = _splines.quantiles(present), float(np.median(present))
    return LinearTerm(feature.name, feature.raw, None, cuts, median, missing)


def names(term: LinearTerm, feature_labels: Sequence[str]) -> list[str]:
    """Names of the columns of one term."""
    if term.codes is not None:
        return [f"{term.name} = {feature_labels[code]}" for code in term.codes]
    splines = [f"{term.name}: spline {i}" for i in range(1, _splines.N_BASES + 1)]
    return splines + [f"{term.name}: missing"] * term.has_missing


def matrix(terms: Sequence[LinearTerm], features: Sequence[Feature]) -> NDArray[np.float64]:
    """All columns side by side: shape (n, sum of widths)."""
    n = len(features[0].values) if features else 0
    found = np.zeros((n, sum(term.width for term in terms)))
    start = 0
    for term, feature in zip(terms, features, strict=True):
        part = found[:, start : start + term.width]
        if term.codes is not None:
            part[:] = feature.values[:, None] == term.codes
        else:
            place, missing = _placed(term, feature.values)
            part[:, : _splines.N_BASES] = _splines.bases(place)
            if term.has_missing:
                part[:, -1] = missing
        start += term.width
    return found


def sparse_matrix(terms: Sequence[LinearTerm], features: Sequence[Feature]) -> Any:
    """Return the same columns without their zeros: a row has one per category, four per number."""
    from scipy import sparse

    parts = []
    for term, feature in zip(terms, features, strict=True):
        n = len(feature.values)
        if term.codes is not None:
            column = np.full(len(feature.labels), -1)
            column[term.codes] = np.arange(len(term.codes))
            place = column[feature.values]
            rows = np.flatnonzero(place >= 0)
            cells = (np.ones(len(rows)), (rows, place[rows]))
        else:
            placed, missing = _placed(term, feature.values)
            first, weights = _splines.weights_of(placed)
            columns = np.concatenate([first + k for k in range(4)])
            rows, values = np.tile(np.arange(n), 4), np.concatenate(weights)
            if term.has_missing:
                gone = np.flatnonzero(missing)
                rows, values = np.append(rows, gone), np.append(values, np.ones(len(gone)))
                columns = np.append(columns, np.full(len(gone), term.width - 1))
            cells = (values, (rows, columns))
        parts.append(sparse.csr_matrix(cells, shape=(n, term.width)))
    return sparse.hstack(parts, format="csr")


def contribution(
    term: LinearTerm, heights: NDArray[np.float64], feature: Feature
) -> NDArray[np.float64]:
    """Σ column × height of one term, without building its columns."""
    if term.codes is not None:
        # A code that never occurred adds nothing: it is as the average of all.
        of_code = np.zeros(len(feature.labels))
        of_code[term.codes] = heights
        found: NDArray[np.float64] = of_code[feature.values]
        return found
    place, missing = _placed(term, feature.values)
    total = _splines.curve(place, heights[: _splines.N_BASES])
    if term.has_missing:
        total += heights[-1] * missing
    return total


def _placed(
    term: LinearTerm, values: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    assert term.cuts is not None  # noqa: S101 (a number has them)
    missing = np.isnan(values)
    filled = np.where(missing, term.median, values) if missing.any() else values
    return _splines.to_quantile_scale(filled, term.cuts), missing
