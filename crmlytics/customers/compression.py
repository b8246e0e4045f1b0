"""Equal rows of a summary counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals.stable.v2 as nw

from crmlytics._core import checks, frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT


def compress_summary(
    summary: IntoFrameT,
    *,
    columns: Sequence[str] = ("frequency", "recency", "T"),
    weight_col: str | None = None,
) -> IntoFrameT:
    """Reduce a purchase summary to its distinct rows, each with the number of customers.

    Parameters
    ----------
    summary : frame
        A result of `purchase_summary`, or any frame with `columns`.
    columns : sequence of str
        Columns that make two customers equal; the others are dropped.
    weight_col : str, optional
        Column of weights that the rows already have; without it each row weighs 1.

    Returns
    -------
    frame
        The kind that came in: `columns` and ``weight`` (number of customers, or the sum of their
        weights), ordered by `columns`.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.

    Notes
    -----
    The likelihood of a buy-till-you-die model depends on these columns alone, so a fit on the
    distinct rows with their weights equals the fit on all customers. How much is gained depends on
    the grid and the length of the history: of 100,000 simulated customers over three years 7,001
    rows remain by months and 55,737 by weeks.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.customers import compress_summary
    >>> summary = pd.DataFrame({
    ...     "customer_id": [1, 2, 3],
    ...     "frequency": [0, 2, 0],
    ...     "recency": [0.0, 5.0, 0.0],
    ...     "T": [9.0, 9.0, 9.0],
    ... })
    >>> compress_summary(summary)
       frequency  recency    T  weight
    0          0      0.0  9.0       2
    1          2      5.0  9.0       1
    """
    if isinstance(columns, str) or not columns:
        raise ValueError(f"columns must be a sequence of column names, got {columns!r}")
    checks.free_names(columns, ["weight"])
    wanted: dict[str, str | None] = {f"columns[{i}]": name for i, name in enumerate(columns)}
    checks.columns(frames.column_names(summary), wanted | {"weight_col": weight_col})
    used = [*columns, *([weight_col] if weight_col else [])]
    rows = frames.lazy(summary, used)
    one = nw.col(weight_col) if weight_col else nw.lit(1).cast(nw.Int64)
    distinct = rows.with_columns(weight=one).group_by(*columns).agg(nw.col("weight").sum())
    if weight_col is None:
        distinct = distinct.with_columns(nw.col("weight").cast(nw.Int64))
    return frames.same_kind(distinct.sort(*columns), like=summary)
