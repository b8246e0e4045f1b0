"""Counting ordered pairs without looking at each of them: the kernel of the concordance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Pairs(NamedTuple):
    """Weight of the pairs that each case is in, and of those that agree (a tie is half)."""

    agreeing: NDArray[np.float64]
    comparable: NDArray[np.float64]


def ranked_pairs(
    place: NDArray[np.int64], rank: NDArray[np.int64], weight: NDArray[np.float64]
) -> Pairs:
    """Compare each case of positive weight with every case of a later place.

    A pair agrees where the earlier case has the larger rank, and has the earlier one's weight. Two
    places differ first in one binary digit, so going through the digits meets each pair once: a
    sort per digit.
    """
    agreeing, comparable = np.zeros(len(place)), np.zeros(len(place))
    width = int(rank.max()) + 1 if len(rank) else 1
    for digit in range(int(place.max()).bit_length() if len(place) else 0):
        block = place >> (digit + 1)
        late = (place >> digit) & 1 == 1
        early = np.flatnonzero(~late & (weight > 0))
        later = np.flatnonzero(late)
        key = block * width + rank
        for mine, other, sign in ((later, early, 1), (early, later, -1)):
            share = weight[other] if sign == 1 else np.ones(len(other))
            own = np.ones(len(mine)) if sign == 1 else weight[mine]
            order = np.argsort(key[other], kind="stable")
            held = key[other][order]
            running = np.concatenate(([0.0], np.cumsum(share[order])))
            first = running[np.searchsorted(held, block[mine] * width)]
            last = running[np.searchsorted(held, (block[mine] + 1) * width)]
            below = running[np.searchsorted(held, key[mine], side="left")] - first
            above = last - running[np.searchsorted(held, key[mine], side="right")]
            everyone = last - first
            wins = above if sign == 1 else below
            agreeing[mine] += own * (wins + 0.5 * (everyone - above - below))
            comparable[mine] += own * everyone
    return Pairs(agreeing, comparable)
