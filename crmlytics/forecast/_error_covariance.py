"""Covariance of forecast errors over many series: shrunk correlations, scales without history."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A series that was never missed keeps its forecast, yet not with an infinite weight.
_SMALLEST = 1e-9
# Fewer residuals tell no variance.
_FEWEST = 3


class ErrorScales(NamedTuple):
    """Variance of each node's errors and whether its own residuals gave it."""

    variance: NDArray[np.float64]
    own: NDArray[np.bool_]


def error_scales(residuals: NDArray[np.float64], n_leaves: NDArray[np.float64]) -> ErrorScales:
    """Mean squares of the residuals [node, period]; those without any by structural scaling.

    Structural scaling takes the errors of all leaves for equal and independent, so that a sum's
    variance is in proportion to its leaves (Wickramasuriya, Athanasopoulos & Hyndman 2019).
    """
    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    square = np.where(known, residuals, 0.0) ** 2
    own = n >= _FEWEST
    variance = np.where(own, square.sum(axis=1) / np.maximum(n, 1), np.nan)
    per_leaf = float(np.mean(variance[own] / n_leaves[own])) if own.any() else 1.0
    per_leaf = per_leaf if per_leaf > 0 else 1.0
    variance = np.where(own, variance, per_leaf * n_leaves)
    return ErrorScales(np.maximum(variance, _SMALLEST * per_leaf * n_leaves), own)


def shrunk_correlation(residuals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations of the residuals [node, period], shrunk towards none as far as they are noise.

    Schaefer and Strimmer (2005), Statistical Applications in Genetics and Molecular Biology 4(1),
    32: the share λ = Σ Var(r_ij) / Σ r_ij² over all pairs. Pairs are taken where both are known;
    should that leave a matrix that is none of correlations, λ is raised until it is one.
    """
    z, known = _standardised(residuals)
    n = known.astype(np.float64) @ known.T.astype(np.float64)
    product = z @ z.T
    square = (z**2) @ (z**2).T
    enough = n >= _FEWEST
    safe = np.where(enough, n, 2.0)
    r = np.where(enough, product / safe, 0.0)
    np.clip(r, -1.0, 1.0, out=r)
    spread = np.where(enough, (square - product**2 / safe) / (safe * (safe - 1)), 0.0)
    apart = ~np.eye(len(r), dtype=bool)
    signal = float((r[apart] ** 2).sum())
    share = min(max(float(spread[apart].sum()) / signal, 0.0), 1.0) if signal > 0 else 1.0
    while share < 1.0:
        shrunk = (1 - share) * r
        np.fill_diagonal(shrunk, 1.0)
        # A complete panel shrunk at all has no eigenvalue below λ, and needs no look.
        if (enough.all() and (n == n[0, 0]).all() and share > 1e-8) or _positive(shrunk):
            return shrunk
        share = min(1.0, max(2 * share, 0.05))
    return np.eye(len(r))


def _standardised(
    residuals: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Residuals about their means in standard deviations, 0 where unknown or constant."""
    known = np.isfinite(residuals)
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    held = np.where(known, residuals, 0.0)
    centred = np.where(known, held - held.sum(axis=1, keepdims=True) / n, 0.0)
    sd = np.sqrt((centred**2).sum(axis=1, keepdims=True) / n)
    largest = np.abs(held).max(axis=1, keepdims=True, initial=0.0)
    z = np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 1e-12 * largest)
    return z, known


def _positive(matrix: NDArray[np.float64]) -> bool:
    return bool(np.linalg.eigvalsh(matrix)[0] > 1e-8)
