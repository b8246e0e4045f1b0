"""Counting by group in numpy, on ids turned into codes: the in-memory path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A table of all (group, value) cells beats sorting only while it is not much larger than the rows.
_CELLS_PER_ROW = 8
_MOST_CELLS = 2_000_000_000
# So many rows at a time stay in the processor's cache between two steps.
_AT_ONCE = 1 << 16


def factorise(ids: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    """Return each row's code and the distinct ids in ascending order."""
    if isinstance(ids.dtype, np.dtype) and ids.dtype.kind in "iu" and len(ids):
        values = ids.to_numpy()
        low = int(values.min())
        span = int(values.max()) - low + 1
        if span <= _CELLS_PER_ROW * len(values):
            return _numbered_ids(values, low, span)
    code, distinct = pd.factorize(ids)
    order = distinct.argsort()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[code] if len(code) else np.empty(0, np.int64), distinct.take(order)


def _numbered_ids(values: NDArray[Any], low: int, span: int) -> tuple[NDArray[np.int64], Any]:
    """Codes of whole numbers that lie close together: a table of all of them needs no hashing."""
    wide = values if values.dtype.itemsize == 8 else values.astype(np.int64)
    place = (wide - wide.dtype.type(low)).astype(np.int64, copy=False)
    occurs = np.zeros(span, bool)
    occurs[place] = True
    held = np.flatnonzero(occurs)
    distinct = pd.Index(held.astype(wide.dtype) + wide.dtype.type(low)).astype(values.dtype)
    code = place if len(held) == span else (np.cumsum(occurs) - 1)[place]
    return code, distinct


def totals(code: NDArray[np.int64], values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sum of the values of each group."""
    return np.bincount(code, weights=values, minlength=n).astype(np.float64, copy=False)


def numbered(cells: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells of 0 … n - 1 that occur, in order, and each row's place among them.

    One date of the year 1 makes a grid of weeks too large for any memory, yet few cells occur.
    """
    if n > max(_CELLS_PER_ROW * len(cells), 1_000_000):
        held, place = np.unique(cells, return_inverse=True)
        return held, place.astype(np.int64)
    occurs = np.bincount(cells, minlength=n) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[cells]


def ratio(above: NDArray[np.float64], below: NDArray[Any]) -> NDArray[np.float64]:
    """Quotients, undefined (NaN) where the denominator is 0."""
    quotient = np.full(len(above), np.nan)
    np.divide(above, below, out=quotient, where=np.asarray(below) != 0)
    return quotient


def last(code: NDArray[np.int64], values: NDArray[np.int64], n: int, *, empty: int) -> Any:
    """Largest value of each group, `empty` where it has none."""
    result = np.full(n, empty, np.int64)
    np.maximum.at(result, code, values)
    return result


def distinct_pairs(
    code: NDArray[np.int64], values: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct (group, value) pairs, ordered by group and then by value."""
    if not len(code):
        return code, values
    low, width = int(values.min()), int(values.max()) - int(values.min()) + 1
    cells = (int(code.max()) + 1) * width
    if cells <= min(_MOST_CELLS, _CELLS_PER_ROW * len(code)):
        seen = np.zeros(cells, bool)
        for at in range(0, len(code), _AT_ONCE):
            some = slice(at, at + _AT_ONCE)
            seen[code[some] * width + (values[some] - low)] = True
        pairs = np.flatnonzero(seen)
    else:
        # Half the bytes sort in half the time.
        key = code * width + (values - low)
        key = np.sort(key.astype(np.uint32) if cells <= 2**32 else key)
        pairs = key[np.concatenate(([True], key[1:] != key[:-1]))]
    group = (pairs // width).astype(np.int64, copy=False)
    value = pairs.astype(np.int64, copy=False) - group * width
    value += low
    return group, value
