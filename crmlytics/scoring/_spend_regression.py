"""Regression of spend on levels, with standard errors that hold whatever the spread of spend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from crmlytics._core import codes, notices
from crmlytics.errors import ConvergenceWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._levels import Levelled

Method = Literal["poisson", "log"]

_ALIASED = 1e-8
_STEPS, _TOLERANCE = 100, 1e-10


class Cells(NamedTuple):
    """Customers who agree in every characteristic: how many, their spend and its squares."""

    code: NDArray[np.int64]  # of shape (n_cells, n_characteristics)
    n: NDArray[np.float64]
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]  # sum of squares about the mean
    logs: NDArray[np.float64]  # sum of spend times its logarithm

    def where(self, held: NDArray[np.bool_]) -> Cells:
        """Return the cells held."""
        code, n, mean = self.code[held], self.n[held], self.mean[held]
        return Cells(code, n, mean, self.squares[held], self.logs[held])

    @property
    def grand_mean(self) -> float:
        """Mean spend of everybody."""
        return float(self.n @ self.mean / self.n.sum())


class Fit(NamedTuple):
    """Coefficients of the columns, their robust covariance, and the share of variance explained.

    `row` has the characteristic and the level of each column but the first. A coefficient that
    the data do not determine is NaN.
    """

    row: list[tuple[int, int]]
    beta: NDArray[np.float64]
    covariance: NDArray[np.float64]
    share: float


def cells_of(parts: Sequence[Levelled], spend: NDArray[np.float64]) -> Cells:
    """Merge customers alike; what regression needs of them is four numbers."""
    code = np.zeros(len(spend), np.int64)
    n = 1
    for part in parts:
        held, code = codes.numbered(code * len(part.levels) + part.code, n * len(part.levels))
        n = len(held)
    _, first = np.unique(code, return_index=True)
    size = np.bincount(code, minlength=n).astype(np.float64)
    mean = codes.totals(code, spend, n) / size
    squares = codes.totals(code, (spend - mean[code]) ** 2, n)
    levels = np.stack([part.code[first] for part in parts], axis=1)
    safe = np.where(spend > 0, spend, 1.0)
    return Cells(levels, size, mean, squares, codes.totals(code, spend * np.log(safe), n))


def fit(cells: Cells, parts: Sequence[Levelled], used: Sequence[int], method: Method) -> Fit:
    """Regress on the characteristics `used`."""
    row = [(i, k) for i in used for k in range(len(parts[i].levels)) if k != parts[i].base]
    design = np.column_stack(
        [np.ones(len(cells.n))] + [(cells.code[:, i] == k).astype(np.float64) for i, k in row]
    )
    active, kept = _estimable(design, cells, method)
    beta = np.full(design.shape[1], np.nan)
    covariance = np.full((design.shape[1],) * 2, np.nan)
    held = cells.where(active)
    found, fitted, inside = _solve(design[active][:, kept], held, method)
    beta[kept] = found
    covariance[np.ix_(kept, kept)] = inside
    never = _without_spend(design, cells) if method == "poisson" else np.zeros(len(beta), bool)
    beta[never] = -np.inf
    everywhere = np.zeros(len(cells.n))
    everywhere[active] = fitted
    return Fit(row, beta, covariance, _share(cells, everywhere, method))


def wald(found: Fit, characteristic: int) -> float:
    """P-value against "the levels of this characteristic do not differ"."""
    from scipy.special import chdtrc

    at = [
        1 + j
        for j, (i, _) in enumerate(found.row)
        if i == characteristic and np.isfinite(found.beta[1 + j])
    ]
    if not at:
        return float("nan")
    beta, inside = found.beta[at], found.covariance[np.ix_(at, at)]
    statistic = float(beta @ np.linalg.pinv(inside, hermitian=True) @ beta)
    return float(chdtrc(len(at), statistic))


def _without_spend(design: NDArray[np.float64], cells: Cells) -> NDArray[np.bool_]:
    """Levels of which nobody spends anything: their coefficient is minus infinity."""
    none: NDArray[np.bool_] = (design.T @ (cells.n * cells.mean) == 0) & (design.sum(axis=0) > 0)
    none[0] = False
    return none


def _estimable(
    design: NDArray[np.float64], cells: Cells, method: Method
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Cells that tell something, and columns that no earlier ones make up."""
    active = np.ones(len(cells.n), bool)
    if method == "poisson":
        none = _without_spend(design, cells)
        active &= ~(design[:, none] > 0).any(axis=1)
    held = design[active] * np.sqrt(cells.n[active])[:, None]
    basis: list[NDArray[np.float64]] = []
    kept = []
    for j in range(held.shape[1]):
        rest = held[:, j].copy()
        for _ in range(2):  # once more, for what rounding left
            for q in basis:
                rest -= q * (q @ rest)
        length = float(np.linalg.norm(rest))
        if length > _ALIASED * max(float(np.linalg.norm(held[:, j])), 1e-300) and length > 0:
            basis.append(rest / length)
            kept.append(j)
    return active, np.array(kept, np.int64)


