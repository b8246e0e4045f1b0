"""Answers of a survey as an array: whole steps of a scale, none missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_answers(scores: Any, *, scale: tuple[int, int]) -> NDArray[np.int64]:
    """Return the answers of an array, a list or a column, refused unless they fit the scale."""
    series = nw.from_native(scores, allow_series=True, series_only=True, pass_through=True)
    array = series.to_numpy() if isinstance(series, nw.Series) else np.asarray(scores)
    if array.ndim != 1:
        raise ValueError(f"scores must have one dimension, it has {array.ndim}")
    if not len(array):
        raise NotEnoughDataError("scores is empty; at least 1 answer is needed")
    try:
        values = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataContractError("scores must be numbers") from error
    require_answers(values, scale=scale, name="scores")
    return values.astype(np.int64)


def require_answers(values: NDArray[np.float64], *, scale: tuple[int, int], name: str) -> None:
    """Refuse answers that are missing, between the steps of the scale, or beyond its ends."""
    if missing := int((~np.isfinite(values)).sum()):
        raise DataContractError(
            f"{missing:,} of {len(values):,} {name} are missing or infinite; who gave no answer "
            "has no score: leave those rows out"
        )
    low, high = scale
    if bad := int(((values < low) | (values > high) | (values != np.floor(values))).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} {name} are no whole numbers from {low} to {high}"
        )


def read_scale(scale: object) -> tuple[int, int]:
    """Return the ends of a scale if they are two whole numbers, the lower first."""
    if isinstance(scale, tuple | list) and len(scale) == 2:
        low = checks.whole_number("the low end of scale", scale[0], at_least=0)
        return low, checks.whole_number("the high end of scale", scale[1], at_least=low + 1)
    raise ValueError(f"scale must be the lowest and the highest answer, as (1, 5), got {scale!r}")
