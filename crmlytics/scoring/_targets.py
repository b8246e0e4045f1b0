"""The outcome: two classes, none missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.exceptions import DataConversionWarning

from crmlytics._core import checks, frames, notices
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Target(NamedTuple):
    """Outcomes as 0 and 1, the class that 1 stands for last, and the column's name if known."""

    values: NDArray[np.float64]
    classes: NDArray[Any]
    name: str | None


def column_or_array(X: Any, given: Any, parameter: str) -> tuple[NDArray[Any], str | None]:
    """Values of `given`: the name of a column of `X`, or one value per row."""
    if isinstance(given, str):
        checks.columns(frames.column_names(X), {parameter: given})
        table = frames.collect(frames.lazy(X, [given]))
        return frames.arrays(table)[given], given
    if isinstance(given, pd.Series):
        return given.to_numpy(), None if given.name is None else str(given.name)
    try:
        series = nw.from_native(given, series_only=True)
    except TypeError:
        return np.asarray(given), None
    return series.to_numpy(), series.name or None


def read(X: Any, y: Any, *, at_least: int) -> Target:
    """Read the outcome `y`, an array or the name of a column of `X`."""
    if y is None:
        raise ValueError("a propensity requires y to be passed, but the target y is None")
    values, name = column_or_array(X, y, "y")
    if values.ndim == 2 and values.shape[1] == 1:
        notices.warn(
            "A column-vector y was passed when a 1d array was expected",
            DataConversionWarning,
        )
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"y should be a 1d array, got the shape {values.shape}")
    codes, classes = pd.factorize(values, sort=True)
    if missing := int((codes < 0).sum()):
        raise DataContractError(
            f"{missing:,} of {len(codes):,} outcomes are missing (NaN); an outcome that is not "
            "known yet is no negative one: leave those rows out"
        )
    _refuse_other_counts(codes, classes, at_least)
    return Target(codes.astype(np.float64), np.asarray(classes), name)


def _refuse_other_counts(codes: NDArray[np.int64], classes: Any, at_least: int) -> None:
    n = len(codes)
    if len(classes) > 2:
        kind = "continuous" if getattr(classes, "dtype", None) == np.float64 else "multiclass"
        raise DataContractError(
            f"the outcome has {len(classes):,} values, two are needed. Unknown label type: {kind}. "
            "Only binary classification is supported."
        )
    if len(classes) < 2:
        raise NotEnoughDataError(f"all of the {n:,} outcomes are of one class; two are needed")
    if (rarer := int(np.bincount(codes).min())) < at_least:
        raise NotEnoughDataError(
            f"{rarer:,} of {n:,} rows have the rarer outcome; at least {at_least} of each of two "
            "are needed"
        )
