"""What each segment is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, codes, frames, intervals
from crmlytics.errors import DataContractError
from crmlytics.segmentation._columns import rows_where, without_orders

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_FEATURES = ("recency_days", "frequency", "monetary")


def segment_table(
    scored: IntoFrameT,
    *,
    segment_col: str = "segment",
    recency_col: str = "recency_days",
    frequency_col: str = "frequency",
    monetary_col: str = "monetary",
    level: float = 0.95,
) -> IntoFrameT:
    """Count each segment's customers and add up what they bought.

    Parameters
    ----------
    scored : frame
        One row per customer with its segment and RFM values, as `SegmentMap.assign` returns it.
    segment_col : str
        Column with the segment, any text or integer.
    recency_col, frequency_col, monetary_col : str
        Columns with the days since the last purchase, the number of purchases and their money
        (the sum, for the revenue to be right). A customer who has not bought has no recency and a
        frequency that is missing or 0; such prospects count as customers, with no orders.
    level : float
        Confidence of the intervals.

    Returns
    -------
    frame
        The kind that came in, one row per segment, largest revenue first: the segment; ``n``
        (customers), ``share`` of all customers with its Wilson interval ``share_low``,
        ``share_high``; ``orders`` (purchases), ``revenue``, ``revenue_share``,
        ``average_order_value``; ``mean_recency_days``, ``mean_frequency`` and ``mean_monetary``,
        each with ``_low`` and ``_high`` (Student's t, null for a segment of one customer). The
        mean recency is that of those who have bought, null if nobody has.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type.

    Notes
    -----
    ``revenue_share`` is null if the total is not positive, and may leave [0, 1] where refunds
    make a segment's revenue negative. The intervals take the customers as a sample of those that
    the business could have.

    References
    ----------
    Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical Inference.
    Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import segment_table
    >>> scored = pd.DataFrame({
    ...     "segment": ["Loyal", "Lost", "Loyal", "Lost"],
    ...     "recency_days": [3, 200, 5, 300],
    ...     "frequency": [8, 1, 6, 2],
    ...     "monetary": [900.0, 50.0, 700.0, 150.0],
    ... })
    >>> table = segment_table(scored)
    >>> table[["segment", "n", "revenue", "revenue_share", "mean_recency_days"]]
      segment  n  revenue  revenue_share  mean_recency_days
    0   Loyal  2   1600.0       0.888889                4.0
    1    Lost  2    200.0       0.111111              250.0
    """
    wanted = {
        "segment_col": segment_col,
        "recency_col": recency_col,
        "frequency_col": frequency_col,
        "monetary_col": monetary_col,
    }
    checks.fraction("level", level)
    checks.columns(frames.column_names(scored), wanted)
    checks.distinct_columns(wanted)
    table = frames.collect(frames.lazy(scored, list(wanted.values())))
    values = frames.arrays(table)
    code, names = _segments(values[segment_col], segment_col)
    n = np.bincount(code, minlength=len(names))
    bought = ~without_orders(table, recency_col, frequency_col)
    features = {
        name: _purchases(table, column, bought)
        for name, column in zip(_FEATURES, list(wanted.values())[1:], strict=True)
    }
    orders = codes.totals(code, features["frequency"], len(names))
    revenue = codes.totals(code, features["monetary"], len(names))
    total = revenue.sum()
    low, high = intervals.wilson(n, len(code), level)
    columns: dict[str, Any] = {
        segment_col: names,
        "n": n,
        "share": n / max(len(code), 1),
        "share_low": low,
        "share_high": high,
        "orders": np.rint(orders).astype(np.int64),
        "revenue": revenue,
        "revenue_share": revenue / total if total > 0 else np.full(len(names), np.nan),
        "average_order_value": codes.ratio(revenue, orders),
    }
    for name, x in features.items():
        known = bought if name == "recency_days" else np.ones(len(code), bool)
        columns |= _mean(name, x[known], code[known], len(names), level)
    order = np.lexsort((np.arange(len(names)), -revenue))
    return frames.from_arrays({name: x[order] for name, x in columns.items()}, like=scored)


def _segments(values: NDArray[Any], column: str) -> tuple[NDArray[np.int64], NDArray[Any]]:
    missing = np.array([value is None or value != value for value in values], bool)
    if missing.any():
        raise DataContractError(
            f"{int(missing.sum()):,} of {len(values):,} values of {column!r} are missing; "
            "give those customers a segment or leave them out"
        )
    names, code = np.unique(values, return_inverse=True)
    return code.astype(np.int64), names


def _purchases(
    table: nw.DataFrame[Any], column: str, bought: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Numbers of those who have bought, 0 for those who have not."""
    values = np.zeros(len(bought))
    values[bought] = frames.finite(rows_where(table, bought), column)
    return values


def _mean(
    name: str, x: NDArray[np.float64], code: NDArray[np.int64], segments: int, level: float
) -> dict[str, NDArray[np.float64]]:
    n = np.bincount(code, minlength=segments)
    mean = codes.ratio(codes.totals(code, x, segments), n)
    squares = codes.totals(code, (x - mean[code]) ** 2, segments)
    sd = np.sqrt(codes.ratio(squares, n - 1.0))
    low, high = intervals.student(mean, sd, n, level)
    return {f"mean_{name}": mean, f"mean_{name}_low": low, f"mean_{name}_high": high}
