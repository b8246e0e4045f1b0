"""Who gets which lead: the plan of most value, on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def dealt(value: NDArray[np.float64], capacity: NDArray[np.int64]) -> NDArray[np.int64]:
    """Owner of each lead, -1 for nobody: the best leads, dealt to and fro among the owners.

    Owners are alike, so that the leads of most value make the most of the capacity. They are dealt
    in rounds, every second one backwards; whoever is full drops out.
    """
    owner = np.full(len(value), -1, np.int64)
    best = np.lexsort((np.arange(len(value)), -value))
    best = best[value[best] > 0][: int(capacity.sum())]
    rounds = [np.flatnonzero(capacity > i) for i in range(int(capacity.max(initial=0)))]
    order = [who if i % 2 == 0 else who[::-1] for i, who in enumerate(rounds)]
    turns = np.concatenate(order) if order else np.empty(0, np.int64)
    owner[best] = turns[: len(best)]
    return owner


def transported(value: NDArray[np.float64], capacity: NDArray[np.int64]) -> NDArray[np.int64]:
    """Owner of each lead, -1 for nobody, where `value` of shape (n, owners) differs by owner.

    The transport problem: each lead to at most one owner, each owner at most so many leads, the
    sum of values as large as can be. Its matrix is totally unimodular, so that the corners which
    the simplex method visits are whole.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    n, owners = value.shape
    lead, who = np.nonzero(value > 0)
    plan = np.full(n, -1, np.int64)
    if not len(lead):
        return plan
    pairs, ones = np.arange(len(lead)), np.ones(len(lead))
    limits = csr_matrix(
        (np.tile(ones, 2), (np.concatenate((lead, n + who)), np.tile(pairs, 2))),
        shape=(n + owners, len(lead)),
    )
    most = np.concatenate((np.ones(n), capacity.astype(np.float64)))
    solved = linprog(
        -value[lead, who], A_ub=limits, b_ub=most, bounds=(0.0, 1.0), method="highs-ds"
    )
    if solved.status != 0:
        raise RuntimeError(f"the solver of the transport problem stopped: {solved.message}")
    chosen = solved.x > 0.5
    plan[lead[chosen]] = who[chosen]
    return plan