def _solve(
    design: NDArray[np.float64], cells: Cells, method: Method
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients, fitted means and MacKinnon and White's HC3 covariance."""
    if method == "log":
        weighted = design * cells.n[:, None]
        solved = np.linalg.solve(weighted.T @ design, weighted.T @ cells.mean)
        beta: NDArray[np.float64] = np.asarray(solved, np.float64)
        fitted: NDArray[np.float64] = design @ beta
        slope: NDArray[np.float64] = np.ones(len(design))
    else:
        beta = _poisson(design, cells)
        fitted = slope = np.exp(design @ beta)
    bread = np.linalg.inv((design * (cells.n * slope)[:, None]).T @ design)
    leverage = slope * np.einsum("ij,jk,ik->i", design, bread, design)
    residual = cells.squares + cells.n * (cells.mean - fitted) ** 2
    # A cell of one customer can be fitted exactly: its residual says nothing.
    weight = residual / np.maximum(1.0 - leverage, 1e-12) ** 2 * (leverage < 1.0 - 1e-9)
    meat = (design * weight[:, None]).T @ design
    covariance: NDArray[np.float64] = np.asarray(bread @ meat @ bread, np.float64)
    return beta, fitted, covariance


def _poisson(design: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Newton's steps to the largest Poisson likelihood with a log link, halved where too long."""
    beta: NDArray[np.float64] = np.zeros(design.shape[1])
    beta[0] = np.log(cells.grand_mean)
    spent = cells.n * cells.mean
    reached = -np.inf
    step: NDArray[np.float64] = np.zeros(len(beta))
    for _ in range(_STEPS):
        linear = design @ beta
        fitted = cells.n * np.exp(linear)
        now = float(spent @ linear - fitted.sum())
        if not now >= reached - _TOLERANCE * abs(reached):
            step = step / 2
            beta = beta - step
            continue
        reached = now
        information = (design * fitted[:, None]).T @ design
        step = np.asarray(np.linalg.solve(information, design.T @ (spent - fitted)), np.float64)
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE:
            return beta
    notices.warn(
        f"the regression of spend did not converge in {_STEPS} steps, the last of which was "
        f"{np.abs(step).max():.2g}; leave out characteristics, or raise least_rows",
        ConvergenceWarning,
    )
    return beta


def _share(cells: Cells, fitted: NDArray[np.float64], method: Method) -> float:
    """Share of the variance (log) or of the deviance (Poisson) explained, between customers."""
    everybody = np.full(len(fitted), cells.grand_mean)
    left, total = (_unexplained(cells, means, method) for means in (fitted, everybody))
    return float(1.0 - left / total) if total > 0 else float("nan")


def _unexplained(cells: Cells, fitted: NDArray[np.float64], method: Method) -> float:
    if method == "log":
        return float(cells.squares.sum() + cells.n @ (cells.mean - fitted) ** 2)
    spent = cells.n * cells.mean
    logs = np.log(np.where(spent > 0, fitted, 1.0))
    return float(2.0 * (cells.logs.sum() - spent @ logs - (spent - cells.n * fitted).sum()))
