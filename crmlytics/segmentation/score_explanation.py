"""Why one customer has these scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FEATURES = ("recency", "frequency", "monetary")


class ScoreExplanation(NamedTuple):
    """Why one customer has these scores, as `RFMScorer.explain` found it.

    Attributes
    ----------
    features : DataFrame
        One row each for recency, frequency and monetary: ``value`` in its own unit, ``score``, and
        the interval of values ``above`` … ``up_to`` that has this score. With ``ties="r"`` the
        lower end belongs to the score and the upper does not, otherwise the other way round. An
        end is infinite at the edge of the grid and NaN with ``ties="rank"``, which has no cuts.
    rfm : str
        The three scores as a text.
    segment : str or None
        The segment, if a map was given.
    rule : str or None
        The rule of the map that put the customer there.
    """

    features: pd.DataFrame
    rfm: str
    segment: str | None
    rule: str | None


def feature_table(
    values: Mapping[str, float],
    scores: Mapping[str, int],
    cuts: Mapping[str, NDArray[np.float64]],
    n_bins: int,
) -> pd.DataFrame:
    """Each feature's value and score, between the cuts that gave it; no cuts, no interval."""
    bounds = [_bounds(name, scores, cuts, n_bins) for name in FEATURES]
    return pd.DataFrame(
        {
            "feature": FEATURES,
            "value": [values[name] for name in FEATURES],
            "score": [scores[name] for name in FEATURES],
            "above": [low for low, _ in bounds],
            "up_to": [high for _, high in bounds],
        }
    )


def _bounds(
    feature: str,
    scores: Mapping[str, int],
    cuts: Mapping[str, NDArray[np.float64]],
    n_bins: int,
) -> tuple[float, float]:
    if feature not in cuts:
        return float("nan"), float("nan")
    inner = cuts[feature]
    for outer in ("recency", "frequency"):  # nested cuts have an axis per feature before
        if inner.ndim > 1:
            inner = inner[scores[outer] - 1]
    ends = np.concatenate(([-np.inf], inner, [np.inf]))
    at = n_bins + 1 - scores[feature] if feature == "recency" else scores[feature]
    return float(ends[at - 1]), float(ends[at])
