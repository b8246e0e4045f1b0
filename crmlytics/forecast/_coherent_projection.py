"""The least-squares projection of forecasts onto those that add up.

The sums are the rows of a constraint K y = 0, and ỹ = ŷ − W K'(K W K')⁻¹ K ŷ: equation 9 of
Wickramasuriya, Athanasopoulos & Hyndman (2019), which inverts a matrix of the size of the sums,
not of all nodes, and asks for no inverse of W.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rounds of fixing leaves at zero and letting them go again.
_MOST_ROUNDS = 50


class Projection:
    """Maps base forecasts to coherent ones under the error covariance W.

    Parameters
    ----------
    summing : sparse array of shape (n_nodes, n_leaves)
        Sums first, then the leaves.
    covariance : ndarray of shape (n_nodes,) or (n_nodes, n_nodes)
        W, or its diagonal.
    """

    def __init__(self, summing: Any, covariance: NDArray[np.float64]) -> None:
        from scipy import sparse

        n_sums = summing.shape[0] - summing.shape[1]
        self.summing, self.n_sums = summing, n_sums
        self.constraint = sparse.hstack([sparse.eye_array(n_sums), -summing[:n_sums]], format="csr")
        # Only ratios count: scaled, the smallest variances do not vanish.
        scale = float(np.mean(covariance if covariance.ndim == 1 else np.diag(covariance)))
        weight = covariance / scale
        self.weight = sparse.diags_array(weight) if weight.ndim == 1 else weight

    def leaves(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reconciled leaves [leaf, date] of base forecasts [node, date]."""
        return self._projected(self.constraint, base)[0][self.n_sums :]

    def non_negative_leaves(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reconciled leaves of which none is negative: least squares under that condition.

        Leaves that come out negative are fixed at zero and those whose price turns are let go
        (block pivoting), per date.
        """
        leaves = self.leaves(base)
        for date in np.flatnonzero((leaves < 0).any(axis=0)):
            leaves[:, date] = self._pivoted(base[:, [date]])
        return leaves

    def transform(self) -> NDArray[np.float64]:
        """Return the matrix [leaf, node] that makes reconciled leaves of base forecasts."""
        return self._projected(self.constraint, np.eye(self.summing.shape[0]))[0][self.n_sums :]

    def _projected(
        self, constraint: Any, base: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        spread = self.weight @ constraint.T  # W K'
        price = _solved(constraint @ spread, constraint @ base)
        return base - np.asarray(spread @ price), price

    def _pivoted(self, base: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy import sparse

        n_leaves = self.summing.shape[1]
        places = np.arange(n_leaves) + self.n_sums
        fixed = np.zeros(n_leaves, bool)
        projected, price = self._projected(self.constraint, base)
        leaves = projected[self.n_sums :]
        tolerance = 1e-10 * max(float(np.abs(base).max()), 1e-300)
        for round_number in range(_MOST_ROUNDS + n_leaves):
            negative = ~fixed & (leaves[:, 0] < -tolerance)
            released = np.zeros(n_leaves, bool)
            if fixed.any() and round_number < _MOST_ROUNDS:
                released[fixed] = price[self.n_sums :, 0] > tolerance
            if not negative.any() and not released.any():
                break
            fixed = (fixed | negative) & ~released
            held = places[fixed]
            rows = sparse.csr_array(
                (np.ones(len(held)), (np.arange(len(held)), held)),
                shape=(len(held), self.summing.shape[0]),
            )
            both = sparse.vstack([self.constraint, rows], format="csr")
            projected, price = self._projected(both, base)
            leaves = projected[self.n_sums :]
        return np.where(fixed, 0.0, np.maximum(leaves[:, 0], 0.0))


def _solved(matrix: Any, right: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy import linalg, sparse
    from scipy.sparse.linalg import splu

    if sparse.issparse(matrix):
        return np.asarray(splu(matrix.tocsc()).solve(np.ascontiguousarray(right)))
    return np.asarray(linalg.solve(matrix, right, assume_a="pos"))
