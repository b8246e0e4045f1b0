"""Sums over very many whole numbers of terms that change slowly, to the last digits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

_NODES = 16
_LEVELS = 50
_WIDTHS = 4.0  # a block is at most so many widths long


def smooth_sum(
    term: Callable[[Indices, Floats], Floats],
    *,
    first: float,
    width: Callable[[Indices, Floats], Floats],
    n_rows: int,
    last: Floats | None = None,
    peak: Floats | None = None,
) -> Floats:
    r"""Sum the terms of each row from n = `first` on, until nothing more comes.

    Parameters
    ----------
    term : callable
        Rows (m,) and n (m, nodes) → terms of at least 0, defined between whole numbers as well.
    first : float
        First n of all rows, 0 or 1.
    width : callable
        Rows and where they have got to → the length over which their terms change there.
    n_rows : int
        Number of sums.
    last : ndarray of shape (n_rows,), optional
        Last n of each row.
    peak : ndarray of shape (n_rows,), optional
        From here on the terms fall, so that they may be broken off; without it everywhere.

    Notes
    -----
    The first 16 terms are added one by one. Then come blocks of :math:`N = 16 \cdot 2^i` terms,
    no longer than what went before and than four widths. In a block stands, for the sum, a
    Gaussian rule of 16 nodes for sums, which is exact for polynomials of degree 31: its nodes are
    the zeros of the discrete Chebyshev (Gram) polynomial on 0, …, N - 1. So the cost grows with
    the logarithm of the number of terms.
    """
    nodes, weights = _rules()
    total, start = np.zeros(n_rows), np.full(n_rows, float(first))
    active = np.arange(n_rows) if last is None else np.flatnonzero(last >= first)
    while len(active):
        at, wide = start[active], width(active, start[active])
        room = np.minimum(at - first, _WIDTHS * wide)
        if last is not None:
            room = np.minimum(room, last[active] - at + 1.0)
        level = np.log2(np.clip(room / _NODES, 1.0, 2.0 ** (_LEVELS - 1))).astype(np.int64)
        n = at[:, None] + nodes[level]
        values = weights[level] * term(active, n)
        if last is not None:
            values = np.where(n <= last[active, None] + 0.5, values, 0.0)
        total[active] += values.sum(axis=1)
        start[active] = at = at + _NODES * 2.0**level
        # Falling terms: what is left is less than the last one times the way that it takes.
        left = values[:, -1] / weights[level, -1] * (at + 10.0 * wide)
        done = ~(left > 1e-17 * total[active])
        if peak is not None:
            done &= at > peak[active]
        if last is not None:
            done |= at > last[active]
        active = active[~done]
    return total


@functools.cache
def _rules() -> tuple[Floats, Floats]:
    """Nodes and weights of the rules for 16 · 2^i terms, of shape (levels, nodes)."""
    rules = [_gauss_for_sums(_NODES * 2.0**level) for level in range(_LEVELS)]
    return np.array([one[0] for one in rules]), np.array([one[1] for one in rules])


def _gauss_for_sums(n_terms: float) -> tuple[Floats, Floats]:
    """Golub and Welsch (1969) with the recurrence of the Gram polynomials."""
    i = np.arange(1.0, _NODES)
    beta = i**2 * (1.0 - (i / n_terms) ** 2) / (4.0 * (4.0 * i**2 - 1.0))
    spots, vectors = np.linalg.eigh(np.diag(np.sqrt(beta), 1) + np.diag(np.sqrt(beta), -1))
    return spots * n_terms + (n_terms - 1.0) / 2.0, n_terms * vectors[0] ** 2
