"""Covariates of customers that shift the logarithms of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

#: Covariates are kept among the rows under their column's name with this before it, so that a
#: column may serve both sides and never hide `x` or `T`.
PREFIX = "covariate "


class Effect(NamedTuple):
    """One coefficient: ln(parameter) of a customer changes by ``sign * coefficient * value``."""

    name: str
    parameter: str
    column: str
    sign: int


class Design(NamedTuple):
    """From the unknowns (logarithms of parameters, then coefficients) to each row's parameters."""

    parameters: tuple[str, ...]
    effects: tuple[Effect, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the unknowns, in order."""
        return (*self.parameters, *(effect.name for effect in self.effects))

    def row_parameters(self, point: Floats, rows: Rows) -> tuple[Any, ...]:
        """Each parameter: a number, or an array where covariates shift it.

        A `point` of shape (n_unknowns, n_draws, 1) gives arrays of shape (n_draws, 1) or
        (n_draws, n_rows).
        """
        logs = {name: point[i] for i, name in enumerate(self.parameters)}
        for i, effect in enumerate(self.effects, start=len(self.parameters)):
            shift = effect.sign * point[i] * rows[PREFIX + effect.column]
            logs[effect.parameter] = logs[effect.parameter] + shift
        return tuple(np.exp(logs[name]) for name in self.parameters)

    def total_gradient(self, slopes: Floats, weights: Floats, rows: Rows) -> Floats:
        """Add up the slopes in each row's log-parameters, of shape (n_parameters, n_rows)."""
        result = np.empty(len(self.names))
        # Not by BLAS, whose threads cost more than these short sums.
        result[: len(self.parameters)] = np.einsum("ij,j->i", slopes, weights)
        for i, effect in enumerate(self.effects, start=len(self.parameters)):
            slope = slopes[self.parameters.index(effect.parameter)]
            result[i] = effect.sign * (slope * weights) @ rows[PREFIX + effect.column]
        return result

    def standardised(self, rows: Rows, weights: Floats) -> tuple[Rows, Floats]:
        """Rows with covariates of mean 0 and deviation 1, and the matrix that leads back.

        The matrix turns unknowns on the standardised scale into those on the scale of the columns.
        """
        back = np.eye(len(self.names))
        rows = dict(rows)
        spread: dict[str, tuple[float, float]] = {}
        for column in dict.fromkeys(effect.column for effect in self.effects):
            values = rows[PREFIX + column]
            mean = float(np.average(values, weights=weights))
            deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
            rows[PREFIX + column] = (values - mean) / deviation
            spread[column] = mean, deviation
        for i, effect in enumerate(self.effects, start=len(self.parameters)):
            mean, deviation = spread[effect.column]
            back[i, i] = 1.0 / deviation
            back[self.parameters.index(effect.parameter), i] = -effect.sign * mean / deviation
        return rows, back


def check_variation(rows: Rows, columns: Sequence[str], parameter: str) -> None:
    """Refuse covariates that are constant or sums of others: their coefficients are not unique."""
    if not columns:
        return
    matrix = np.column_stack([rows[PREFIX + column] for column in columns])
    centred = matrix - matrix.mean(axis=0)
    size = np.sqrt((centred**2).mean(axis=0))
    floor = 1e-10 * np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    for column, one in zip(columns, size <= floor, strict=True):
        if one:
            raise DataContractError(
                f"{parameter} names {column!r}, which is constant; a constant says nothing"
            )
    values = np.linalg.svd(centred / size, compute_uv=False)
    if values[-1] <= 1e-8 * values[0]:
        raise DataContractError(
            f"{parameter} names columns of which one is a sum of multiples of the others "
            "(such as all dummies of one category); leave one out"
        )
