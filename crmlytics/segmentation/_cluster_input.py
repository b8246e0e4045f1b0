"""Columns of any frame, or an array, as the matrix that clustering works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import validate_data

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray


def is_frame(X: object) -> bool:
    """Whether `X` is a frame of an engine that we know, and not an array or a list."""
    try:
        frames.kind_of(X)
    except TypeError:
        return False
    return True


def chosen_columns(X: object, columns: Sequence[str] | None) -> list[str]:
    """Names of the columns to cluster by; all of them only if none looks like an id."""
    available = frames.column_names(X)
    if columns is None:
        for name in available:
            if str(name).casefold() == "id" or str(name).casefold().endswith("_id"):
                raise DataContractError(
                    f"the column {name!r} looks like an id, which says nothing about behaviour; "
                    "name the columns to cluster by in columns=[...]"
                )
        return available
    if isinstance(columns, str):
        raise TypeError(f"columns must be a list of names, got the text {columns!r}")
    checks.columns(available, {f"columns[{at}]": name for at, name in enumerate(columns)})
    if len(set(columns)) < len(columns) or not columns:
        raise ValueError(f"columns must name different columns, got {list(columns)!r}")
    return list(columns)


def matrix(
    estimator: Any, X: Any, columns: Sequence[str] | None, *, reset: bool
) -> NDArray[np.float64]:
    """Return the numbers of `X` as floats (rows, features), none missing; names are kept."""
    if not is_frame(X):
        values: NDArray[np.float64] = validate_data(estimator, X, dtype=np.float64, reset=reset)
        return values
    names = chosen_columns(X, columns)
    if frames.kind_of(X) == "pandas" and columns is None:
        named: NDArray[np.float64] = validate_data(estimator, X, dtype=np.float64, reset=reset)
        return named
    if reset:
        estimator.feature_names_in_ = np.array(names, dtype=object)
        estimator.n_features_in_ = len(names)
    else:
        same_columns(estimator, names)
    table = frames.collect(frames.lazy(X, names))
    return np.column_stack([frames.finite(table, name) for name in names])


def mixed(
    estimator: Any,
    X: Any,
    columns: Sequence[str] | None,
    categorical: Sequence[str],
    *,
    reset: bool,
) -> tuple[NDArray[np.float64], list[NDArray[Any]]]:
    """Return numbers (rows, features) and one array per column of categories."""
    if not categorical:
        numbers = matrix(estimator, X, columns, reset=reset)
        given = getattr(estimator, "feature_names_in_", None)
        names = [f"x{at}" for at in range(numbers.shape[1])] if given is None else list(given)
        _name(estimator, names, ())
        return numbers, []
    if not is_frame(X):
        raise TypeError("categorical names columns, so the data must be a frame, not an array")
    if isinstance(categorical, str):
        raise TypeError(f"categorical must be a list of names, got the text {categorical!r}")
    names = chosen_columns(X, columns)
    checks.columns(names, {f"categorical[{at}]": name for at, name in enumerate(categorical)})
    if reset:
        estimator.feature_names_in_ = np.array(names, dtype=object)
        estimator.n_features_in_ = len(names)
        _name(estimator, names, categorical)
    else:
        same_columns(estimator, names)
    table = frames.collect(frames.lazy(X, names))
    numeric = [name for name in names if name not in categorical]
    stacked = [frames.finite(table, name) for name in numeric]
    numbers = np.column_stack(stacked) if stacked else np.empty((len(table), 0))
    return numbers, category_arrays(table, [name for name in names if name in categorical])


def category_arrays(table: nw.DataFrame[Any], names: Sequence[str]) -> list[NDArray[Any]]:
    """Each column as an array of its values; whole numbers stay whole where some are missing."""
    arrays = []
    for name in names:
        column = table[name]
        missing = column.is_null().to_numpy()
        values = np.array(column.to_list(), dtype=object)
        values[missing] = None
        arrays.append(values)
    return arrays


def same_columns(estimator: Any, names: list[str]) -> None:
    """Refuse other columns than those fitted on."""
    known = list(getattr(estimator, "feature_names_in_", names))
    if known != names:
        raise DataContractError(f"fitted on the columns {known}, got {names}")


def _name(estimator: Any, names: Sequence[str], categorical: Sequence[str]) -> None:
    estimator._names = list(names)  # noqa: SLF001 (the estimator's own, kept for its tables)
    estimator._numeric_names = [name for name in names if name not in categorical]  # noqa: SLF001
    estimator._categorical_names = [name for name in names if name in categorical]  # noqa: SLF001
