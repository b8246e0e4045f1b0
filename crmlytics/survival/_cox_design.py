"""Columns as numbers for the Cox model: levels against the commonest, nothing said twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.errors import DataContractError
from crmlytics.survival import _hazard_classifier as hazards

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

_MISSING = "(missing)"
_DEPENDENT = 1e-8


class Term(NamedTuple):
    """A column of the design: a number (`level` None) or whether a name has the level."""

    column: str
    level: str | None

    @property
    def name(self) -> str:
        """What the table of coefficients calls it."""
        return self.column if self.level is None else f"{self.column} = {self.level}"


class Design(NamedTuple):
    """Terms kept, those dropped because others say the same, and the scale of each term kept."""

    terms: list[Term]
    dropped: list[str]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def matrix(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """Standardised columns of new rows; a level never seen counts as the commonest."""
        columns = [_column(features, term) for term in self.terms]
        raw = np.column_stack(columns) if columns else np.empty((len(features), 0))
        return (raw - self.mean) / self.spread


def design_of(features: pd.DataFrame) -> Design:
    """Decide on the terms, from left to right."""
    terms: list[Term] = []
    for name in features:
        if hazards.is_number(features[name]):
            terms.append(Term(str(name), None))
        else:
            counted = _names(features[name]).value_counts()
            levels = sorted(counted.index)
            common = max(levels, key=counted.to_dict().__getitem__)
            terms += [Term(str(name), level) for level in levels if level != common]
    columns = [_column(features, term) for term in terms]
    kept = _independent(columns)
    raw = np.column_stack([columns[i] for i in kept]) if kept else np.empty((len(features), 0))
    return Design(
        terms=[terms[i] for i in kept],
        dropped=[term.name for i, term in enumerate(terms) if i not in kept],
        mean=raw.mean(axis=0),
        spread=raw.std(axis=0),
    )


def _column(features: pd.DataFrame, term: Term) -> NDArray[np.float64]:
    if term.level is not None:
        return (_names(features[term.column]) == term.level).to_numpy().astype(np.float64)
    values = hazards.numbers(features[term.column])
    if bad := int((~np.isfinite(values)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {term.column!r} are missing or infinite; fill "
            "them, or use DiscreteTimeHazard, whose classifier takes missing values"
        )
    return values


def _names(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.astype(object).where(column.notna(), _MISSING).astype(str)


def _independent(columns: Sequence[NDArray[np.float64]]) -> list[int]:
    """Places of the columns that no combination of earlier ones and a constant gives."""
    basis: list[NDArray[np.float64]] = []
    kept = []
    for place, column in enumerate(columns):
        rest = column - column.mean()
        size = float(np.linalg.norm(rest))
        for _ in range(2):  # twice is enough (Kahan), for orthogonality to rounding
            for each in basis:
                rest = rest - (each @ rest) * each
        left = float(np.linalg.norm(rest))
        if size > 0 and left > _DEPENDENT * size:
            basis.append(rest / left)
            kept.append(place)
    return kept
