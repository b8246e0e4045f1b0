"""Recommendations gathered level after level, and written as a table."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.basket import _rows
from crmlytics.basket._recommender_levels import Chosen, Reasons
from crmlytics.basket._recommender_ranking import (
    Query,
    best,
    blocks,
    popularity_order,
    position_in_row,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.basket._recommender_levels import Level
    from crmlytics.basket._recommender_queries import Asked

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_BACKENDS = ("pandas", "polars", "pyarrow")


class Found(NamedTuple):
    """Items recommended, by row and then best first, with the number of the level and why."""

    row: Ints
    item: Ints
    level: Ints
    reasons: Reasons
    names: tuple[str, ...]


def chained(levels: Sequence[Level], query: Query, n: int, counts: Ints) -> Found:
    """Take the best of each level in turn, until a row has `n` items.

    Ties go to the item with the larger of the `counts`, then to the first name.
    """
    steps = np.sum([level.steps_per_item() for level in levels], axis=0)
    order = popularity_order(counts)
    parts = [
        _moved(part, start)
        for start, block in blocks(query, steps)
        for part in _of_block(levels, block, n, order)
    ]
    return _joined(parts, tuple(level.name for level in levels))


def _of_block(
    levels: Sequence[Level], block: Query, n: int, order: Ints
) -> list[tuple[Ints, Ints, Ints, Reasons]]:
    taken = np.zeros((block.n_rows, block.n_items), bool)
    taken[block.rows, block.indices] = True
    found = np.zeros(block.n_rows, np.int64)
    parts = []
    for number, level in enumerate(levels):
        short = np.flatnonzero(found < n)
        if not len(short):
            break
        some = block if len(short) == block.n_rows else _chosen(block, short)
        likely = level.candidates(some, n)
        free = ~taken[short[likely.row], likely.item]
        row, item, merit = best(likely.taken(free), n, order)
        # A row that has some already takes only as many as it lacks.
        wanted = position_in_row(row) < n - found[short][row]
        row, item = row[wanted], item[wanted]
        reasons = level.explain(Chosen(some, row, item, merit[wanted]))
        place = short[row]
        parts.append((place, item, np.full(len(row), number), reasons))
        taken[place, item] = True
        found += np.bincount(place, minlength=block.n_rows)
    return parts


def _chosen(block: Query, rows: Ints) -> Query:
    indptr, lines = _rows.take_rows(block.indptr, rows)
    return Query(indptr, block.indices[lines], block.n_items)


def _moved(part: tuple[Ints, Ints, Ints, Reasons], start: int) -> tuple[Ints, Ints, Ints, Reasons]:
    row, *rest = part
    return (row + start, *rest)  # type: ignore[return-value]


def _joined(parts: list[tuple[Ints, Ints, Ints, Reasons]], names: tuple[str, ...]) -> Found:
    """All parts in one, ordered by row and level; within those the order is right already."""
    none = np.empty(0, np.int64)
    row, item, level = (
        np.concatenate([none, *(part[column] for part in parts)]) for column in range(3)
    )
    reasons = [part[3] for part in parts]
    sizes = np.concatenate([none, *(np.diff(one.because_starts) for one in reasons)])
    because = np.concatenate([np.empty(0, np.int32), *(one.because for one in reasons)])
    order = np.lexsort((level, row))
    starts = _rows.offsets(sizes)[:-1]
    lines = _rows.spans(starts[order], sizes[order])

    def column(name: str) -> NDArray[Any]:
        kind = np.int64 if name in ("counts", "n") else np.float64
        held = np.concatenate([np.empty(0, kind), *(getattr(one, name) for one in reasons)])
        return held[order]

    return Found(
        row[order],
        item[order],
        level[order],
        Reasons(
            score=column("score"),
            because_starts=_rows.offsets(sizes[order]),
            because=because[lines],
            counts=column("counts"),
            n=column("n"),
            p_value=column("p_value"),
            p_adjusted=column("p_adjusted"),
        ),
        names,
    )


def as_frame(found: Found, asked: Asked, items: NDArray[np.object_], backend: str | None) -> Any:
    """Write the table that `BasketRecommender.recommend` describes."""
    reasons = found.reasons
    behind = items[reasons.because].tolist()
    ends = reasons.because_starts.tolist()
    because = [behind[a:b] for a, b in itertools.pairwise(ends)]
    columns: dict[str, NDArray[Any]] = {
        asked.key_name: asked.keys[found.row],
        "rank": position_in_row(found.row) + 1,
        "item": _names(items[found.item], items),
        "score": reasons.score,
        "method": np.array(found.names, object)[found.level],
        "because": np.fromiter(because, object, len(because)),
        "count": reasons.counts,
        "n": reasons.n,
        "p_value": reasons.p_value,
        "p_adjusted": reasons.p_adjusted,
    }
    return frames.from_arrays(columns, like=empty_frame(backend))


def _names(chosen: NDArray[np.object_], items: NDArray[np.object_]) -> NDArray[Any]:
    return chosen if len(items) and isinstance(items[0], str) else chosen.astype(np.int64)


def empty_frame(backend: str | None) -> Any:
    """Return an empty frame of the kind asked for."""
    kind = "pandas" if backend is None else checks.word("backend", backend, _BACKENDS)
    module = checks.optional_module(kind, needed_for=f"backend={kind!r}")
    return module.table({}) if kind == "pyarrow" else module.DataFrame()
