"""Rows of item codes: built from lines or lists, cut to some items or some rows."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

# CSR rows: where each begins, the codes, and the weights if there are any.
Rows = tuple["NDArray[np.int64]", "NDArray[np.int32]", "NDArray[np.float64] | None"]

_WIDEST = 2**63


def build(
    row: NDArray[np.int64],
    item: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    *,
    n_rows: int,
    n_items: int,
) -> Rows:
    """Sort lines by row and item, merge duplicates and sum their weights."""
    key = row * n_items + item
    if weights is None:
        # Half the bytes sort in half the time.
        key = np.sort(key.astype(np.uint32) if n_rows * n_items <= 2**32 else key)
        key = key[_first_of_runs(key)]
    else:
        order = np.argsort(key, kind="stable")
        first = _first_of_runs(key[order])
        if len(first) != int(first.sum()):
            # Floats add up alike in any order of the rows only if they are added in one order.
            order = np.lexsort((weights, key))
        key = key[order][first]
        starts = np.flatnonzero(first)
        weights = np.add.reduceat(weights[order], starts) if len(starts) else weights
    rows = (key // max(n_items, 1)).astype(np.int64)
    indices = (key - rows * n_items).astype(np.int32)
    return offsets(np.bincount(rows, minlength=n_rows)), indices, weights


def _first_of_runs(values: NDArray[Any]) -> NDArray[np.bool_]:
    first = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def offsets(sizes: NDArray[Any] | list[int]) -> NDArray[np.int64]:
    """Where each of the segments of these sizes begins, and where the last one ends."""
    result = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=result[1:])
    return result


def spans(starts: NDArray[Any], sizes: NDArray[Any]) -> NDArray[np.int64]:
    """All positions of segments given by their starts and sizes, one after the other."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    places: NDArray[np.int64] = np.repeat(starts - (ends - sizes), sizes)
    places += np.arange(total)
    return places


def from_lists(
    lists: Iterable[Collection[str] | Collection[int]],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.object_]]:
    """Rows and names from one collection of names per basket."""
    if not hasattr(lists, "__iter__"):
        raise TypeError(
            "lists must hold one list of item names per basket, such as [['bread', 'milk']], "
            f"got {type(lists).__name__}"
        )
    held = []
    for position, one in enumerate(lists):
        if isinstance(one, str | bytes) or not hasattr(one, "__iter__"):
            raise TypeError(
                f"each basket must be a collection of item names, the one at position {position} "
                f"is {type(one).__name__}; put single items in a list: [['bread'], …]"
            )
        held.append(list(one))
    sizes = np.fromiter((len(one) for one in held), np.int64, len(held))
    values = np.empty(int(sizes.sum()), object)
    values[:] = list(itertools.chain.from_iterable(held))
    code, names = coded_names(values, "lists")
    row = np.repeat(np.arange(len(held)), sizes)
    indptr, indices, _ = build(row, code, None, n_rows=len(held), n_items=len(names))
    return indptr, indices, names


def coded_names(
    values: NDArray[np.object_], what: str
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Code of each name and the distinct names in ascending order, checked."""
    if missing := int(pd.isna(values).sum()):
        raise DataContractError(
            f"{missing:,} of {len(values):,} items in {what} are missing; leave them out"
        )
    try:
        code, distinct = pd.factorize(values)
    except TypeError:  # what cannot be hashed is neither text nor a number
        plain_names(values, what)
        raise
    names = plain_names(distinct, what)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[code], names[order]


def plain_names(values: Any, what: str) -> NDArray[np.object_]:
    """Names as Python text or Python integers, refused if they are neither or both."""
    names = np.empty(len(values), object)
    names[:] = [value.item() if isinstance(value, np.generic) else value for value in values]
    kinds = {type(name) for name in names}
    if not kinds <= {str} and not kinds <= {int}:
        raise DataContractError(
            f"the items in {what} must be all text or all integers, they are "
            f"{', '.join(sorted(kind.__name__ for kind in kinds))}; turn them into text"
        )
    if kinds == {int} and (wide := sum(not -_WIDEST <= name < _WIDEST for name in names)):
        raise DataContractError(
            f"{wide:,} of {len(names):,} items in {what} are integers beyond 64 bits; "
            "turn them into text"
        )
    return names


def distinct_keys(distinct: Any) -> NDArray[Any]:
    """Distinct keys or names as integers or as Python texts, whatever array of them came."""
    if not pd.api.types.is_integer_dtype(distinct.dtype):
        return np.asarray(distinct, object)
    held = np.asarray(distinct)
    # Unsigned keys of the upper half would turn negative.
    return held if held.dtype == np.uint64 and (held >= _WIDEST).any() else held.astype(np.int64)


def codes_of(
    items: NDArray[np.object_], names: Iterable[object], parameter: str
) -> NDArray[np.int32]:
    """Codes of the items named; a single text is refused, for it is a list of letters, too."""
    if isinstance(names, str | bytes) or not hasattr(names, "__iter__"):
        raise TypeError(f"{parameter} must be a list of item names, got {type(names).__name__}")
    place = {name: code for code, name in enumerate(items)}
    wanted = list(names)
    unknown = [name for name in wanted if not isinstance(name, Hashable) or name not in place]
    if unknown:
        close = difflib.get_close_matches(str(unknown[0]), [str(one) for one in items], n=1)
        raise ValueError(
            f"{len(unknown):,} of {len(wanted):,} names in {parameter} are no items of these "
            f"baskets, such as {unknown[0]!r}{f'; did you mean {close[0]!r}?' if close else ''}"
        )
    return np.array([place[name] for name in wanted], np.int32)


def chosen(
    items: NDArray[np.object_],
    include: Iterable[object] | None,
    exclude: Iterable[object] | None,
) -> NDArray[np.bool_]:
    """Mark the items that are included and not excluded."""
    kept = np.full(len(items), include is None)
    if include is not None:
        kept[codes_of(items, include, "include")] = True
    if exclude is not None:
        kept[codes_of(items, exclude, "exclude")] = False
    return kept


def keep_items(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    weights: NDArray[np.float64] | None,
    kept: NDArray[np.bool_],
) -> Rows:
    """Rows over the items kept, recoded; rows that become empty stay."""
    recoded = (np.cumsum(kept) - 1).astype(np.int32)
    stays = kept[indices]
    return (
        offsets(stays)[indptr],
        recoded[indices[stays]],
        None if weights is None else weights[stays],
    )


def take_rows(
    indptr: NDArray[np.int64], rows: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets of the rows taken and the positions of their lines."""
    sizes = np.diff(indptr)[rows]
    return offsets(sizes), spans(indptr[:-1][rows], sizes)


def positions(rows: Any, n_rows: int) -> NDArray[np.int64]:
    """Positions of the rows that a mask or an array of positions chooses."""
    chosen_rows = np.asarray(rows)
    if chosen_rows.dtype == bool:
        if chosen_rows.shape != (n_rows,):
            raise ValueError(
                f"a mask of rows must have {n_rows:,} values, one per basket, it has "
                f"{chosen_rows.size:,}"
            )
        return np.flatnonzero(chosen_rows)
    if chosen_rows.size and chosen_rows.dtype.kind not in "iu":
        raise ValueError(
            f"rows must be a mask of truth values or positions, it holds {chosen_rows.dtype}"
        )
    if bad := int(((chosen_rows < 0) | (chosen_rows >= n_rows)).sum()):
        raise ValueError(
            f"{bad:,} of {chosen_rows.size:,} positions in rows are not from 0 to {n_rows - 1:,}"
        )
    return chosen_rows.astype(np.int64)
