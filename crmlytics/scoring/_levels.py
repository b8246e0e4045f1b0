"""Characteristics as levels: numbers in groups, rare names together, missing ones on their own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.scoring._raw_values import MISSING, RawColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

OTHER = "(other)"


class Levelled(NamedTuple):
    """One characteristic: the level of each row, the levels in order, and the one compared with."""

    name: str
    code: NDArray[np.int64]
    levels: list[str]
    base: int


def levelled(
    column: RawColumn, name: str, *, n_groups: int, least_rows: int, base: str | None
) -> Levelled:
    """Read the levels; the base is the lowest group of a number, the commonest name, or `base`."""
    if column.kind == "number":
        code, levels = _groups(column, n_groups)
    else:
        code, levels = _names(column, least_rows)
    size = np.bincount(code, minlength=len(levels))
    if base is not None:
        if base not in levels:
            raise ValueError(
                f"bases: {base!r} is no level of {name!r}; it has {', '.join(map(repr, levels))}"
            )
        return Levelled(name, code, levels, levels.index(base))
    if column.kind == "number":
        return Levelled(name, code, levels, 0)
    known = np.array([level not in (MISSING, OTHER) for level in levels])
    return Levelled(name, code, levels, int(np.argmax(np.where(known, size, 0))))


def cramers_v(a: Levelled, b: Levelled) -> float:
    """Association of two characteristics, 0 to 1."""
    width = len(b.levels)
    counts = np.bincount(a.code * width + b.code, minlength=len(a.levels) * width)
    table = counts.reshape(len(a.levels), width).astype(np.float64)
    if min(table.shape) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chi2 = float(((table - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / table.sum() / (min(table.shape) - 1)))


def _groups(column: RawColumn, n_groups: int) -> tuple[NDArray[np.int64], list[str]]:
    """Groups of about equal size, or a level per number where there are hardly more numbers."""
    values, gaps = column.values, column.missing
    distinct = np.unique(values[~gaps])
    if len(distinct) <= n_groups + 1:
        code = np.searchsorted(distinct, values)
        levels = _days(distinct) if column.dated else [f"{value:.15g}" for value in distinct]
    else:
        inner = np.quantile(values[~gaps], np.arange(1, n_groups) / n_groups)
        edges = np.unique(inner)
        edges = edges[edges < distinct[-1]]
        code = np.searchsorted(edges, values, side="left")
        held = np.unique(code[~gaps])
        code = np.searchsorted(held, code)
        levels = _spans(edges[held[:-1]], dated=column.dated)
    return _with_gaps(np.where(gaps, len(levels), code), levels, gaps)


def _spans(edges: NDArray[np.float64], *, dated: bool) -> list[str]:
    digits = next((k for k in range(3, 16) if _distinct(edges, k)), 15)
    told = _days(edges) if dated else [f"{edge:.{digits}g}" for edge in edges]
    between = [f"above {low} to {high}" for low, high in itertools.pairwise(told)]
    return [f"up to {told[0]}", *between, f"above {told[-1]}"]


def _days(values: NDArray[np.float64]) -> list[str]:
    return [str(np.datetime64(int(value // 1), "D")) for value in values]


def _distinct(edges: NDArray[np.float64], digits: int) -> bool:
    """Whether the edges stay what they are with so many digits, near enough to be read."""
    told = [float(f"{edge:.{digits}g}") for edge in edges]
    return len(set(told)) == len(edges) and bool(np.allclose(told, edges, rtol=0.005))


def _names(column: RawColumn, least_rows: int) -> tuple[NDArray[np.int64], list[str]]:
    gaps = column.missing
    known = pd.Series(column.values[~gaps], dtype=object)
    size = known.value_counts()
    own = sorted(size.index[size >= least_rows])
    place = pd.Index(own, dtype=object).get_indexer(pd.Index(column.values, dtype=object))
    levels = list(own)
    if len(own) < len(size):
        levels.append(OTHER)
    code = np.where(place < 0, len(own), place)
    return _with_gaps(np.where(gaps, len(levels), code), levels, gaps)


def _with_gaps(
    code: NDArray[np.int64], levels: list[str], gaps: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[str]]:
    return code.astype(np.int64), [*levels, MISSING] if gaps.any() else levels
