"""Customers in groups of equal size from the richest to the poorest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, codes, frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def pareto_table(
    customers: IntoFrameT,
    *,
    value_col: str = "monetary",
    n_groups: int = 10,
    negatives: Literal["error", "clip", "whale"] = "error",
) -> IntoFrameT:
    """Say what each tenth of the customers, the richest first, brings.

    Parameters
    ----------
    customers : frame
        One row per customer.
    value_col : str
        Column with the customer's value in money.
    n_groups : int
        Number of groups: 10 for deciles, 100 for percentiles. Their sizes differ by 1 at most.
    negatives : {"error", "clip", "whale"}
        What a negative value does: it is refused, counted as 0, or kept, in which case the
        cumulative share may exceed 1.

    Returns
    -------
    frame
        The kind that came in, one row per group, richest first: ``group`` (1 to `n_groups`), ``n``
        (customers), ``value``, ``mean_value``, ``lowest_value`` (all money), ``share`` of the
        total, ``cumulative_customers`` and ``cumulative_share`` (fractions). Shares are null if
        the total is not positive; groups without customers are left out.

    Raises
    ------
    ColumnNotFoundError
        If the column is not there.
    DataContractError
        If values are missing or infinite, or negative with ``negatives="error"``.
    NotEnoughDataError
        If there is no customer.

    Notes
    -----
    The customer of rank r of n, richest first, is in group ``ceil(n_groups * r / n)``. Equal
    customers may be in two groups; the sums do not depend on which of them is where. The 80/20
    rule is a rule of thumb: look the share up instead.

    References
    ----------
    Juran, J. M. (1975). The Non-Pareto Principle; Mea Culpa. Quality Progress 8, 8-9.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import pareto_table
    >>> customers = pd.DataFrame({"monetary": [1.0, 1.0, 2.0, 16.0]})
    >>> pareto_table(customers, n_groups=2)[["group", "n", "value", "cumulative_share"]]
       group  n  value  cumulative_share
    0      1  2   18.0               0.9
    1      2  2    2.0               1.0
    """
    checks.whole_number("n_groups", n_groups, at_least=2)
    checks.word("negatives", negatives, ("error", "clip", "whale"))
    checks.columns(frames.column_names(customers), {"value_col": value_col})
    table = frames.collect(frames.lazy(customers, [value_col]))
    values = _allowed(np.sort(frames.finite(table, value_col))[::-1], value_col, negatives)
    if not len(values):
        raise NotEnoughDataError("there is no customer; at least 1 is needed")
    group = -(-n_groups * np.arange(1, len(values) + 1) // len(values))
    held, place, n = np.unique(group, return_inverse=True, return_counts=True)
    value = codes.totals(place, values, len(held))
    total = float(values.sum())
    share = value / total if total > 0 else np.full(len(held), np.nan)
    last = np.cumsum(n) - 1
    columns: dict[str, NDArray[Any]] = {
        "group": held.astype(np.int64),
        "n": n.astype(np.int64),
        "value": value,
        "mean_value": value / n,
        "lowest_value": values[last],
        "share": share,
        "cumulative_customers": (last + 1) / len(values),
        "cumulative_share": np.cumsum(share),
    }
    return frames.from_arrays(columns, like=customers)


def _allowed(values: NDArray[np.float64], column: str, negatives: str) -> NDArray[np.float64]:
    if negatives == "whale":
        return values
    # What is left of sums that cancel is no debt: purchases and their refunds, added in floats.
    largest = np.abs(values).max(initial=0.0)
    values = np.where(np.abs(values) <= 1e-9 * largest, 0.0, values)
    negative = int((values < 0).sum())
    if negative and negatives == "error":
        raise DataContractError(
            f"{negative:,} of {len(values):,} values of {column!r} are negative; count them as 0 "
            "with negatives='clip', or keep them with negatives='whale'"
        )
    return np.maximum(values, 0.0)
