"""Who moved from which segment to which, and what moved with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, intervals
from crmlytics.errors import DataContractError
from crmlytics.segmentation._columns import text_labels

if TYPE_CHECKING:
    import datetime as dt

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

# In brackets, because maps in use name a segment "Lost".
NEW, RETURNED, LOST = "(new)", "(returned)", "(lost)"


def migration_table(
    before: IntoFrameT,
    after: Any,
    *,
    customer_col: str = "customer_id",
    segment_col: str = "segment",
    value_col: str | None = None,
    first_seen_col: str | None = None,
    before_as_of: dt.date | str | None = None,
    level: float = 0.95,
) -> IntoFrameT:
    r"""Count the customers who went from each segment to each other one, came or left.

    Parameters
    ----------
    before, after : frame
        One row per customer with its segment, at two points in time. Both must be scored with the
        same thresholds, those of one fitted `RFMScorer`: thresholds that are fitted anew move
        along with the customers.
    customer_col, segment_col : str
        Columns of both frames with the customer and the segment.
    value_col : str, optional
        Column of both frames with the customer's value in money, for the value that moved.
    first_seen_col : str, optional
        Column of `after` with the date of the customer's first purchase ever. With it, who is in
        `after` alone is ``"(new)"`` only if first seen after `before_as_of`, otherwise
        ``"(returned)"``. Without it, all of them are ``"(new)"``.
    before_as_of : date, optional
        Last day that `before` knows; needed with `first_seen_col`.
    level : float
        Confidence of the intervals.

    Returns
    -------
    frame
        The kind of `before`, one row per pair of segments, ordered by both names:
        ``segment_before`` (a segment, then ``"(new)"``, ``"(returned)"``) and ``segment_after`` (a
        segment, then ``"(lost)"``, where no row of `after` is); ``n`` customers; ``rate``, the
        share of ``segment_before``, with its Wilson interval ``low`` and ``high``; with
        `value_col` also ``value_before``, ``value_after`` and ``value_change`` (money; who is
        absent has 0). Pairs of no customer are rows, too, and the rates of each
        ``segment_before`` add up to 1; they are null where it has no customer.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If customers repeat, values are missing, ids of both frames differ in type, or a segment
        bears one of the names in brackets.

    Notes
    -----
    :math:`P_{ij} = n_{ij} / \sum_j n_{ij}`. A matrix of one pair of dates describes what happened;
    raising it to powers, as if customers had no memory, forecasts badly.

    References
    ----------
    Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical Inference.
    Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import migration_table
    >>> may = pd.DataFrame({"customer_id": [1, 2, 3], "segment": ["A", "A", "B"]})
    >>> june = pd.DataFrame({"customer_id": [1, 2, 4], "segment": ["A", "B", "B"]})
    >>> table = migration_table(may, june)
    >>> table[table["n"] > 0][["segment_before", "segment_after", "n", "rate"]]
      segment_before segment_after  n  rate
    0              A             A  1   0.5
    1              A             B  1   0.5
    5              B        (lost)  1   1.0
    7          (new)             B  1   1.0
    """
    checks.fraction("level", level)
    if (first_seen_col is None) != (before_as_of is None):
        raise ValueError("first_seen_col and before_as_of belong together; give both or neither")
    wanted = {"customer_col": customer_col, "segment_col": segment_col, "value_col": value_col}
    first = _snapshot(before, wanted, "before")
    wanted["first_seen_col"] = first_seen_col
    second = _snapshot(after, wanted, "after")
    both = _joined(first, second)
    came = both["before"].isna().to_numpy()
    start = np.where(came, NEW, both["before"])
    if before_as_of is not None:
        day = pd.Timestamp(checks.day("before_as_of", before_as_of)) + pd.Timedelta(days=1)
        start = np.where(came & (both["first_seen"] < day).to_numpy(), RETURNED, start)
    end = np.where(both["after"].isna(), LOST, both["after"])
    columns = _pairs(start, end, returned=before_as_of is not None, level=level)
    if value_col is not None:
        cell = columns.pop("cell")
        for when in ("before", "after"):
            value = both[f"value_{when}"].fillna(0.0).to_numpy(np.float64)
            columns[f"value_{when}"] = codes.totals(cell, value, len(columns["n"]))
        columns["value_change"] = columns["value_after"] - columns["value_before"]
    columns.pop("cell", None)
    # Nobody is new and lost.
    rows = ~(
        np.isin(columns["segment_before"], (NEW, RETURNED)) & (columns["segment_after"] == LOST)
    )
    return frames.from_arrays({name: x[rows] for name, x in columns.items()}, like=before)


def _snapshot(frame: Any, wanted: dict[str, str | None], when: str) -> pd.DataFrame:
    """Id, segment, value and first day of each customer, checked."""
    checks.columns(frames.column_names(frame), wanted)
    checks.distinct_columns(wanted)
    table = frames.collect(frames.lazy(frame, [name for name in wanted.values() if name]))
    customer, segment = str(wanted["customer_col"]), str(wanted["segment_col"])
    if missing := int(table[customer].null_count()):
        raise DataContractError(
            f"{missing:,} of {len(table):,} values of {customer!r} are missing in {when}"
        )
    ids = table[customer].to_numpy()
    if repeated := len(ids) - len(pd.unique(ids)):
        raise DataContractError(
            f"{repeated:,} of {len(ids):,} rows of {when} repeat a customer; one row per customer "
            "is needed"
        )
    result = pd.DataFrame({"id": ids, when: text_labels(table, segment)})
    if clash := set(result[when]) & {NEW, RETURNED, LOST}:
        raise DataContractError(
            f"a segment of {when} is called {sorted(clash)[0]!r}, as those who come or leave are; "
            "rename it first"
        )
    if (value := wanted["value_col"]) is not None:
        result[f"value_{when}"] = frames.finite(table, value)
    if (seen := wanted.get("first_seen_col")) is not None:
        result["first_seen"] = _days(table, seen)
    return result


def _days(table: nw.DataFrame[Any], column: str) -> NDArray[Any]:
    dates = table[column]
    if not dates.dtype.is_temporal():
        raise DataContractError(f"{column!r} must hold dates, it holds {dates.dtype}")
    if missing := int(dates.null_count()):
        raise DataContractError(f"{missing:,} of {len(dates):,} values of {column!r} are missing")
    return dates.to_numpy().astype("datetime64[us]")


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    kinds = [frame["id"].dtype.kind in "iuf" for frame in (first, second) if len(frame)]
    if len(set(kinds)) > 1:
        raise DataContractError(
            "the customer ids are numbers in one frame and not in the other; make them alike"
        )
    if not len(first) or not len(second):
        first, second = first.astype({"id": object}), second.astype({"id": object})
    return first.merge(second, on="id", how="outer")


def _pairs(
    start: NDArray[Any], end: NDArray[Any], *, returned: bool, level: float
) -> dict[str, Any]:
    """Counts and rates of all pairs; `cell` is each customer's row among them."""
    special = {NEW, RETURNED, LOST}
    segments = sorted((set(start) | set(end)) - special)
    rows = [*segments, NEW, *([RETURNED] if returned else [])]
    columns = [*segments, LOST]
    from_code, to_code = pd.Index(rows).get_indexer(start), pd.Index(columns).get_indexer(end)
    cell = (from_code * len(columns) + to_code).astype(np.int64)
    n = np.bincount(cell, minlength=len(rows) * len(columns))
    size = np.repeat(np.bincount(from_code, minlength=len(rows)), len(columns))
    low, high = intervals.wilson(n, size, level)
    return {
        "segment_before": np.repeat(np.array(rows, dtype=object), len(columns)),
        "segment_after": np.tile(np.array(columns, dtype=object), len(rows)),
        "n": n,
        "rate": codes.ratio(n.astype(np.float64), size),
        "low": low,
        "high": high,
        "cell": cell,
    }
