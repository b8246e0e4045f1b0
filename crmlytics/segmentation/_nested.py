"""Scores inside the scores above them: frequency within recency, money within both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics.segmentation import _grades

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Values = dict[str, "NDArray[np.float64]"]
Scores = dict[str, "NDArray[np.int64]"]
Side = Literal["left", "right"]


def thresholds(
    values: Values, n_bins: int, *, side: Side, given: Mapping[str, NDArray[np.float64]]
) -> Values:
    """Cut points of recency, of frequency per recency score, of money per pair of scores.

    A cell of nobody takes the cuts of the cell around it: next month somebody may be there.
    """
    shift = 1.0 if side == "right" else 0.0

    def cuts(feature: str, rows: NDArray[Any], around: NDArray[np.float64]) -> NDArray[np.float64]:
        if feature in given:
            return given[feature]
        held = values[feature][rows]
        return _grades.quantile_cuts(held, n_bins) + shift if len(held) else around

    everybody = np.ones(len(values["recency"]), bool)
    nothing = np.full(n_bins - 1, np.nan)
    recency = cuts("recency", everybody, nothing)
    r = n_bins + 1 - _score(recency, values["recency"], side)
    frequency = np.empty((n_bins, n_bins - 1))
    money = np.empty((n_bins, n_bins, n_bins - 1))
    all_frequency = cuts("frequency", everybody, nothing)
    all_money = cuts("monetary", everybody, nothing)
    for i in range(n_bins):
        in_r = r == i + 1
        frequency[i] = cuts("frequency", in_r, all_frequency)
        money_in_r = cuts("monetary", in_r, all_money)
        f = _score(frequency[i], values["frequency"], side)
        for j in range(n_bins):
            money[i, j] = cuts("monetary", in_r & (f == j + 1), money_in_r)
    return {"recency": recency, "frequency": frequency, "monetary": money}


def scores(values: Values, cuts: Values, *, side: Side) -> Scores:
    """Score each feature with the cut points of the cell that the features before it make."""
    n_bins = len(cuts["recency"]) + 1
    r = n_bins + 1 - _score(cuts["recency"], values["recency"], side)
    f = _score_rows(cuts["frequency"][r - 1], values["frequency"], side)
    m = _score_rows(cuts["monetary"][r - 1, f - 1], values["monetary"], side)
    return {"recency": r, "frequency": f, "monetary": m}


def rank_scores(values: Values, ids: NDArray[Any], n_bins: int) -> Scores:
    """Bins of equal size within each cell, ties broken by id."""
    r = n_bins + 1 - _grades.rank_scores(values["recency"], ids, n_bins)
    f = _ranked_within(r, values["frequency"], ids, n_bins)
    m = _ranked_within(r * (n_bins + 1) + f, values["monetary"], ids, n_bins)
    return {"recency": r, "frequency": f, "monetary": m}


def _ranked_within(
    cell: NDArray[np.int64], values: NDArray[np.float64], ids: NDArray[Any], n_bins: int
) -> NDArray[np.int64]:
    result = np.empty(len(values), np.int64)
    for one in np.unique(cell):
        rows = cell == one
        result[rows] = _grades.rank_scores(values[rows], ids[rows], n_bins)
    return result


def _score(cuts: NDArray[np.float64], values: NDArray[np.float64], side: Side) -> NDArray[np.int64]:
    return 1 + np.searchsorted(cuts, values, side=side).astype(np.int64)


def _score_rows(
    cuts: NDArray[np.float64], values: NDArray[np.float64], side: Side
) -> NDArray[np.int64]:
    """Score each value by the cuts in its own row."""
    above = cuts < values[:, None] if side == "left" else cuts <= values[:, None]
    return np.asarray(1 + above.sum(axis=1), np.int64)
