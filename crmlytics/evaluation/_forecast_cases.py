"""What is scored: actuals, the forecasts of several models and the history, as aligned arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.evaluation._forecast_frames import read_frames
from crmlytics.evaluation.naive_benchmarks import as_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: Columns of one model: ``forecast``, ``low_80``, ``high_80`` … each [series, horizon].
Columns = dict[str, "NDArray[np.float64]"]


class Cases(NamedTuple):
    """Series (or series and origins) in the rows; steps ahead in the columns, NaN = not known.

    `train` ends with the period before the first step; `series` tells which rows are of one
    series; `like` is a frame of the kind that the result shall be.
    """

    actual: NDArray[np.float64]
    models: dict[str, Columns]
    train: NDArray[np.float64]
    series: NDArray[np.int64]
    like: Any


def read_cases(actual: Any, forecast: Any, train: Any, **names: Any) -> Cases:
    """Read arrays, or with frames the columns that `names` names."""
    if _is_array(actual):
        return _from_arrays(actual, forecast, train)
    by_model = forecast if isinstance(forecast, Mapping) else {"forecast": forecast}
    if not by_model:
        raise ValueError("forecast holds no model")
    cases = read_frames(actual, by_model, train, **names)
    return _checked(Cases(*cases, like=actual))


def _is_array(values: Any) -> bool:
    return isinstance(values, np.ndarray | list | tuple | pd.Series)


def _from_arrays(actual: Any, forecast: Any, train: Any) -> Cases:
    values = _rows("actual", actual)
    given = forecast if isinstance(forecast, Mapping) else {"forecast": forecast}
    models: dict[str, Columns] = {}
    for model, content in given.items():
        parts = content if isinstance(content, Mapping) else {"forecast": content}
        if "forecast" not in parts:
            raise ValueError("forecast holds a model without its key 'forecast'")
        models[str(model)] = {name: _rows("forecast", part) for name, part in parts.items()}
        for part in models[str(model)].values():
            if part.shape != values.shape:
                raise DataContractError(
                    f"actual has the shape {values.shape} and a forecast {part.shape}; "
                    "both are [series, horizon]"
                )
    history = _rows("train", _right_aligned(train))
    if len(history) != len(values):
        raise DataContractError(
            f"actual has {len(values):,} series and train {len(history):,}; "
            "row i of both is the same series"
        )
    return _checked(Cases(values, models, history, np.arange(len(values)), pd.DataFrame()))


def _rows(parameter: str, values: Any) -> NDArray[np.float64]:
    if not _is_array(values):
        raise TypeError(
            f"actual is an array, so {parameter} must be one, too, got {type(values).__name__}"
        )
    return as_rows(parameter, values)


def _right_aligned(train: Any) -> Any:
    """Put series of unequal lengths into one array, each ending in the last column."""
    if not isinstance(train, list | tuple) or not train or np.ndim(train[0]) == 0:
        return train
    rows = [np.asarray(row, np.float64) for row in train]
    longest = max(len(row) for row in rows)
    aligned = np.full((len(rows), longest), np.nan)
    for i, row in enumerate(rows):
        aligned[i, longest - len(row) :] = row
    return aligned


def _checked(cases: Cases) -> Cases:
    if not cases.models:
        raise ValueError("forecast holds no model")
    if not np.isfinite(cases.actual).any():
        raise NotEnoughDataError("actual holds no value to score a forecast by; at least 1 is")
    return cases


def levels(columns: Iterable[str]) -> dict[str, float]:
    """Levels of the intervals among the columns, lowest first: ``{"80": 0.8}``."""
    names = set(columns)
    found = [match[1] for name in names if (match := re.fullmatch(r"low_(\d+(?:\.\d+)?)", name))]
    both = sorted((percent for percent in found if f"high_{percent}" in names), key=float)
    return {percent: checks.fraction("level", float(percent) / 100) for percent in both}
