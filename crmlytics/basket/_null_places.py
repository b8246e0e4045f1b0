"""How likely each item is in a basket of each size, if nothing else mattered.

The maximum-entropy model with the two margins of the data, basket sizes and item counts:
p(s, y) = 1 / (1 + exp(-α_s - β_y)), one α per size and one β per item (De Bie 2011). Items of
equal count share their β, so the fit has as many parameters as there are distinct margins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import notices
from crmlytics.errors import ConvergenceWarning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_MAX_STEPS = 200
_CLOSE = 1e-9  # of the margins, relative
_FAR = 40.0  # a parameter that is as good as infinite


class Places(NamedTuple):
    """The fitted model.

    `sizes` are the distinct basket sizes with their α; `beta` has an entry per item. Those of
    empty and full baskets and items are huge instead of infinite.
    """

    sizes: Ints
    alpha: Floats
    beta: Floats
    converged: bool


def fit_places(basket_sizes: Ints, item_counts: Ints) -> Places:
    """Fit α and β to both margins by Newton's method."""
    sizes, n_of_size = np.unique(basket_sizes, return_counts=True)
    levels, level, n_of_level = np.unique(item_counts, return_inverse=True, return_counts=True)
    sure = _certain(sizes, n_of_size, levels, n_of_level)
    alpha, beta, row, column = sure.alpha, sure.beta, sure.row, sure.column
    converged = True
    if row.any() and column.any():
        alpha[row], beta[column], converged = _newton(
            sizes[row] - sure.full_items, n_of_size[row],
            levels[column] - sure.full_baskets, n_of_level[column],
        )  # fmt: skip
    if not converged:
        notices.warn(
            f"the model of basket sizes did not reach the item counts in {_MAX_STEPS} steps; "
            "its expected counts are approximate",
            ConvergenceWarning,
        )
    return Places(sizes, alpha, beta[level], converged)


def probabilities(alpha: Floats, beta: Floats) -> Floats:
    """Chances 1 / (1 + exp(-α - β))."""
    from scipy.special import expit

    return np.asarray(expit(alpha + beta), float)


class _Certain(NamedTuple):
    """Margins that leave no choice, and which ones (`row`, `column`) leave some."""

    alpha: Floats
    beta: Floats
    row: NDArray[np.bool_]
    column: NDArray[np.bool_]
    full_items: int
    full_baskets: int


def _certain(sizes: Ints, n_of_size: Ints, levels: Ints, n_of_level: Ints) -> _Certain:
    """Set aside empty and full baskets and items, again and again, and give them a huge α or β.

    What is set aside later gets a smaller one, so that a basket that holds only the items that
    all hold (α very negative) still holds those (β more positive yet).
    """
    alpha, beta = np.zeros(len(sizes)), np.zeros(len(levels))
    row, column = np.ones(len(sizes), bool), np.ones(len(levels), bool)
    full_items = full_baskets = 0
    huge = 1e300
    while True:
        places, holders = sizes - full_items, levels - full_baskets
        no_row, no_column = row & (places <= 0), column & (holders <= 0)
        all_row = row & ~no_row & (places >= n_of_level[column].sum())
        all_column = column & ~no_column & (holders >= n_of_size[row].sum())
        if not (no_row | all_row).any() and not (no_column | all_column).any():
            return _Certain(alpha, beta, row, column, full_items, full_baskets)
        alpha[no_row], alpha[all_row] = -huge, huge
        beta[no_column], beta[all_column] = -huge, huge
        full_items += int(n_of_level[all_column].sum())
        full_baskets += int(n_of_size[all_row].sum())
        row, column = row & ~no_row & ~all_row, column & ~no_column & ~all_column
        huge /= 10.0


def _newton(
    sizes: Ints, n_of_size: Ints, levels: Ints, n_of_level: Ints
) -> tuple[Floats, Floats, bool]:
    n = n_of_size.sum()
    share = levels / n
    beta = np.log(share / (1.0 - share))
    alpha = np.log(sizes / (n_of_size @ sizes / n))
    goal = _log_likelihood(alpha, beta, sizes, n_of_size, levels, n_of_level)
    for _ in range(_MAX_STEPS):
        p = probabilities(alpha[:, None], beta)
        row_gap = n_of_size * (sizes - p @ n_of_level)
        column_gap = n_of_level * (levels - n_of_size @ p)
        if _met(row_gap, n_of_size * sizes) and _met(column_gap, n_of_level * levels):
            return alpha, beta, True
        step_a, step_b = _direction(p, row_gap, column_gap, n_of_size, n_of_level)
        scale = min(1.0, 5.0 / max(np.abs(step_a).max(), np.abs(step_b).max(), 1e-300))
        while True:
            new = (
                np.clip(alpha + scale * step_a, -_FAR, _FAR),
                np.clip(beta + scale * step_b, -_FAR, _FAR),
            )
            reached = _log_likelihood(*new, sizes, n_of_size, levels, n_of_level)
            if reached >= goal - 1e-9 * abs(goal) or scale < 1e-6:
                break
            scale /= 2.0
        alpha, beta, goal = *new, reached
    return alpha, beta, False


def _met(gap: Floats, target: NDArray[Any]) -> bool:
    return bool((np.abs(gap) <= _CLOSE * target).all())


def _direction(
    p: Floats, row_gap: Floats, column_gap: Floats, n_of_size: Ints, n_of_level: Ints
) -> tuple[Floats, Floats]:
    """Newton's step; β is eliminated, so that the system has a row per basket size."""
    spread = p * (1.0 - p) * n_of_size[:, None] * n_of_level
    rows, columns = spread.sum(axis=1), np.maximum(spread.sum(axis=0), 1e-300)
    reduced = np.diag(rows) - (spread / columns) @ spread.T
    # Adding to every α what is taken from every β changes nothing: the least step is taken.
    step_a = np.linalg.lstsq(reduced, row_gap - (spread / columns) @ column_gap, rcond=1e-12)[0]
    return step_a, (column_gap - spread.T @ step_a) / columns


def _log_likelihood(
    alpha: Floats, beta: Floats, sizes: Ints, n_of_size: Ints, levels: Ints, n_of_level: Ints
) -> float:
    total = n_of_size @ np.logaddexp(0.0, alpha[:, None] + beta) @ n_of_level
    return float(alpha @ (n_of_size * sizes) + beta @ (n_of_level * levels) - total)
