"""What every way of recommending says: how good each item is for a basket, and why.

A level names `candidates` with their merits; `explain` tells the reasons of those chosen. Levels
stand in a chain: what the first leaves open, the next one fills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmlytics.basket._recommender_ranking import Candidates, Query

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Chosen(NamedTuple):
    """Items chosen for baskets: basket, item and merit of each pair."""

    query: Query
    row: Ints
    item: Ints
    merit: Floats


class Reasons(NamedTuple):
    """Why each chosen item was recommended: one entry per item.

    ``because[because_starts[i]:because_starts[i + 1]]`` are the items of the basket behind it.
    """

    score: Floats
    because_starts: Ints
    because: NDArray[np.int32]
    counts: Ints
    n: Ints
    p_value: Floats
    p_adjusted: Floats


class Level(Protocol):
    """One way of recommending, fitted."""

    @property
    def name(self) -> str:
        """The word by which a result calls it."""
        ...

    def steps_per_item(self) -> Ints:
        """How much work an item of a basket makes, to keep blocks small."""
        ...

    def candidates(self, query: Query, n: int) -> Candidates:
        """Items worth recommending, ordered by basket; each once, items of the basket or not.

        Where a basket has up to `n` other items already, `n` more must be among them.
        """
        ...

    def explain(self, chosen: Chosen) -> Reasons:
        """Reasons of each pair chosen."""
        ...

    def content(self) -> dict[str, Any]:
        """What to save, as plain lists and numbers."""
        ...
