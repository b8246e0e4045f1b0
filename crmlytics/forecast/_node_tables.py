"""Long frames of a hierarchy's series, laid out by node and date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class NodeTable(NamedTuple):
    """Numbers by column [node, date], NaN where there is no row; the dates ascend."""

    dates: NDArray[np.datetime64]
    numbers: dict[str, NDArray[np.float64]]


def read_nodes(
    frame: Any,
    nodes: Sequence[Any],
    numbers: Sequence[str],
    *,
    what: str,
    series_col: str,
    date_col: str,
) -> NodeTable:
    """Read the columns `numbers` of the nodes; series that are no nodes are refused."""
    keys: dict[str, str | None] = {"series_col": series_col, "date_col": date_col}
    available = frames.column_names(frame)
    checks.columns(available, keys | {what: None} | {name: name for name in numbers})
    checks.distinct_columns(keys)
    rows = frames.collect(frames.lazy(frame, [series_col, date_col, *numbers]))
    if not len(rows):
        raise NotEnoughDataError(f"{what} has no row; at least 1 is needed")
    _refuse(rows, frame, series_col, date_col)
    read = frames.arrays(rows)
    place = {name: i for i, name in enumerate(nodes)}
    node = np.array([place.get(name, -1) for name in read[series_col].tolist()])
    if strange := int((node < 0).sum()):
        raise DataContractError(
            f"{strange:,} of {len(node):,} rows of {what} are of series that are no nodes of the "
            "hierarchy; Hierarchy.nodes lists them"
        )
    dates, date = np.unique(read[date_col].astype("datetime64[D]"), return_inverse=True)
    if repeated := len(node) - len(np.unique(node * len(dates) + date)):
        raise DataContractError(
            f"{repeated:,} of {len(node):,} rows of {what} repeat a series and date; keep one each"
        )
    laid = {}
    for name in numbers:
        laid[name] = np.full((len(nodes), len(dates)), np.nan)
        laid[name][node, date] = _finite_or_missing(rows, read, name, frame)
    return NodeTable(dates, laid)


def _refuse(rows: nw.DataFrame[Any], frame: Any, series_col: str, date_col: str) -> None:
    dtype = rows[date_col].dtype
    if not (dtype == nw.Date or dtype == nw.Datetime) or getattr(dtype, "time_zone", None):
        raise DataContractError(f"{date_col!r} must hold local dates, it holds {dtype}")
    for column in (series_col, date_col):
        if missing := int(rows[column].is_null().sum()):
            raise DataContractError(
                f"{missing:,} of {len(rows):,} values of {column!r} are missing; "
                f"see them with {frames.how_to_find(frame, column, 'missing')}"
            )


def _finite_or_missing(
    rows: nw.DataFrame[Any], read: dict[str, NDArray[Any]], column: str, frame: Any
) -> NDArray[np.float64]:
    if not rows[column].dtype.is_numeric():
        raise DataContractError(f"{column!r} must hold numbers, it holds {rows[column].dtype}")
    values = read[column].astype(np.float64)
    if bad := int(np.isinf(values).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are infinite; "
            f"see them with {frames.how_to_find(frame, column, 'not finite')}"
        )
    return values
