"""Minimise one function per series, all series at once: golden section and compass search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    #: From parameters (n_parameters, n_candidates, n_series) to losses (n_candidates, n_series).
    Loss = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_RATIO = (np.sqrt(5.0) - 1) / 2
#: A step must lower the loss by more than rounding does.
_BETTER = 1 - 1e-9


def golden_section(
    loss: Loss, grid: NDArray[np.float64], n_series: int, *, rounds: int = 18
) -> NDArray[np.float64]:
    """Best value of one parameter for each series, shape (n_series,).

    The best point of `grid` (ascending) and its neighbours bracket a minimum; each round shrinks
    the bracket by the golden ratio.

    References
    ----------
    Kiefer, J. (1953). Sequential minimax search for a maximum. Proceedings of the American
    Mathematical Society 4, 502-506.
    """

    def at(points: NDArray[np.float64]) -> NDArray[np.float64]:
        losses: NDArray[np.float64] = loss(points[None, None])[0]
        return losses

    first = _finite(loss(np.broadcast_to(grid[:, None], (len(grid), n_series))[None]))
    best = first.argmin(axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, len(grid) - 1)]
    left, right = high - _RATIO * (high - low), low + _RATIO * (high - low)
    at_left, at_right = at(left), at(right)
    for _ in range(rounds):
        lower = at_left <= at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        kept, at_kept = np.where(lower, left, right), np.where(lower, at_left, at_right)
        fresh = np.where(lower, high - _RATIO * (high - low), low + _RATIO * (high - low))
        at_fresh = at(fresh)
        left, right = np.where(lower, fresh, kept), np.where(lower, kept, fresh)
        at_left, at_right = np.where(lower, at_fresh, at_kept), np.where(lower, at_kept, at_fresh)
    middle = np.where(at_left <= at_right, left, right)
    at_best = np.take_along_axis(first, best[None], axis=0)[0]
    found: NDArray[np.float64] = np.where(
        np.minimum(at_left, at_right) < at_best * _BETTER, middle, grid[best]
    )
    return found


def compass(
    loss: Loss,
    starts: NDArray[np.float64],
    n_series: int,
    *,
    lower: Sequence[float],
    upper: Sequence[float],
    steps: Sequence[float],
    rounds: int,
) -> NDArray[np.float64]:
    """Best parameters for each series, shape (n_parameters, n_series).

    Each series starts from its best row of `starts` (n_starts, n_parameters) and looks one step up
    and down along every axis; it moves to the best neighbour if that is better, and else halves
    its steps.

    References
    ----------
    Kolda, T. G., Lewis, R. M. and Torczon, V. (2003). Optimization by direct search. SIAM Review
    45, 385-482.
    """
    shape = (starts.shape[1], len(starts), n_series)
    losses = _finite(loss(np.broadcast_to(starts.T[:, :, None], shape)))
    best = losses.argmin(axis=0)
    point: NDArray[np.float64] = starts[best].T.copy()
    at_point = np.take_along_axis(losses, best[None], axis=0)[0]
    low, high = (np.asarray(bound, float)[:, None, None] for bound in (lower, upper))
    directions = np.concatenate([np.diag(steps), -np.diag(steps)], axis=1)[:, :, None]
    reach = np.ones(n_series)
    for _ in range(rounds):
        neighbours = np.clip(point[:, None] + directions * reach, low, high)
        losses = _finite(loss(neighbours))
        best = losses.argmin(axis=0)
        at_best = np.take_along_axis(losses, best[None], axis=0)[0]
        moves = at_best < at_point * _BETTER
        found = np.take_along_axis(neighbours, best[None, None], axis=1)[:, 0]
        point = np.where(moves, found, point)
        at_point = np.where(moves, at_best, at_point)
        reach = np.where(moves, reach, reach / 2)
    return point


def _finite(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(losses), losses, np.inf)
