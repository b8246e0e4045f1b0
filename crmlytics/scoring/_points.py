"""Log-odds as whole points: each column's share of the score.

Siddiqi, N. (2006). Credit Risk Scorecards, chapter 6. Wiley.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._woe_model import BinCounts


class Scale(NamedTuple):
    """`base_score` points at `base_odds` to 1; `points_to_double` more double the odds.

    The odds are those of the event, or where `sign` is -1 of its absence.
    """

    points_to_double: float
    base_score: float
    base_odds: float
    sign: float

    @property
    def factor(self) -> float:
        """Points per unit of log-odds of the event."""
        return self.sign * self.points_to_double / float(np.log(2.0))

    @property
    def offset(self) -> float:
        """Points at log-odds 0."""
        return self.base_score - abs(self.factor) * float(np.log(self.base_odds))


def of_columns(
    columns: Sequence[BinCounts], intercept: float, scale: Scale
) -> list[NDArray[np.int64]]:
    """Whole points of each bin of each column: factor·(βw + α/K) + offset/K, rounded."""
    share = (scale.factor * intercept + scale.offset) / len(columns)
    return [np.rint(scale.factor * column.heights + share).astype(np.int64) for column in columns]
