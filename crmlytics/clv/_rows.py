"""The columns that a likelihood needs, as arrays: read, weighted, and equal rows counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def read_columns(frame: object, columns: Mapping[str, str]) -> dict[str, Floats]:
    """Columns of a frame of any engine as finite floats; `columns` maps parameter to column."""
    checks.columns(frames.column_names(frame), columns)
    table = frames.collect(frames.lazy(frame, list(columns.values())))
    return {name: frames.finite(table, name) for name in dict.fromkeys(columns.values())}


def finite_floats(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Columns of one batch as floats, none missing or infinite."""
    result: dict[str, Floats] = {}
    for name, values in arrays.items():
        try:
            result[name] = np.asarray(values).astype(np.float64)
        except (TypeError, ValueError) as error:
            raise DataContractError(f"{name!r} must hold numbers") from error
        if bad := int((~np.isfinite(result[name])).sum()):
            raise DataContractError(
                f"{bad:,} of {len(values):,} values of {name!r} are missing or infinite"
            )
    return result


def read_weights(sample_weight: object, n_rows: int) -> Floats:
    """Return how many customers each row stands for; 1 where nothing is said."""
    if not n_rows:
        raise NotEnoughDataError("the frame is empty; at least 1 customer is needed")
    if sample_weight is None:
        return np.ones(n_rows)
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise ValueError(f"sample_weight must have {n_rows} values, got shape {weights.shape}")
    if bad := int((~np.isfinite(weights) | (weights < 0)).sum()):
        raise ValueError(
            f"sample_weight must be finite and at least 0; {bad:,} of {n_rows:,} values are not"
        )
    if not weights.sum() > 0:
        raise NotEnoughDataError("all values of sample_weight are 0")
    return weights


def compressed(rows: Rows, weights: Floats) -> tuple[Rows, Floats]:
    """Keep the distinct rows of positive weight with the weight of all that are equal.

    Left as they are where hardly any are equal, as with continuous times.
    """
    used = weights > 0
    if not used.all():
        rows, weights = {name: values[used] for name, values in rows.items()}, weights[used]
    key = distinct_key(list(rows.values()))
    if key is None:
        return rows, weights
    codes, first = key
    total = np.bincount(codes, weights=weights, minlength=len(first)).astype(np.float64)
    return {name: values[first] for name, values in rows.items()}, total


def per_distinct(compute: Callable[..., Floats], *columns: Floats) -> Floats:
    """``compute(*columns)``, evaluated once for equal rows where many are equal."""
    key = distinct_key(columns) if columns[0].ndim == 1 and len(columns[0]) > 100 else None
    if key is None:
        return compute(*columns)
    codes, first = key
    return compute(*(values[first] for values in columns))[codes]


def distinct_key(
    columns: Sequence[Floats],
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Number the distinct rows in the order of their values: (code of each row, a row of each).

    None where more than four rows in five are distinct.
    """
    n_rows = len(columns[0])
    codes, size = np.zeros(n_rows, dtype=np.int64), 1
    for values in columns:
        code, levels = pd.factorize(values, sort=True)
        if len(levels) > 0.8 * n_rows or size * len(levels) > 2**62:
            return None
        codes, size = codes * len(levels) + code, size * len(levels)
        if size > 2**40:
            codes, packed = pd.factorize(codes, sort=True)
            size = len(packed)
    codes, found = pd.factorize(codes, sort=True)
    if len(found) > 0.8 * n_rows:
        return None
    first = np.empty(len(found), dtype=np.int64)
    first[codes] = np.arange(n_rows)
    return codes, first


def per_count(
    compute: Callable[[Floats], Floats], x: Floats, parameters: Sequence[Floats | float]
) -> Floats:
    """``compute(x)`` for whole numbers, looked up in a table where that is shorter.

    `compute` may return one or several stacked arrays. `parameters` are those it uses: with a
    value per row there is no table.
    """
    if all(np.ndim(one) == 0 for one in parameters) and x.ndim == 1 and len(x) > 64:
        top = int(x.max())
        if 2 * top < len(x):
            return np.take(compute(np.arange(top + 1.0)), x.astype(np.intp), axis=-1)
    return compute(x)
